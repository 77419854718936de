"""Readers with a cursor of the present epoch that names no tick that Redis has: lost for a moment, or never given."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager

import pytest

from tests.support.background import in_background
from tests.support.market import fill, number_of, publish
from tests.support.proxy import FaultProxy, through
from tests.support.reading import client, events_until, new_epoch, next_numbers, reach
from tests.support.redis_server import RedisServer
from tests.support.waiting import DEADLINE_S
from tickql.feed.follower import Follower
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor, Event, Gap, GapReason
from tickql.feed.tick_reader import TickReader
from tickql.feed.timings import Timings

SHORT_WAIT = Timings(repair_wait_s=0.2)
_STATE = b"repair"
"""In each request for the state of a symbol's numbering."""
Read = Callable[[TickReader], Coroutine[None, None, Event]]
both_reads = pytest.mark.parametrize("read", [TickReader.next, TickReader.skip_to_newest])


@pytest.fixture
async def proxied(feed_settings: FeedSettings) -> AsyncIterator[tuple[FaultProxy, FeedSettings]]:
    """A proxy for readers, and the settings of the feed behind it."""
    async with FaultProxy(feed_settings.redis_url) as proxy:
        yield proxy, through(proxy, feed_settings)


@asynccontextmanager
async def reading(
    settings: FeedSettings, after: Cursor, read: Read, timings: Timings = SHORT_WAIT
) -> AsyncIterator["tuple[TickReader, asyncio.Task[Event]]"]:
    """Yield a reader of a fresh process, and its first read."""
    async with (
        Follower(settings, timings=timings) as follower,
        follower.tail("ES", after) as reader,
        in_background(read(reader)) as task,
    ):
        yield reader, task


@both_reads
async def test_a_number_that_was_never_reached_starts_with_the_newest_tick(
    read: Read, feed_settings: FeedSettings
) -> None:
    after = (await fill(feed_settings, 1, 2, 3))._replace(seq=9)
    async with reading(feed_settings, after, read) as (reader, first):
        event = await asyncio.wait_for(first, DEADLINE_S)
        assert (number_of(event.tick), event.skipped) == (3, 0)
        assert event.gap == Gap(after, GapReason.UNKNOWN_CURSOR, None)
        await fill(feed_settings, 4)
        assert await next_numbers(reader, 1) == [4]


async def test_ticks_that_arrive_do_not_prolong_the_wait(publisher: Publisher, feed_settings: FeedSettings) -> None:
    publish(publisher, 1)
    after = (await reach(feed_settings, 1)).cursor._replace(seq=1_000_000)
    number = 1
    async with (
        reading(feed_settings, after, TickReader.next) as (_, first),
        Follower(feed_settings) as other,
        other.tail("ES") as live,
        asyncio.timeout(DEADLINE_S),
    ):
        while not first.done():
            number += 1
            publish(publisher, number)
            await events_until(live, number)
        assert first.result().gap == Gap(after, GapReason.UNKNOWN_CURSOR, None)


@both_reads
async def test_a_number_that_is_reached_later_names_another_tick_than_the_cursor(
    read: Read, publisher: Publisher, feed_settings: FeedSettings, proxied: tuple[FaultProxy, FeedSettings]
) -> None:
    proxy, behind_proxy = proxied
    publish(publisher, 1, 2)
    after = (await reach(feed_settings, 2)).cursor._replace(seq=4)
    proxy.watch(_STATE)
    async with reading(behind_proxy, after, read, Timings()) as (_, first):
        await asyncio.wait_for(proxy.answered.wait(), DEADLINE_S)
        publish(publisher, 3, 4, 5)
        event = await asyncio.wait_for(first, DEADLINE_S)
        assert (number_of(event.tick), event.gap) == (5, Gap(after, GapReason.UNKNOWN_CURSOR, None))


@both_reads
async def test_ticks_that_redis_has_lost_are_waited_for_until_the_producer_sends_them_again(
    read: Read, own_feed: FeedSettings, valkey: RedisServer
) -> None:
    async with (
        FaultProxy(own_feed.redis_url) as to_publisher,
        FaultProxy(own_feed.redis_url) as to_reader,
        Publisher(through(to_publisher, own_feed), "test") as publisher,
    ):
        newest = await _lose_the_last_ticks(publisher, to_publisher, own_feed)
        async with reading(through(to_reader, own_feed), newest, read) as (_, first):
            for _ in range(3):
                to_reader.watch(_STATE)
                await asyncio.wait_for(to_reader.answered.wait(), DEADLINE_S)
            assert not first.done(), "no producer has opened the symbol since the loss"
            publish(publisher, 101)
            to_publisher.end_silence()
            event = await asyncio.wait_for(first, DEADLINE_S)
            assert (number_of(event.tick), event.gap) == (101, None)


async def _lose_the_last_ticks(publisher: Publisher, proxy: FaultProxy, settings: FeedSettings) -> Cursor:
    """Bring Redis back to tick 20, as after a crash, and return the cursor of tick 100."""
    head, stream = settings.keys.head("ES"), settings.keys.ticks("ES")
    async with client(settings) as redis:
        publish(publisher, *range(1, 21))
        await reach(settings, 20)
        old_head, old_stream = [await redis.dump(key) for key in (head, stream)]
        assert old_head is not None
        assert old_stream is not None
        publish(publisher, *range(21, 101))
        newest = (await reach(settings, 100)).cursor
        await publisher.flush()
        proxy.go_silent()
        await redis.restore(head, 0, old_head, replace=True)
        await redis.restore(stream, 0, old_stream, replace=True)
        await redis.hset(head, "run", "an earlier one")
    return newest


async def test_an_outage_is_no_proof_that_a_number_was_never_reached(
    publisher: Publisher, feed_settings: FeedSettings, proxied: tuple[FaultProxy, FeedSettings]
) -> None:
    proxy, behind_proxy = proxied
    publish(publisher, 1)
    after = (await reach(feed_settings, 1)).cursor._replace(seq=2)
    proxy.watch(_STATE)
    async with reading(behind_proxy, after, TickReader.next) as (_, first):
        await asyncio.wait_for(proxy.answered.wait(), DEADLINE_S)
        proxy.go_silent()
        await asyncio.wait([first], timeout=2 * SHORT_WAIT.repair_wait_s)
        assert not first.done()
        proxy.end_silence()
        assert (await asyncio.wait_for(first, DEADLINE_S)).gap == Gap(after, GapReason.UNKNOWN_CURSOR, None)


@both_reads
async def test_a_number_below_the_first_of_its_epoch_was_never_given(read: Read, feed_settings: FeedSettings) -> None:
    await fill(feed_settings, *range(1, 31))
    await new_epoch(feed_settings)
    after = (await fill(feed_settings, *range(31, 41)))._replace(seq=7)
    async with reading(feed_settings, after, read) as (_, first):
        event = await asyncio.wait_for(first, DEADLINE_S)
        assert (number_of(event.tick), event.skipped) == (40, 0)
        assert event.gap == Gap(after, GapReason.UNKNOWN_CURSOR, None)


async def test_the_place_before_the_first_tick_of_an_epoch_is_a_cursor(feed_settings: FeedSettings) -> None:
    await fill(feed_settings, 1, 2)
    await new_epoch(feed_settings)
    after = (await fill(feed_settings, 3, 4))._replace(seq=2)
    async with reading(feed_settings, after, TickReader.next) as (_, first):
        event = await asyncio.wait_for(first, DEADLINE_S)
        assert (number_of(event.tick), event.gap) == (3, None)


async def test_what_an_epoch_that_has_ended_lacks_at_its_beginning_is_not_counted(feed_settings: FeedSettings) -> None:
    await fill(feed_settings, *range(1, 6))
    await new_epoch(feed_settings)
    after = (await fill(feed_settings, *range(6, 11)))._replace(seq=3)
    await new_epoch(feed_settings)
    await fill(feed_settings, *range(11, 16))
    async with Follower(feed_settings, 2) as follower, follower.tail("ES", after) as reader:
        event = await asyncio.wait_for(reader.next(), DEADLINE_S)
        assert (number_of(event.tick), event.gap) == (6, Gap(after, GapReason.TRIMMED, None))
