"""From the page to a subscriber: exact digits, none missing, whatever dies on the way."""

import asyncio
import csv
import os
import signal
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

import pytest

from tests.support.demo_market import api, page, producer
from tests.support.process import descendants
from tests.support.quotes import SOURCES, recordings
from tests.support.redis_server import RedisServer
from tests.support.waiting import DEADLINE_S
from tickql.feed.embedded.ports import free_port
from tickql.feed.settings import FeedSettings
from tickql_client import Tick, ticks

pytestmark = pytest.mark.timeout(180)

_ROWS = 400
_COLUMNS = ("ASK", "BID", "LAST")

Prices = tuple[str | None, ...]


def _shown(path: Path) -> tuple[str, list[Prices]]:
    """The symbol of a recording and the prices that a page shows of it, one after the other."""
    shown: list[Prices] = []
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            prices = tuple(row[name] or None for name in _COLUMNS)
            if not shown or shown[-1] != prices:
                shown.append(prices)
    return row["symbol"], shown


@pytest.mark.long
@pytest.mark.parametrize("source", SOURCES)
async def test_a_recording_reaches_the_subscriber_digit_by_digit(
    source: str, tmp_path: Path, feed_settings: FeedSettings
) -> None:
    files = recordings(source, tmp_path, _ROWS)
    recorded = dict(map(_shown, files))
    options = [option for file in files for option in ("--csv", str(file))]
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(api(feed_settings, free_port()))
        # Subscribed before the first quote is shown: a recording starts when the page is opened.
        received: dict[str, list[Prices]] = {symbol: [] for symbol in recorded}
        reading = [
            asyncio.create_task(_read_prices(symbol, len(shown), address, received[symbol]))
            for symbol, shown in recorded.items()
        ]
        stack.callback(lambda: [task.cancel() for task in reading])
        board = await stack.enter_async_context(page("--rate", "50", *options))
        await stack.enter_async_context(producer(board, feed_settings, tmp_path))
        await asyncio.wait(reading, timeout=DEADLINE_S)
    assert received == recorded


async def _read_prices(symbol: str, count: int, address: str, received: list[Prices]) -> None:
    async with aclosing(ticks(symbol, url=address)) as stream:
        async for tick in stream:
            received.append(tuple(None if price is None else f"{price:f}" for price in (tick.ask, tick.bid, tick.last)))
            if len(received) == count:
                return


async def test_a_resuming_client_has_no_hole_and_no_repeat_over_crashes(
    tmp_path: Path, valkey: RedisServer, own_feed: FeedSettings
) -> None:
    """One browser crash, one Redis kill -9 and restart, one API restart."""
    port = free_port()
    received: list[Tick] = []
    progress = asyncio.Condition()

    async def read() -> None:
        async with aclosing(ticks("ES", url=f"http://127.0.0.1:{port}/graphql")) as stream:
            async for tick in stream:
                async with progress:
                    received.append(tick)
                    progress.notify_all()

    async def more(count: int = 40) -> None:
        wanted = len(received) + count
        async with asyncio.timeout(DEADLINE_S), progress:
            await progress.wait_for(lambda: len(received) >= wanted)

    async with AsyncExitStack() as stack:
        board = await stack.enter_async_context(page("--rate", "50"))
        producing = await stack.enter_async_context(producer(board, own_feed, tmp_path))
        reading = asyncio.create_task(read())
        stack.callback(reading.cancel)

        async with api(own_feed, port):
            await more()
            browser = next(
                pid for pid, command in descendants(producing.process.pid).items()
                if "chrom" in command and "--type=" not in command and "crashpad" not in command
            )  # fmt: skip
            os.kill(browser, signal.SIGKILL)
            await more()
            valkey.kill()
            await valkey.restart()
            await more()
        async with api(own_feed, port):
            await more()

    assert [tick.gap for tick in received if tick.gap] == []
    seqs = [tick.seq for tick in received]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert len({tick.cursor for tick in received}) == len(received)
