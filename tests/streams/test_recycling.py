"""A fresh page in place of an old one, while prices come in: no tick lost, repeated or out of order."""

import asyncio
import dataclasses
from contextlib import suppress

import pytest

from tests.producer.supervised import Supervised, feed
from tests.streams.exchange import Exchange

RULE = '[[stream]]\nfrom = "websocket"\nurl = "*/ws/quotes"\nsymbol = "s"\nlast = "p"'


@pytest.mark.chaos
async def test_a_page_that_receives_prices_is_replaced_without_anyone_noticing() -> None:
    async with Exchange() as exchange:
        script = "<script>new WebSocket(`ws://${location.host}/ws/quotes`)</script>"
        made = feed("chart", exchange.put("/page", script, kind="text/html"), RULE)
        chart = Supervised(dataclasses.replace(made, page=made.page.model_copy(update={"recycle_after_s": 1.5})))
        ticking = asyncio.create_task(_tick(exchange))
        try:
            await chart.until(lambda: exchange.asked["/page"] > 2, deadline_s=40)
            quotes = len(chart.quotes)
            await chart.until_count(quotes + 50)
        finally:
            ticking.cancel()
            with suppress(asyncio.CancelledError):
                await ticking
            await chart.stop()
        lasts = [int(last or "") for last in chart.lasts()]
        assert lasts == list(range(lasts[0], lasts[0] + len(lasts)))


async def _tick(exchange: Exchange) -> None:
    """Send the next number to all sockets, 25 times a second."""
    for number in range(10_000):
        for socket in list(exchange.sockets["quotes"]):
            await socket.send_text(f'{{"s": "ES", "p": {number}}}')
        await asyncio.sleep(0.04)
