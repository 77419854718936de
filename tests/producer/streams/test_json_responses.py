"""Prices from JSON responses."""

import asyncio
import json

import pytest

from tests.support.exchange import Exchange
from tests.support.watching import Watching
from tickql.feed.status import ProducerState

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.long]

ASK = """
window.ask = async (path = '/api/quotes') => {
  try { await (await fetch(path, { cache: 'no-store' })).text() } catch {}
};
window.askOld = (path) => { const r = new XMLHttpRequest(); r.open('GET', path); r.send() };
"""
QUOTES = """
[[stream]]
from = "json"
url = "*/api/*"
each = "quotes"
symbol = "s"
ask = "a"
last = "p"
"""


def quotes(*records: str) -> str:
    return '{"quotes": [' + ",".join(records) + "]}"


@pytest.mark.brief
async def test_each_response_makes_its_ticks_with_the_digits_that_it_has(exchange: Exchange, watch: Watching) -> None:
    board = await watch(ASK, QUOTES)
    for number in range(5):
        exchange.put(
            "/api/quotes", quotes(f'{{"s": "ES", "a": 2.50, "p": {number}.10}}', '{"s": "NQ", "p": "1,234.50"}')
        )
        await board.run("ask()" if number % 2 else "askOld('/api/quotes')")
        await board.until_last(f"{number}.10")
    assert board.prices() == [("2.50", None, f"{number}.10") for number in range(5)]
    assert board.prices("NQ") == [(None, None, "1234.50")]


async def test_a_price_that_a_response_leaves_out_is_removed(exchange: Exchange, watch: Watching) -> None:
    board = await watch(ASK, QUOTES)
    exchange.put("/api/quotes", quotes('{"s": "ES", "a": 2, "p": 1}', '{"s": "NQ", "a": 4, "p": 3}'))
    await board.run("ask()")
    await board.until_state(ProducerState.LIVE, "NQ")
    exchange.put("/api/quotes", quotes('{"s": "ES", "p": 1.5}'))
    await board.run("ask()")
    await board.until_prices(None, None, "1.5")
    await board.until_state(ProducerState.MISSING, "NQ")
    assert 'ask: "a" has picked nothing yet' in await board.until_state(ProducerState.MISSING, "ES")


async def test_an_error_response_is_reported_until_the_next_response(exchange: Exchange, watch: Watching) -> None:
    board = await watch(ASK, QUOTES)
    exchange.put("/api/quotes", quotes('{"s": "ES", "a": 2, "p": 1}'))
    await board.run("ask()")
    await board.until_state(ProducerState.LIVE)
    exchange.put("/api/quotes", quotes('{"s": "ES", "a": 2, "p": 9}'), status=503)
    await board.run("ask()")
    await board.until_reason('[[stream]] #1: response "*/api/*": HTTP 503 Service Unavailable')
    exchange.put("/api/quotes", quotes('{"s": "ES", "a": 2, "p": 1.5}'))
    await board.run("ask()")
    await board.until_last("1.5")
    await board.until_state(ProducerState.LIVE)
    assert board.lasts() == ["1", "1.5"]


async def test_a_page_without_requests_is_reported(exchange: Exchange, watch: Watching) -> None:
    board = await watch(ASK, QUOTES)
    await board.until_reason('[[stream]] #1: no response "*/api/*" has come')


async def test_responses_are_read_in_the_order_of_their_arrival(exchange: Exchange, watch: Watching) -> None:
    board = await watch(ASK, QUOTES)
    for number in range(30):
        exchange.put(f"/api/{number}", quotes(f'{{"s": "ES", "p": {number}}}'))
    await board.run("(async () => { for (let n = 0; n < 30; n++) await ask(`/api/${n}`) })()")
    await board.until_last("29")
    assert board.lasts() == [str(number) for number in range(30)]


async def test_responses_that_are_not_json_or_too_large_do_no_harm(exchange: Exchange, watch: Watching) -> None:
    board = await watch(ASK, QUOTES)
    exchange.put("/api/page", "<html>", kind="text/html")
    exchange.put("/api/huge", '{"quotes": "' + "x" * 12_000_000 + '"}')
    exchange.put("/api/quotes", quotes('{"s": "ES", "a": 2, "p": 1}'))
    await board.run("(async () => { await ask('/api/page'); await ask('/api/huge'); await ask() })()")
    await board.until_last("1")
    await board.until_state(ProducerState.LIVE)


async def test_a_reload_during_a_response_does_no_harm(exchange: Exchange, watch: Watching) -> None:
    board = await watch(f"{ASK} ask()", QUOTES)
    exchange.put("/api/quotes", quotes('{"s": "ES", "a": 2, "p": 1}'))
    for _ in range(3):
        await board.page.reload()
    await board.until_last("1")
    await board.until_state(ProducerState.LIVE)
    assert board.lasts() == ["1"]


async def test_a_response_that_is_overtaken_by_a_later_one_is_ignored(exchange: Exchange, watch: Watching) -> None:
    board = await watch(ASK, QUOTES)
    gate = asyncio.Event()
    exchange.put("/api/quotes", quotes('{"s": "ES", "a": 2, "p": 9}'), gate=gate)
    asked = exchange.requests.count("/api/quotes")
    await board.run("void (window.first = ask())")
    await exchange.until(lambda: exchange.requests.count("/api/quotes") > asked)
    exchange.put("/api/quotes", quotes('{"s": "ES", "a": 2, "p": 1}'))
    await board.run("ask()")
    await board.until_last("1")
    gate.set()
    await board.run("first")
    exchange.put("/api/more", quotes('{"s": "NQ", "a": 4, "p": 3}'))
    await board.run("ask('/api/more')")
    await board.until_last("3", symbol="NQ")
    assert board.lasts() == ["1"]


async def test_requests_with_different_bodies_to_one_address_do_not_replace_each_other(
    exchange: Exchange, watch: Watching
) -> None:
    script = "window.post = async (body) => (await fetch('/echo', { method: 'POST', body })).text()"
    board = await watch(script, QUOTES.replace("*/api/*", "*/echo"))
    for record in ('{"s": "ES", "a": 2, "p": 1}', '{"s": "NQ", "a": 4, "p": 3}'):
        await board.run(f"post({json.dumps(quotes(record))})")
    await board.until_state(ProducerState.LIVE, "NQ")
    await board.until_state(ProducerState.LIVE, "ES")


async def test_a_response_without_a_body_changes_nothing(exchange: Exchange, watch: Watching) -> None:
    board = await watch(ASK, QUOTES)
    exchange.put("/api/quotes", quotes('{"s": "ES", "a": 2, "p": 1}'))
    await board.run("ask()")
    await board.until_last("1")
    exchange.put("/api/quotes", "", status=204)
    await board.run("ask()")
    exchange.put("/api/more", quotes('{"s": "NQ", "a": 4, "p": 3}'))
    await board.run("ask('/api/more')")
    await board.until_last("3", symbol="NQ")
    await board.until_state(ProducerState.LIVE, "ES")
