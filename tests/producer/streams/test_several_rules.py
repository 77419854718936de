"""Prices of one symbol from several rules: one quote, with the newest price of each rule."""

import pytest

from tests.support.exchange import OPEN, Exchange
from tests.support.watching import Watching
from tickql.feed.status import ProducerState

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUOTES = """
[[stream]]
from = "websocket"
url = "*/ws/quotes"
symbol = "s"
ask = "a"
bid = "b"
"""
TRADES = """
[[stream]]
from = "json"
url = "*/api/trades"
symbol = "s"
last = "p"
"""
ASK = "window.ask = async () => { await (await fetch('/api/trades', { cache: 'no-store' })).text() };"
BOTH = f"{OPEN} {ASK} open('quotes')"


def trade(exchange: Exchange, price: str) -> None:
    exchange.put("/api/trades", f'{{"s": "ES", "p": {price}}}')


async def test_two_streams_with_different_prices_make_one_quote(exchange: Exchange, watch: Watching) -> None:
    board = await watch(BOTH, QUOTES + TRADES)
    trade(exchange, "1.50")
    await board.run("ask()")
    await board.until_prices(None, None, "1.50")
    await exchange.send("quotes", '{"s": "ES", "a": 2, "b": 1}')
    await board.until_prices("2", "1", "1.50")
    trade(exchange, "1.75")
    await board.run("ask()")
    await board.until_prices("2", "1", "1.75")
    await exchange.send("quotes", '{"s": "ES", "b": 1.25}')
    await board.until_prices("2", "1.25", "1.75")
    await board.until_state(ProducerState.LIVE)
    await board.until_state(ProducerState.LIVE, "ES")
    assert len(board.quotes) == 4


@pytest.mark.long
async def test_the_prices_of_a_closed_stream_are_null_in_the_quotes_of_the_other_one(
    exchange: Exchange, watch: Watching
) -> None:
    board = await watch(BOTH, QUOTES + TRADES)
    trade(exchange, "1.50")
    await board.run("ask()")
    await exchange.send("quotes", '{"s": "ES", "a": 2, "b": 1}')
    await board.until_prices("2", "1", "1.50")
    await exchange.close_all("quotes")
    reason = await board.until_state(ProducerState.MISSING, "ES")
    assert reason == 'no WebSocket "*/ws/quotes" is open'
    trade(exchange, "1.75")
    await board.run("ask()")
    await board.until_prices(None, None, "1.75")
    await board.run("open('quotes')")
    await exchange.send("quotes", '{"s": "ES", "a": 2, "b": 1}')
    await board.until_prices("2", "1", "1.75")
    await board.until_state(ProducerState.LIVE, "ES")


@pytest.mark.long
async def test_the_prices_of_a_silent_stream_are_null_until_its_next_record(
    exchange: Exchange, watch: Watching
) -> None:
    board = await watch(BOTH, QUOTES + "max_silence = 1\n" + TRADES)
    await exchange.send("quotes", '{"s": "ES", "a": 2, "b": 1}')
    await board.until_prices("2", "1", None)
    assert "silent for more than max_silence, 1 s" in await board.until_state(ProducerState.STALE, "ES")
    trade(exchange, "1.50")
    await board.run("ask()")
    await board.until_prices(None, None, "1.50")
    await exchange.send("quotes", '{"s": "ES", "b": 1.25}')
    await board.until_prices("2", "1.25", "1.50")


async def test_a_price_of_two_streams_is_read_from_the_first(exchange: Exchange, watch: Watching) -> None:
    board = await watch(BOTH, QUOTES + TRADES + 'bid = "p"')
    await exchange.send("quotes", '{"s": "ES", "a": 2, "b": 1}')
    await board.until_prices("2", "1", None)
    trade(exchange, "9")
    await board.run("ask()")
    reason = await board.until_state(ProducerState.DEGRADED)
    assert reason == "[[stream]] #2: bid of ES is taken from [[stream]] #1 already"
    assert board.prices() == [("2", "1", None)]


async def test_a_page_may_show_one_price_of_a_symbol_and_receive_the_others(
    exchange: Exchange, watch: Watching
) -> None:
    received = QUOTES.replace('symbol = "s"', 'symbol = { name = "ES" }')
    rules = f'{received}[[symbol]]\nname = "ES"\nlast = "#last"\n'
    board = await watch(BOTH, rules, body="<b id=last>1.50</b>")
    await board.until_last("1.50")
    await board.until_state(ProducerState.MISSING, "ES", 'WebSocket "*/ws/quotes": no message yet')
    await exchange.send("quotes", '{"s": "ES", "a": 2, "b": 1}')
    await board.until_prices("2", "1", "1.50")
    await board.until_state(ProducerState.LIVE)
    await board.run("last.textContent = '1.75'")
    await board.until_prices("2", "1", "1.75")
    await board.run("last.remove()")
    await board.until_state(ProducerState.MISSING, "ES", 'last: "#last" matches nothing')
    await exchange.send("quotes", '{"s": "ES", "b": 1.25}')
    await board.until_prices("2", "1.25", None)
