"""A producer that takes over: it continues the numbers, and the one before it is fenced."""

import asyncio

import pytest

from tests.support.market import fill, publish
from tests.support.proxy import FaultProxy, through
from tests.support.reading import client, events_until, next_numbers, numbers, reach, stored
from tests.support.redis_server import RedisServer
from tests.support.waiting import DEADLINE_S
from tickql.feed.errors import Fenced
from tickql.feed.follower import Follower
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings


async def fenced(publisher: Publisher) -> None:
    with pytest.raises(Fenced, match="another producer has taken over ES"):
        await asyncio.wait_for(publisher.wait_until_fenced(), DEADLINE_S)


# Takeovers.


async def test_a_producer_that_takes_over_continues_the_numbers_and_the_first_is_fenced(
    feed_settings: FeedSettings,
) -> None:
    async with Publisher(feed_settings, "first") as first, Follower(feed_settings) as follower:
        publish(first, 1, 2)
        async with follower.tail("ES") as tail:
            await events_until(tail, 2)
            async with Publisher(feed_settings, "second") as second:
                publish(second, 3)
                assert await next_numbers(tail, 1) == [3]
                publish(first, 99)
                await fenced(first)
                publish(second, 4)
                assert await next_numbers(tail, 1) == [4]
    assert [tick.seq for tick in await stored(feed_settings)] == [1, 2, 3, 4]


async def test_a_replaced_producer_is_fenced_even_if_it_has_nothing_to_send(
    feed_settings: FeedSettings,
) -> None:
    async with Publisher(feed_settings, "first") as first:
        publish(first, 1)
        await reach(feed_settings, 1)
        async with Publisher(feed_settings, "second") as second:
            publish(second, 2)
            await fenced(first)


@pytest.mark.parametrize("reconnects", [False, True])
async def test_a_producer_that_was_replaced_while_disconnected_writes_nothing(
    reconnects: bool, feed_settings: FeedSettings
) -> None:
    async with (
        FaultProxy(feed_settings.redis_url) as proxy,
        Publisher(through(proxy, feed_settings), "old") as replaced,
    ):
        publish(replaced, 1)
        await reach(feed_settings, 1)
        proxy.go_silent()
        publish(replaced, 91, 92)
        async with Publisher(feed_settings, "new") as publisher:
            publish(publisher, 2, 3)
            await reach(feed_settings, 3)
            publish(replaced, 93)
            if reconnects:
                proxy.cut()
            proxy.end_silence()
            await fenced(replaced)
            publish(publisher, 4)
    assert numbers(await stored(feed_settings)) == [1, 2, 3, 4]


async def test_a_takeover_is_on_disk_before_the_first_tick_is_sent(own_feed: FeedSettings, valkey: RedisServer) -> None:
    async with client(own_feed) as redis:
        await fill(own_feed, 1)
        assert "cmdstat_waitaof" not in await redis.info("commandstats")
        await fill(own_feed, 2)
        calls = (await redis.info("commandstats"))["cmdstat_waitaof"]
        assert (calls["calls"], calls["failed_calls"]) == (1, 0)


async def test_a_takeover_works_on_a_server_without_an_append_only_file(
    own_feed: FeedSettings, valkey: RedisServer
) -> None:
    async with client(own_feed) as redis:
        await redis.config_set("appendonly", "no")
    await fill(own_feed, 1)
    await fill(own_feed, 2)
    assert [tick.seq for tick in await stored(own_feed)] == [1, 2]
