"""A producer is replaced while its page goes on: each change of the page is a tick, once, whoever publishes it."""

import asyncio
import itertools
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.background import in_background
from tests.support.demo_market import page, producer
from tests.support.process import Program
from tests.support.reading import client
from tests.support.waiting import DEADLINE_S
from tickql.feed.follower import Follower
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState
from tickql.feed.tick import Event

pytestmark = [pytest.mark.timeout(180), pytest.mark.long]

SYMBOLS = ("ES", "NQ", "FTSE100")
RATE_HZ = 40
SECONDS = 300


def tape(folder: Path) -> list[str]:
    """The options of a page whose symbols count: the n-th change of a symbol shows n as its last price."""
    options = []
    for symbol in SYMBOLS:
        start = datetime(2025, 2, 19, 8, tzinfo=UTC)
        rows = ["timestamp,symbol,ASK,BID,LAST"]
        for number in range(1, RATE_HZ * SECONDS):
            at = (start + timedelta(milliseconds=number)).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
            # Ask and bid come again and again: only the order tells one change from another.
            rows.append(f"{at},{symbol},{2 + number % 2}.5,{1 + number % 2}.5,{number}")
        file = folder / f"{symbol}.csv"
        file.write_text("\n".join(rows) + "\n")
        options += ["--csv", str(file)]
    return [*options, "--rate", str(RATE_HZ)]


class Reader:
    """Every tick of all symbols, and every report of a page."""

    def __init__(self) -> None:
        self.events: dict[str, list[Event]] = {symbol: [] for symbol in SYMBOLS}
        self._news = asyncio.Condition()

    async def follow(self, settings: FeedSettings) -> None:
        async with Follower(settings) as follower, asyncio.TaskGroup() as tasks:
            for symbol in SYMBOLS:
                tasks.create_task(self._read(follower, symbol))

    async def _read(self, follower: Follower, symbol: str) -> None:
        async with follower.tail(symbol) as tail:
            while True:
                event = await tail.next()
                async with self._news:
                    self.events[symbol].append(event)
                    self._news.notify_all()

    async def more(self, count: int = 60) -> None:
        """Wait for `count` more ticks of each symbol."""
        wanted = {symbol: len(events) + count for symbol, events in self.events.items()}
        async with asyncio.timeout(DEADLINE_S), self._news:
            await self._news.wait_for(lambda: all(len(self.events[each]) >= wanted[each] for each in SYMBOLS))

    def faults(self) -> list[str]:
        """Return what is missing, comes twice or in another order."""
        faults = []
        for symbol, events in self.events.items():
            faults += [f"{event.tick.cursor}: {event.gap}" for event in events if event.gap]
            for one, other in itertools.pairwise(event.tick for event in events):
                if int(other.last or 0) != int(one.last or 0) + 1:
                    faults.append(f"{symbol}: {other.last} follows {one.last}")
                if other.observed_us < one.observed_us:
                    faults.append(f"{symbol}: the time of {other.last} is before that of {one.last}")
        return faults


@asynccontextmanager
async def reading(settings: FeedSettings) -> AsyncIterator[Reader]:
    reader = Reader()
    async with in_background(reader.follow(settings)):
        yield reader


@asynccontextmanager
async def states(settings: FeedSettings) -> AsyncIterator[list[ProducerState]]:
    """The state of the page in each report."""
    seen: list[ProducerState] = []

    async def listen(channel: Any) -> None:
        async for message in channel.listen():
            if message["type"] == "message":
                seen.append(ProducerReport.decode(message["data"]).state)

    async with client(settings) as redis, redis.pubsub() as channel:
        await channel.subscribe(settings.keys.status)
        async with in_background(listen(channel)):
            yield seen


Start = Callable[..., Awaitable[Program]]


@asynccontextmanager
async def counting_page(folder: Path, settings: FeedSettings) -> AsyncIterator[tuple[Reader, Start]]:
    """A page that counts, a reader of its ticks, and how to start a producer of it."""
    async with AsyncExitStack() as stack:
        board = await stack.enter_async_context(page(*tape(folder)))
        reader = await stack.enter_async_context(reading(settings))

        async def start(*options: str) -> Program:
            return await stack.enter_async_context(producer(board, settings, folder, *options))

        yield reader, start


async def test_a_producer_that_ends_hands_over_to_its_standby(tmp_path: Path, feed_settings: FeedSettings) -> None:
    async with states(feed_settings) as seen, counting_page(tmp_path, feed_settings) as (reader, start):
        holder = await start()
        await reader.more()
        for _ in range(3):
            standby = await start()
            await standby.says(f"is produced by process {holder.process.pid}")
            await reader.more()
            holder.process.send_signal(signal.SIGTERM)
            assert await holder.ends() == 0
            await reader.more()
            holder = standby
    assert reader.faults() == []
    assert ProducerState.STOPPED not in seen[:-1], "nobody was told that the feed ends"
    assert seen[-1] is ProducerState.STOPPED, "the last one has no successor"


async def test_with_take_over_a_producer_opens_its_page_first_and_then_replaces_the_holder(
    tmp_path: Path, feed_settings: FeedSettings
) -> None:
    async with counting_page(tmp_path, feed_settings) as (reader, start):
        holder = await start()
        await reader.more()
        other = await start("--take-over")
        await holder.says("is handed over to another producer")
        await holder.says(f"is produced by process {other.process.pid}")
        await reader.more()
    assert reader.faults() == []


async def test_a_warm_standby_loses_nothing_when_the_holder_is_killed(
    tmp_path: Path, feed_settings: FeedSettings
) -> None:
    async with counting_page(tmp_path, feed_settings) as (reader, start):
        holder = await start()
        await reader.more()
        standby = await start("--warm")
        await standby.says("is ready to take over")
        holder.process.kill()
        await holder.ends()
        await standby.says("is now produced here")
        await reader.more()
    assert reader.faults() == []


async def test_a_standby_whose_page_cannot_be_opened_does_not_hold_up_the_end_for_long(
    tmp_path: Path, feed_settings: FeedSettings
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    async with page() as board, producer(board, feed_settings, tmp_path) as holder:
        await holder.says("feed is LIVE")
        async with producer("http://127.0.0.1:1/", feed_settings, other) as standby:
            await standby.says(f"is produced by process {holder.process.pid}")
            holder.process.send_signal(signal.SIGTERM)
            await holder.says("no standby of feed is ready after 5 s")
            assert await holder.ends() == 0
            await standby.says("is now produced here")
