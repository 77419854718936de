"""Two producers of one page, as processes of their own: whatever becomes of one, the other goes on within seconds."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.support.background import in_background
from tests.support.demo_market import page, producer
from tests.support.process import Program
from tests.support.waiting import DEADLINE_S
from tickql.feed.follower import Follower
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Event

pytestmark = [pytest.mark.timeout(120), pytest.mark.long]

TAKEOVER_S = 5.0


class Reader:
    """Every tick of ES."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._news = asyncio.Condition()

    async def read(self, settings: FeedSettings) -> None:
        async with Follower(settings) as follower, follower.tail("ES") as tail:
            while True:
                event = await tail.next()
                async with self._news:
                    self.events.append(event)
                    self._news.notify_all()

    async def seen_after(self, begin_s: float, count: int = 1) -> float:
        """Wait for so many ticks that the page showed after a time; how long after it the first of them came."""
        begin_us = begin_s * 1e6
        async with asyncio.timeout(DEADLINE_S), self._news:
            await self._news.wait_for(lambda: sum(event.tick.observed_us > begin_us for event in self.events) >= count)
        first = next(event.tick for event in self.events if event.tick.observed_us > begin_us)
        return first.published_us / 1e6 - begin_s


@asynccontextmanager
async def reading(settings: FeedSettings) -> AsyncIterator[Reader]:
    reader = Reader()
    async with in_background(reader.read(settings)):
        yield reader


def send(running: Program, number: signal.Signals) -> float:
    """Signal a producer; when that was."""
    os.kill(running.process.pid, number)
    return time.time() + 0.05  # what it had in hand may still come


async def test_a_standby_takes_over_from_a_hung_and_from_a_killed_producer(
    tmp_path: Path, feed_settings: FeedSettings
) -> None:
    async with AsyncExitStack() as stack:
        board = await stack.enter_async_context(page("--rate", "50"))
        reader = await stack.enter_async_context(reading(feed_settings))
        begin = time.time()
        first = await stack.enter_async_context(producer(board, feed_settings, tmp_path))
        await reader.seen_after(begin)
        second = await stack.enter_async_context(producer(board, feed_settings, tmp_path))
        await second.says(f"is produced by process {first.process.pid}")

        hung = send(first, signal.SIGSTOP)
        after_hang_s = await reader.seen_after(hung, 50)
        send(first, signal.SIGCONT)
        await first.says(f"another producer has taken over feed: process {second.process.pid}")
        await first.says(f"is produced by process {second.process.pid}")

        killed = send(second, signal.SIGKILL)
        after_kill_s = await reader.seen_after(killed, 50)

    assert max(after_hang_s, after_kill_s) < 2 * TAKEOVER_S, "under 4 s on a machine that does nothing else"
    ticks = [event.tick for event in reader.events]
    assert [event.gap for event in reader.events if event.gap] == []
    assert [tick.seq for tick in ticks] == list(range(ticks[0].seq, ticks[0].seq + len(ticks)))
    assert len({tick.cursor.epoch for tick in ticks}) == 1
    times = [tick.observed_us for tick in ticks]
    assert times == sorted(times), "nothing that a replaced producer saw comes after what its successor saw"
