"""The messages that discovery collects from a page, and the kind of each stream."""

import asyncio
import json

import pytest
from playwright.async_api import Browser

from tests.support.exchange import Exchange
from tests.support.waiting import DEADLINE_S
from tickql.producer.discover.page.received_messages import MessageCollector
from tickql.producer.feedfile.stream_rules import StreamKind

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.long]

RECORDS = [{"s": "ES", "p": 1}, {"s": "NQ", "p": 2}, {"s": "YM", "p": 3}]


async def test_json_and_ndjson_are_distinguished(exchange: Exchange, browser: Browser) -> None:
    exchange.put("/lines", "".join(f"{json.dumps(record)}\n" for record in RECORDS))
    exchange.put("/json", json.dumps(RECORDS))
    exchange.put("/pretty", json.dumps(RECORDS, indent=1))
    exchange.put("/rows", "[\n" + ",\n".join(json.dumps(record) for record in RECORDS) + "\n]")
    exchange.put("/last", "{}")
    paths = ["/lines", "/json", "/pretty", "/rows"]
    url = exchange.put("/asking", "<title>asking</title>", kind="text/html")
    async with await browser.new_context() as context:
        page = await context.new_page()
        messages = await MessageCollector.open(page)
        await page.goto(url)
        for _ in range(3):
            await page.evaluate(f"Promise.all({paths}.map(async (path) => (await fetch(path)).text()))")
        await page.evaluate("fetch('/last').then((answer) => answer.text())")
        found: set[tuple[StreamKind, str]] = set()
        async with asyncio.timeout(DEADLINE_S):
            while not found >= {(StreamKind.NDJSON, exchange.url("/lines")), (StreamKind.JSON, exchange.url("/last"))}:
                await page.evaluate("0")
                found = {(stream.kind, stream.url) for stream in messages.streams()}
        messages.close()
    documents = {(StreamKind.JSON, exchange.url(path)) for path in [*paths, "/last"]}
    assert found - documents == {(StreamKind.NDJSON, exchange.url("/lines"))}


async def test_frames_of_a_page_still_start_after_its_messages_is_closed(exchange: Exchange, browser: Browser) -> None:
    exchange.put("/inner", "<script>fetch('/api/inner')</script>", kind="text/html")
    url = exchange.put(
        "/asking", f"<iframe src='{exchange.url('/inner', host='localhost')}'></iframe>", kind="text/html"
    )
    async with await browser.new_context() as context:
        page = await context.new_page()
        messages = await MessageCollector.open(page)
        await page.goto(url)
        messages.close()
        for _ in range(3):
            count = exchange.requests.count("/api/inner")
            await page.goto(url)
            await exchange.until(lambda before=count: exchange.requests.count("/api/inner") > before)
