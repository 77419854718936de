"""A cancelled task stops, also if the cancellation meets the moment of a write (python/cpython#86296)."""

import asyncio
import time

import pytest

from tests.support.market import quote
from tests.support.proxy import FaultProxy, through
from tests.support.waiting import DEADLINE_S, PATIENT
from tickql.feed.history import History
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Quote
from tickql.feed.timings import Timings


async def test_a_publisher_stops_at_the_moment_of_its_heartbeat(feed_settings: FeedSettings) -> None:
    async with Publisher(feed_settings, "test") as publisher:
        publisher.publish(Quote("ES", "1", "1", "1", 1))
        async with asyncio.timeout(DEADLINE_S):
            await publisher._outbox.idle.wait()
        time.sleep(1.2)  # noqa: ASYNC251 - blocks the loop until the heartbeat is overdue


async def test_a_publisher_says_how_many_ticks_were_not_stored(
    proxy: FaultProxy, feed_settings: FeedSettings, caplog: pytest.LogCaptureFixture
) -> None:
    proxy.go_silent()
    async with Publisher(through(proxy, feed_settings), "test", timings=Timings(final_flush_s=0.01)) as publisher:
        for number in (1, 2, 3):
            publisher.publish(quote(number))
    assert "3 ticks of test were not stored" in caplog.text


@pytest.mark.parametrize("turns", range(8))
async def test_a_cancelled_read_ends_at_any_point(feed_settings: FeedSettings, turns: int) -> None:
    async with History(feed_settings, PATIENT) as history:
        await history.symbols()
        reading = asyncio.create_task(history.symbols())
        for _ in range(turns):
            await asyncio.sleep(0)
        was_cancelled = reading.cancel()
        await asyncio.wait([reading])
        assert reading.cancelled() or not was_cancelled
