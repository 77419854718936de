"""What discover hears of a page: by which way each message has come."""

import asyncio
import json

import pytest
from playwright.async_api import Browser

from tests.support.exchange import DEADLINE_S, Exchange
from tickql.producer.discover.page.received_messages import MessageCollector
from tickql.producer.feedfile.stream_rules import StreamKind

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.long]

RECORDS = [{"s": "ES", "p": 1}, {"s": "NQ", "p": 2}, {"s": "YM", "p": 3}]


async def test_json_is_told_from_ndjson(exchange: Exchange, browser: Browser) -> None:
    exchange.put("/lines", "".join(f"{json.dumps(record)}\n" for record in RECORDS))
    exchange.put("/json", json.dumps(RECORDS))
    exchange.put("/pretty", json.dumps(RECORDS, indent=1))
    exchange.put("/rows", "[\n" + ",\n".join(json.dumps(record) for record in RECORDS) + "\n]")
    exchange.put("/last", "{}")
    paths = ["/lines", "/json", "/pretty", "/rows"]
    url = exchange.put("/asking", "<title>asking</title>", kind="text/html")
    async with await browser.new_context() as context:
        page = await context.new_page()
        listener = await MessageCollector.open(page)
        await page.goto(url)
        for _ in range(3):
            await page.evaluate(f"Promise.all({paths}.map(async (path) => (await fetch(path)).text()))")
        await page.evaluate("fetch('/last').then((answer) => answer.text())")
        found: set[tuple[StreamKind, str]] = set()
        async with asyncio.timeout(DEADLINE_S):
            while not found >= {(StreamKind.NDJSON, exchange.url("/lines")), (StreamKind.JSON, exchange.url("/last"))}:
                await page.evaluate("0")
                found = {(flow.kind, flow.url) for flow in listener.streams()}
        listener.close()
    documents = {(StreamKind.JSON, exchange.url(path)) for path in [*paths, "/last"]}
    assert found - documents == {(StreamKind.NDJSON, exchange.url("/lines"))}


async def test_a_page_that_is_listened_to_no_more_goes_on_with_its_frames(exchange: Exchange, browser: Browser) -> None:
    exchange.put("/inner", "<script>fetch('/api/inner')</script>", kind="text/html")
    url = exchange.put(
        "/asking", f"<iframe src='{exchange.url('/inner', host='localhost')}'></iframe>", kind="text/html"
    )
    async with await browser.new_context() as context:
        page = await context.new_page()
        listener = await MessageCollector.open(page)
        await page.goto(url)
        listener.close()
        for _ in range(3):
            asked = exchange.asked["/api/inner"]
            await page.goto(url)
            await exchange.until(lambda asked=asked: exchange.asked["/api/inner"] > asked)
