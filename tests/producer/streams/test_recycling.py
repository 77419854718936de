"""A page is replaced by a new one while prices arrive: no tick is lost, repeated or out of order."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.support.exchange import Exchange
from tests.support.supervised import Supervised, feed

RULE = '[[stream]]\nfrom = "websocket"\nurl = "*/ws/quotes"\nsymbol = "s"\nlast = "p"'


@asynccontextmanager
async def _replaced_often(exchange: Exchange, script: str, rules: str) -> AsyncIterator[Supervised]:
    """A page that is replaced every 1.5 s while prices arrive."""
    made = feed("chart", exchange.put("/page", script, kind="text/html"), rules)
    chart = Supervised(dataclasses.replace(made, page=made.page.model_copy(update={"recycle_after_s": 1.5})))
    ticking = asyncio.create_task(_tick(exchange))
    try:
        yield chart
        quotes = len(chart.quotes)
        await chart.until_count(quotes + 50)
    finally:
        ticking.cancel()
        with suppress(asyncio.CancelledError):
            await ticking
        await chart.stop()


@pytest.mark.chaos
async def test_a_page_that_receives_prices_is_replaced_without_anyone_noticing() -> None:
    script = "<script>new WebSocket(`ws://${location.host}/ws/quotes`)</script>"
    async with Exchange() as exchange, _replaced_often(exchange, script, RULE) as chart:
        await chart.until(lambda: exchange.requests.count("/page") > 2)
    lasts = [int(last or "") for last in chart.lasts()]
    assert lasts == list(range(lasts[0], lasts[0] + len(lasts)))


@pytest.mark.chaos
async def test_a_symbol_of_two_streams_keeps_both_its_prices_when_its_page_is_replaced() -> None:
    script = "<script>new WebSocket(`ws://${location.host}/ws/quotes`); new EventSource('/sse/quotes')</script>"
    asks = '[[stream]]\nfrom = "sse"\nurl = "*/sse/quotes"\nsymbol = "s"\nask = "a"'
    async with Exchange() as exchange, _replaced_often(exchange, script, f"{RULE}\n{asks}") as chart:
        await chart.until(lambda: any(quote.ask for quote in chart.quotes if quote.symbol == "ES"))
        pages = exchange.requests.count("/page")
        await chart.until(lambda: exchange.requests.count("/page") > pages + 1)
    quotes = [quote for quote in chart.quotes if quote.symbol == "ES"]
    first = next(index for index, quote in enumerate(quotes) if quote.ask is not None)
    assert not [quote for quote in quotes[first:] if None in (quote.ask, quote.last)]


async def _tick(exchange: Exchange) -> None:
    """Send rising numbers 25 times a second: ES to sockets; NQ, and each hundredth time ES, to event streams."""
    for number in range(10_000):
        for socket in list(exchange.sockets["quotes"]):
            await socket.send_text(f'{{"s": "ES", "p": {number}}}')
        for source in exchange.event_streams["quotes"]:
            symbol = "NQ" if number % 100 else "ES"
            source.put_nowait(f'data: {{"s": "{symbol}", "a": {number}}}\n\n'.encode())
        await asyncio.sleep(0.04)
