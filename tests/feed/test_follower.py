"""The follower: the newest tick of a symbol, and symbols that are followed and unfollowed."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support.market import fill, number_of, publish
from tests.support.proxy import FaultProxy, through
from tests.support.reading import client, events_until, next_numbers, reach
from tests.support.redis_server import RedisServer
from tests.support.waiting import DEADLINE_S
from tickql.feed import scripts
from tickql.feed.errors import FeedUnavailable, InvalidSymbol
from tickql.feed.follower import Follower
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor
from tickql.feed.tick_reader import TickReader
from tickql.feed.timings import Timings


@pytest.fixture
async def forgetful(feed_settings: FeedSettings) -> AsyncIterator[Follower]:
    """A follower that unfollows a symbol at once when its last reader closes."""
    async with Follower(feed_settings, timings=Timings(unfollow_after_s=0.0)) as follower:
        yield follower


@pytest.fixture
async def reader(publisher: Publisher, proxy: FaultProxy, feed_settings: FeedSettings) -> AsyncIterator[TickReader]:
    """A reader behind the proxy that has read tick 1, the newest one."""
    publish(publisher, 1)
    async with Follower(through(proxy, feed_settings)) as follower, follower.tail("ES") as reader:
        assert await next_numbers(reader, 1) == [1]
        yield reader


# The newest tick.


async def test_the_newest_tick_is_read_and_its_symbol_followed_from_then_on(
    publisher: Publisher, follower: Follower, feed_settings: FeedSettings
) -> None:
    publish(publisher, 1, 2)
    await reach(feed_settings, 2)
    assert follower.newest_in_memory("ES") is None
    tick = await follower.latest("ES")
    assert tick is not None
    assert number_of(tick) == 2
    async with follower.tail("ES") as reader:
        await events_until(reader, 2)
        publish(publisher, 3)
        await events_until(reader, 3)
        tick = follower.newest_in_memory("ES")
        assert tick is not None
        assert number_of(tick) == 3
        assert await follower.latest("ES") is tick


async def test_a_symbol_without_a_tick_is_not_followed(follower: Follower) -> None:
    assert await follower.latest("NONE") is None
    assert follower.newest_in_memory("NONE") is None
    assert await follower.symbols() == []


async def test_an_invalid_symbol_is_refused(follower: Follower) -> None:
    with pytest.raises(InvalidSymbol):
        await follower.latest("E S")
    with pytest.raises(InvalidSymbol):
        follower.tail("E S")


async def test_while_redis_is_down_the_newest_tick_of_a_followed_symbol_is_known(
    own_feed: FeedSettings, valkey: RedisServer
) -> None:
    await fill(own_feed, 1)
    await fill(own_feed, 1, symbol="NQ")
    async with Follower(own_feed) as follower, follower.tail("ES") as reader:
        await next_numbers(reader, 1)
        valkey.kill()
        assert await follower.latest("ES") is not None
        for unknown in (follower.latest("NQ"), follower.symbols()):
            with pytest.raises(FeedUnavailable):
                await asyncio.wait_for(unknown, DEADLINE_S)


# Subscribing while ticks are published.


async def test_ticks_published_while_the_stream_is_read_arrive_once_and_in_order(
    publisher: Publisher, proxy: FaultProxy, feed_settings: FeedSettings
) -> None:
    publish(publisher, *range(1, 11))
    newest = (await reach(feed_settings, 10)).cursor
    proxy.hold(scripts.READ.sha.encode(), connections=1)
    async with (
        Follower(through(proxy, feed_settings)) as follower,
        follower.tail("ES", Cursor("ES", newest.epoch, 3)) as reader,
    ):
        await asyncio.wait_for(proxy.held.wait(), DEADLINE_S)
        publish(publisher, *range(11, 31))
        await reach(feed_settings, 30)
        proxy.release()
        assert await next_numbers(reader, 27) == list(range(4, 31))


async def test_two_readers_that_start_at_the_same_moment_get_the_same_ticks(
    publisher: Publisher, follower: Follower, feed_settings: FeedSettings
) -> None:
    publish(publisher, *range(1, 11))
    newest = (await reach(feed_settings, 10)).cursor
    async with asyncio.timeout(DEADLINE_S):
        one, other = await asyncio.gather(
            *(next_numbers(follower.tail("ES", Cursor("ES", newest.epoch, 2)), 8) for _ in range(2))
        )
    assert one == other == list(range(3, 11))


# Unfollowing.


async def test_a_symbol_that_is_unfollowed_and_followed_again_is_read_again(
    feed_settings: FeedSettings, forgetful: Follower, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "tickql.feed")
    await fill(feed_settings, 1, 2)
    for _ in range(3):
        async with forgetful.tail("ES") as reader:
            assert await next_numbers(reader, 1) == [2]
        async with asyncio.timeout(DEADLINE_S):
            while forgetful.newest_in_memory("ES") is not None:  # noqa: ASYNC110 - the exact moment matters
                await asyncio.sleep(0)
    assert "no message for" not in caplog.text, "it was read at once, and not after a reconnect"


async def test_a_symbol_without_readers_is_unsubscribed(feed_settings: FeedSettings, forgetful: Follower) -> None:
    await fill(feed_settings, 1)
    async with client(feed_settings) as redis:
        channel = feed_settings.keys.channel("ES")
        async with forgetful.tail("ES") as reader:
            await next_numbers(reader, 1)
            assert await redis.pubsub_numsub(channel) == [(channel.encode(), 1)]
        async with asyncio.timeout(DEADLINE_S):
            while await redis.pubsub_numsub(channel) != [(channel.encode(), 0)]:
                pass
        assert forgetful.newest_in_memory("ES") is None
