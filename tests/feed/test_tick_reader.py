"""One reader: it misses nothing, however slow it is, and reports what cannot be delivered."""

import asyncio

import pytest

from tests.feed.conftest import RING
from tests.support.market import number_of, publish
from tests.support.proxy import FaultProxy
from tests.support.reading import asked, client, events_until, next_events, next_numbers, reach
from tests.support.redis_server import RedisServer
from tests.support.waiting import DEADLINE_S
from tickql.feed import scripts
from tickql.feed.follower import Follower
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor, Gap, GapReason
from tickql.feed.tick_reader import TickReader


@pytest.fixture
def follower(short_ring: Follower) -> Follower:
    return short_ring


# Slow readers.


async def test_a_reader_that_the_ring_has_overtaken_continues_from_redis(
    publisher: Publisher, follower: Follower, feed_settings: FeedSettings
) -> None:
    publish(publisher, 1)
    async with follower.tail("ES") as slow, follower.tail("ES") as fast:
        assert await next_numbers(slow, 1) == [1]
        for last in range(100, 1_700, 400):
            publish(publisher, *range(last - 99 if last == 100 else last - 399, last + 1))
            await events_until(fast, last)
            await next_numbers(slow, 7)
        got = await events_until(slow, 1_300)
        assert [event.gap for event in got] == [None] * len(got)
        assert number_of(got[0].tick) == 1 + 4 * 7 + 1 - 1


async def test_a_reader_that_the_ring_overtakes_while_it_catches_up_misses_nothing(
    publisher: Publisher, feed_settings: FeedSettings, proxied: tuple[FaultProxy, Follower]
) -> None:
    proxy, follower = proxied
    publish(publisher, *range(1, 101))
    newest = (await reach(feed_settings, 100)).cursor
    async with follower.tail("ES") as fast, follower.tail("ES", Cursor("ES", newest.epoch, 10)) as slow:
        await events_until(fast, 100)
        proxy.hold(scripts.READ.sha.encode())
        async with asked(slow) as waiting:
            await asyncio.wait_for(proxy.held.wait(), DEADLINE_S)
            publish(publisher, *range(101, 201))
            await events_until(fast, 200, TickReader.skip_to_newest)
            proxy.release()
            assert number_of((await asyncio.wait_for(waiting, DEADLINE_S)).tick) == 11
        assert await next_numbers(slow, 189) == list(range(12, 201))


async def test_readers_of_one_symbol_do_not_wait_for_each_other(publisher: Publisher, follower: Follower) -> None:
    publish(publisher, 1)
    async with follower.tail("ES") as stopped, follower.tail("ES") as every, follower.tail("ES") as merging:
        for reader in (stopped, every, merging):
            assert await next_numbers(reader, 1) == [1]
        publish(publisher, *range(2, 500))
        assert await next_numbers(every, 498) == list(range(2, 500))
        merged = await events_until(merging, 499, TickReader.skip_to_newest)
        assert sum(event.skipped + 1 for event in merged) == 498
        assert await next_numbers(stopped, 498) == list(range(2, 500))


async def test_delivered_and_skipped_ticks_add_up(publisher: Publisher, follower: Follower) -> None:
    publish(publisher, 1)
    async with follower.tail("ES") as merging, follower.tail("ES") as fast:
        assert number_of((await merging.skip_to_newest()).tick) == 1
        seen = 1
        for burst in (1, 2, 15, 16, 17, 40, 3):
            publish(publisher, *range(seen + 1, seen + burst + 1))
            await events_until(fast, seen + burst)
            event = await merging.skip_to_newest()
            assert (number_of(event.tick), event.skipped, event.gap) == (seen + burst, burst - 1, None)
            seen += burst


async def test_a_reader_may_switch_between_every_tick_and_the_newest(
    publisher: Publisher, follower: Follower, feed_settings: FeedSettings
) -> None:
    publish(publisher, *range(1, 101))
    newest = (await reach(feed_settings, 100)).cursor
    async with follower.tail("ES", Cursor("ES", newest.epoch, 10)) as tick_reader:
        assert await next_numbers(tick_reader, 2) == [11, 12]
        event = await asyncio.wait_for(tick_reader.skip_to_newest(), DEADLINE_S)
        assert (number_of(event.tick), event.skipped) == (100, 87)
        publish(publisher, 101, 102)
        assert await next_numbers(tick_reader, 2) == [101, 102]


async def test_a_read_that_is_cancelled_loses_nothing(
    publisher: Publisher, follower: Follower, feed_settings: FeedSettings
) -> None:
    publish(publisher, *range(1, 301))
    newest = (await reach(feed_settings, 300)).cursor
    got: list[int] = []
    cancelled = 0
    async with follower.tail("ES", Cursor("ES", newest.epoch, 50)) as tick_reader, asyncio.timeout(DEADLINE_S):
        while not got or got[-1] < 400:
            task = asyncio.create_task(tick_reader.next())
            await asyncio.sleep(0)
            if not task.done() and cancelled < 500:
                task.cancel()
                cancelled += 1
            try:
                got.append(number_of((await task).tick))
            except asyncio.CancelledError:
                if cancelled % 5 == 0 and cancelled <= 500:
                    publish(publisher, 300 + cancelled // 5)
    assert cancelled == 500
    assert got == list(range(51, 401))


# When Redis loses what the reader wants.


async def test_a_reader_gets_from_the_ring_the_ticks_that_redis_has_lost(
    publisher: Publisher, impatient: Follower, feed_settings: FeedSettings
) -> None:
    publish(publisher, *range(1, 101))
    newest = (await reach(feed_settings, 100)).cursor
    async with impatient.tail("ES") as fast, impatient.tail("ES", Cursor("ES", newest.epoch, 70)) as slow:
        await events_until(fast, 100)
        async with client(feed_settings) as connection:
            await connection.delete(feed_settings.keys.ticks("ES"))
        (event,) = await next_events(slow, 1)
        assert event.gap == Gap(Cursor("ES", newest.epoch, 70), GapReason.TRIMMED, 14)
        assert number_of(event.tick) == 85
        assert await next_numbers(slow, 15) == list(range(86, 101))


async def test_a_reader_waits_for_ticks_that_the_producer_sends_again(
    own_feed: FeedSettings, valkey: RedisServer
) -> None:
    async with (
        Publisher(own_feed, "test") as publisher,
        Follower(own_feed, RING) as follower,
        client(own_feed) as redis,
    ):
        publish(publisher, *range(1, 21))
        first = (await reach(own_feed, 20)).cursor
        head, stream = own_feed.keys.head("ES"), own_feed.keys.ticks("ES")
        old_head, old_stream = [await redis.dump(key) for key in (head, stream)]
        assert old_head is not None
        assert old_stream is not None
        async with follower.tail("ES") as fast:
            publish(publisher, *range(21, 101))
            await events_until(fast, 100)
            await redis.restore(head, 0, old_head, replace=True)
            await redis.restore(stream, 0, old_stream, replace=True)
            async with follower.tail("ES", Cursor("ES", first.epoch, 50)) as slow:
                assert await next_numbers(slow, 50) == list(range(51, 101))


async def test_a_reader_may_be_closed_twice(follower: Follower) -> None:
    one, other = follower.tail("ES"), follower.tail("ES")
    one.close()
    one.close()
    assert other.followed.reader_count == 1
    other.close()
