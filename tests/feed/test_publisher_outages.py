"""A publisher while Redis is away, refuses, forgets or loses replies: each quote is published once, or is a gap."""

import asyncio
import time

from tests.support.market import fill, number_of, publish
from tests.support.proxy import FaultProxy, through
from tests.support.reading import client, events_until, next_events, numbers, reach, stored
from tests.support.redis_server import RedisServer
from tests.support.waiting import DEADLINE_S
from tickql.feed import scripts
from tickql.feed.follower import Follower
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Event, Gap, GapReason
from tickql.feed.timings import Timings

# Faults of Redis.


async def test_ticks_are_kept_until_redis_is_reachable(own_feed: FeedSettings, valkey: RedisServer) -> None:
    valkey.kill()
    async with Publisher(own_feed, "test") as publisher:
        publish(publisher, *range(1, 3_001))
        assert publisher.unconfirmed == 3_000
        await valkey.restart()
        await reach(own_feed, 3_000)
        assert publisher.stats.redis_down is None
    assert numbers(await stored(own_feed)) == list(range(1, 3_001))


async def test_a_publisher_closes_in_time_while_redis_is_down(own_feed: FeedSettings, valkey: RedisServer) -> None:
    valkey.kill()
    begin = time.monotonic()
    async with Publisher(own_feed, "test", timings=Timings(final_flush_s=0.5)) as publisher:
        publish(publisher, 1)
    assert time.monotonic() - begin < DEADLINE_S
    assert publisher.unconfirmed == 1


async def test_a_call_whose_reply_was_lost_is_sent_again_and_counts_once(feed_settings: FeedSettings) -> None:
    async with (
        FaultProxy(feed_settings.redis_url) as proxy,
        Publisher(through(proxy, feed_settings), "test") as publisher,
    ):
        publish(publisher, 1)
        await reach(feed_settings, 1)
        for number in range(2, 8):
            proxy.cut_before_reply_to(scripts.PUBLISH.sha.encode())
            publish(publisher, number)
            await reach(feed_settings, number)
        publish(publisher, 8)
        await reach(feed_settings, 8)
        assert publisher.stats.connects > 3
    assert numbers(await stored(feed_settings)) == list(range(1, 9))
    assert publisher.stats.rotations == 0


async def test_a_symbol_whose_open_reply_was_lost_is_opened_again(feed_settings: FeedSettings) -> None:
    async with FaultProxy(feed_settings.redis_url) as proxy:
        proxy.cut_before_reply_to(scripts.OPEN.sha.encode() + b"\r\n$1\r\n2")
        async with Publisher(through(proxy, feed_settings), "test") as publisher:
            publish(publisher, 1, 2)
            await reach(feed_settings, 2)
        assert publisher.stats.connects == 2
    assert [tick.seq for tick in await stored(feed_settings)] == [1, 2]


async def test_a_publisher_loads_its_scripts_again_after_redis_forgot_them(own_feed: FeedSettings) -> None:
    async with Publisher(own_feed, "test") as publisher, client(own_feed) as redis:
        publish(publisher, 1)
        await reach(own_feed, 1)
        await redis.script_flush()
        publish(publisher, 2)
        await reach(own_feed, 2)
    assert [tick.seq for tick in await stored(own_feed)] == [1, 2]


async def test_a_redis_that_was_out_of_memory_gets_every_tick_later(own_feed: FeedSettings) -> None:
    async with (
        FaultProxy(own_feed.redis_url) as proxy,
        Publisher(through(proxy, own_feed), "test") as publisher,
        client(own_feed) as redis,
    ):
        publish(publisher, 1)
        await reach(own_feed, 1)
        await redis.config_set("maxmemory", 1)
        publish(publisher, *range(2, 101))
        await asyncio.wait_for(proxy.accepts(4), DEADLINE_S)
        assert "maxmemory" in (publisher.stats.redis_down or "")
        await redis.config_set("maxmemory", 0)
        await reach(own_feed, 100)
    assert [tick.seq for tick in await stored(own_feed)] == list(range(1, 101))


async def test_a_publisher_that_redis_refuses_reconnects_with_growing_pauses(feed_settings: FeedSettings) -> None:
    async with client(feed_settings) as redis, FaultProxy(feed_settings.redis_url) as proxy:
        await redis.set(feed_settings.keys.ticks("ES"), "no stream")
        async with Publisher(through(proxy, feed_settings), "test") as publisher:
            publish(publisher, 1, symbol="NQ")
            await reach(feed_settings, 1, "NQ")
            begin = time.monotonic()
            publish(publisher, 1)
            await asyncio.wait_for(proxy.accepts(6), DEADLINE_S)
            took_s = time.monotonic() - begin
            await redis.delete(feed_settings.keys.ticks("ES"))
            await reach(feed_settings, 1)
    assert took_s > 0.6


async def test_an_emptied_redis_gets_the_newest_price_of_a_quiet_symbol_again(own_feed: FeedSettings) -> None:
    async with Publisher(own_feed, "test") as publisher, client(own_feed) as redis, Follower(own_feed) as follower:
        publish(publisher, 1, 2)
        async with follower.tail("ES") as tail:
            (*_, before) = await events_until(tail, 2)
            await redis.flushall()
            (event,) = await next_events(tail, 1)
            assert number_of(event.tick) == 2
            assert event.gap == Gap(before.tick.cursor, GapReason.RESTARTED, None)
        assert await follower.symbols() == ["ES"]
    assert numbers(await stored(own_feed)) == [2]


async def test_ticks_that_a_full_spool_dropped_are_a_gap(own_feed: FeedSettings, valkey: RedisServer) -> None:
    async with Publisher(own_feed, "test", spool_ticks=50) as publisher, Follower(own_feed) as follower:
        publish(publisher, 1)
        async with follower.tail("ES") as tail:
            (first,) = await next_events(tail, 1)
            await publisher.flush()
            valkey.kill()
            publish(publisher, *range(2, 102))
            assert publisher.unconfirmed == 50
            assert publisher.stats.dropped == 50
            await valkey.restart()
            events = await events_until(tail, 101)
    assert [number_of(event.tick) for event in events] == list(range(52, 102))
    assert events[0].gap == Gap(first.tick.cursor, GapReason.RESTARTED, None)
    assert {event.gap for event in events[1:]} == {None}
    assert publisher.stats.rotations == 1


async def test_ticks_that_a_full_spool_dropped_before_the_first_connection_are_a_gap(
    own_feed: FeedSettings, valkey: RedisServer
) -> None:
    last = await fill(own_feed, 1)
    async with FaultProxy(own_feed.redis_url) as proxy, Follower(own_feed) as follower:
        proxy.go_silent()
        async with Publisher(through(proxy, own_feed), "test", spool_ticks=50) as publisher:
            publish(publisher, *range(2, 102))
            proxy.end_silence()
            async with follower.tail("ES", last) as tail:
                (event,) = await next_events(tail, 1)
    assert event == Event(event.tick, 0, Gap(last, GapReason.RESTARTED, None))
    assert number_of(event.tick) == 52
