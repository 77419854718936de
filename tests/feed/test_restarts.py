"""A numbering that begins anew: with a greater or a lower epoch, for readers that are connected and that resume.

The lower epoch is that of a producer whose clock is behind that of the producer before it; Redis has lost its data.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.support.market import fill, number_of, publish
from tests.support.proxy import FaultProxy, through
from tests.support.reading import client, new_epoch, next_events, next_numbers
from tests.support.waiting import DEADLINE_S
from tickql.feed import scripts
from tickql.feed.codec import encode_tick
from tickql.feed.follower import Follower
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor, Event, Gap, GapReason, Quote
from tickql.feed.tick_reader import TickReader
from tickql.feed.timings import Timings

AHEAD_S = 60
SHORT_WAIT = Timings(repair_wait_s=0.3)


@pytest.fixture
async def old(feed_settings: FeedSettings) -> Cursor:
    """The cursor of tick 3, of a producer whose clock is ahead."""
    return await fill(feed_settings, 1, 2, 3, clock_ahead_s=AHEAD_S)


@pytest.fixture
async def follower(proxy: FaultProxy, feed_settings: FeedSettings) -> AsyncIterator[Follower]:
    async with Follower(through(proxy, feed_settings), timings=SHORT_WAIT) as follower:
        yield follower


async def wipe(settings: FeedSettings) -> None:
    """Delete all keys of the namespace."""
    async with client(settings) as redis:
        await redis.delete(*await redis.keys(f"{settings.namespace}*"))


async def test_a_connected_reader_gets_a_lower_epoch_with_a_gap(
    old: Cursor, follower: Follower, feed_settings: FeedSettings
) -> None:
    async with follower.tail("ES") as reader, follower.tail("ES") as newest:
        assert await next_numbers(reader, 1) == [3]
        assert await next_numbers(newest, 1) == [3]
        await wipe(feed_settings)
        lower = await fill(feed_settings, 4, 5, 6)
        assert lower.epoch < old.epoch
        events = await next_events(reader, 3)
        assert [number_of(event.tick) for event in events] == [4, 5, 6]
        assert [event.gap for event in events] == [Gap(old, GapReason.RESTARTED, None), None, None]
        event = await asyncio.wait_for(newest.skip_to_newest(), DEADLINE_S)
        assert (number_of(event.tick), event.gap) == (6, Gap(old, GapReason.RESTARTED, None))
        tick = follower.newest_in_memory("ES")
        assert tick is not None
        assert tick.cursor == lower


async def test_a_lower_epoch_without_live_messages_is_taken_after_the_time_for_a_repair(
    old: Cursor, proxy: FaultProxy, follower: Follower, feed_settings: FeedSettings
) -> None:
    async with follower.tail("ES") as reader:
        assert await next_numbers(reader, 1) == [3]
        proxy.go_silent()
        await wipe(feed_settings)
        await fill(feed_settings, 4, 5)
        proxy.cut()
        proxy.end_silence()
        events = await next_events(reader, 2)
        assert [number_of(event.tick) for event in events] == [4, 5]
        assert events[0].gap == Gap(old, GapReason.RESTARTED, None)


async def test_an_earlier_state_of_redis_is_not_taken_for_a_restart(
    proxy: FaultProxy, follower: Follower, feed_settings: FeedSettings
) -> None:
    head, stream = feed_settings.keys.head("ES"), feed_settings.keys.ticks("ES")
    await fill(feed_settings, 1, 2)
    async with client(feed_settings) as redis:
        earlier = [(key, await redis.dump(key)) for key in (head, stream)]
        await wipe(feed_settings)
        last = await fill(feed_settings, 3, 4, clock_ahead_s=AHEAD_S)
        async with follower.tail("ES") as reader:
            assert await next_numbers(reader, 1) == [4]
            for key, dump in earlier:
                assert dump is not None
                await redis.restore(key, 0, dump, replace=True)
            await redis.hset(head, "run", "an earlier one")
            proxy.cut()
            # A producer repairs it within the time for that: with a new epoch, behind all that readers have seen.
            async with Publisher(feed_settings, "test", clock_us=lambda: (last.epoch + 1) * 1_000) as publisher:
                publish(publisher, 5)
                (event,) = await next_events(reader, 1)
        assert (number_of(event.tick), event.gap) == (5, Gap(last, GapReason.RESTARTED, None))


async def test_an_epoch_that_comes_back_goes_on_where_it_was_left(
    old: Cursor, follower: Follower, feed_settings: FeedSettings
) -> None:
    head, stream = feed_settings.keys.head("ES"), feed_settings.keys.ticks("ES")
    async with client(feed_settings) as redis, follower.tail("ES") as reader:
        assert await next_numbers(reader, 1) == [3]
        dumps = [(key, await redis.dump(key)) for key in (head, stream)]
        await wipe(feed_settings)
        lower = await fill(feed_settings, 4)
        await next_events(reader, 1)
        for key, dump in dumps:
            assert dump is not None
            await redis.restore(key, 0, dump, replace=True)
        await fill(feed_settings, 5, clock_ahead_s=AHEAD_S)
        (event,) = await next_events(reader, 1)
        assert (number_of(event.tick), event.gap) == (5, Gap(lower, GapReason.RESTARTED, None))
        assert event.tick.cursor == old._replace(seq=4)


async def test_a_client_that_resumes_after_a_restart_with_a_lower_epoch_gets_every_new_tick(
    old: Cursor, follower: Follower, feed_settings: FeedSettings
) -> None:
    await wipe(feed_settings)
    await fill(feed_settings, 4, 5, 6)
    async with follower.tail("ES", old) as reader:
        events = await next_events(reader, 3)
        assert [number_of(event.tick) for event in events] == [4, 5, 6]
        assert [event.gap for event in events] == [Gap(old, GapReason.RESTARTED, None), None, None]


async def test_a_late_message_of_an_epoch_that_has_ended_changes_nothing(
    old: Cursor, follower: Follower, feed_settings: FeedSettings
) -> None:
    late = encode_tick(Quote("ES", None, None, "77", 1), old._replace(epoch=old.epoch - 1_000_000, seq=7), 1)
    async with client(feed_settings) as redis, follower.tail("ES") as reader:
        assert await next_numbers(reader, 1) == [3]
        await redis.publish(feed_settings.keys.channel("ES"), late)
        await fill(feed_settings, 4)
        assert await next_numbers(reader, 1) == [4]


@pytest.mark.parametrize("read", [TickReader.next, TickReader.skip_to_newest])
@pytest.mark.parametrize("lower", [False, True])
async def test_a_reader_that_resumes_where_ticks_arrive_late_is_not_sent_back_to_an_earlier_numbering(
    lower: bool, read: Callable[[TickReader], Awaitable[Event]], proxy: FaultProxy, feed_settings: FeedSettings
) -> None:
    await fill(feed_settings, 1, clock_ahead_s=AHEAD_S if lower else 0)
    feed = through(proxy, feed_settings)
    async with Follower(feed) as follower, follower.tail("ES") as first, Publisher(feed_settings, "test") as publisher:
        publish(publisher, 2)
        assert await next_numbers(first, 1) in ([1], [2])
        await follower.latest("ES")
        proxy.go_silent()
        publish(publisher, 3)
        await publisher.flush()
        await (wipe(feed_settings) if lower else new_epoch(feed_settings))
        seen = await fill(feed_settings, 4)
        async with follower.tail("ES", seen) as reader:
            reading = asyncio.ensure_future(read(reader))
            await fill(feed_settings, 5)
            # The ring gets tick 3, and not yet those behind it, before the reader knows the state of Redis.
            proxy.hold(scripts.READ.sha.encode())
            proxy.watch(b"HMGET")
            proxy.end_silence()
            async with asyncio.timeout(DEADLINE_S):
                await asyncio.gather(proxy.held.wait(), proxy.answered.wait())
            proxy.release()
            async with asyncio.timeout(DEADLINE_S):
                event = await reading
        assert (number_of(event.tick), event.gap) == (5, None)
