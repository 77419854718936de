"""Prices from server-sent events."""

import time

import pytest

from tests.support.exchange import Exchange
from tests.support.watching import Watching
from tickql.feed.status import ProducerState

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.long]

LISTEN = "window.source = new EventSource('/sse/quotes');"
QUOTES = """
[[stream]]
from = "sse"
url = "*/sse/quotes"
symbol = "s"
ask = "a"
last = "p"
"""


@pytest.mark.brief
async def test_every_event_makes_its_tick_with_the_digits_that_it_has(exchange: Exchange, watch: Watching) -> None:
    board = await watch(LISTEN, QUOTES)
    before_us = time.time_ns() // 1000
    await exchange.stream(
        "quotes", *(f'data: {{"s": "ES", "a": {n}.10,\ndata:  "p": "1,234.{n}0"}}\n\n' for n in range(9))
    )
    await board.until_last("1234.80")
    assert board.prices() == [(f"{n}.10", None, f"1234.{n}0") for n in range(9)]
    times = [quote.observed_us for quote in board.quotes]
    assert times == sorted(times)
    assert before_us - 1_000 <= times[0] <= times[-1] <= time.time_ns() // 1000
    await board.until_state(ProducerState.LIVE)


async def test_only_events_of_the_rules_name_are_read(exchange: Exchange, watch: Watching) -> None:
    board = await watch(LISTEN, QUOTES + 'event = "quote"')
    await exchange.stream("quotes", 'data: {"s": "ES", "p": 1}\n\n', 'event: quote\ndata: {"s": "ES", "p": 2}\n\n')
    await board.until_last("2")
    assert board.lasts() == ["2"]


async def test_an_event_source_that_reconnects_is_read_again(exchange: Exchange, watch: Watching) -> None:
    board = await watch(LISTEN, QUOTES)
    await exchange.stream("quotes", 'data: {"s": "ES", "a": 2, "p": 1}\n\n')
    await board.until_state(ProducerState.LIVE)
    await exchange.close_all("quotes")
    await board.until_state(ProducerState.MISSING)
    await exchange.until(lambda: len(exchange.event_streams["quotes"]) == 1)
    await exchange.stream("quotes", 'data: {"s": "ES", "p": 1.5}\n\n')
    await board.until_prices(None, None, "1.5")
    await exchange.stream("quotes", 'data: {"s": "ES", "a": 2}\n\n')
    await board.until_state(ProducerState.LIVE)


async def test_an_event_source_that_the_page_closes_is_reported(exchange: Exchange, watch: Watching) -> None:
    board = await watch(LISTEN, QUOTES)
    await exchange.stream("quotes", 'data: {"s": "ES", "a": 2, "p": 1}\n\n')
    await board.until_state(ProducerState.LIVE)
    await board.run("source.close()")
    await board.until_reason('[[stream]] #1: no event stream "*/sse/quotes" is open')


async def test_a_refused_event_source_is_reported_with_its_status(exchange: Exchange, watch: Watching) -> None:
    board = await watch("new EventSource('/nosuch/quotes')", QUOTES.replace("/sse/", "/nosuch/"))
    await board.until_reason('[[stream]] #1: event stream "*/nosuch/quotes": HTTP 404 Not Found')


async def test_an_event_source_in_a_frame_of_the_same_site_is_read(exchange: Exchange, watch: Watching) -> None:
    exchange.put("/listener", f"<script>{LISTEN}</script>", kind="text/html")
    board = await watch("", QUOTES, body="<iframe src='/listener'></iframe>")
    await exchange.stream("quotes", 'data: {"s": "ES", "p": 1}\n\n')
    await board.until_last("1")
