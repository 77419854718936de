"""The client that reads from Redis itself: every tick once and in order, or a gap, with the rights of a consumer."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.market import Market, fill, open_market
from tests.support.reading import client
from tests.support.redis_server import RedisServer
from tests.support.redis_users import UsersServer
from tests.support.waiting import DEADLINE_S
from tickql.feed.embedded.ports import free_port
from tickql.feed.settings import FeedSettings
from tickql_client import Gap, GapReason, Refused, Tick, follow


@pytest.fixture
async def market(feed_settings: FeedSettings) -> AsyncIterator[Market]:
    async with open_market(feed_settings) as market:
        yield market


def following(settings: FeedSettings, after: object = None) -> AsyncGenerator[Tick, None]:
    start = None if after is None else str(after)
    return follow("ES", settings.redis_url, after=start, namespace=settings.namespace)


async def next_ticks(received: AsyncGenerator[Tick, None], count: int) -> list[Tick]:
    async with asyncio.timeout(DEADLINE_S):
        return [await anext(received) for _ in range(count)]


async def next_numbers(received: AsyncGenerator[Tick, None], count: int) -> list[int]:
    """Return LAST of the next ticks, which come without a gap."""
    arrived = await next_ticks(received, count)
    assert [tick.gap for tick in arrived] == [None] * count
    return [int(tick.last or 0) for tick in arrived]


async def test_it_begins_with_the_newest_tick_and_gets_each_new_one(
    feed_settings: FeedSettings, market: Market
) -> None:
    market.tick(count=3)
    await market.publisher.flush()
    async with aclosing(following(feed_settings)) as received:
        (newest,) = await next_ticks(received, 1)
        assert (newest.symbol, newest.seq, newest.ask, newest.gap) == ("ES", 3, Decimal("3.50"), None)
        market.tick(count=700)
        assert await next_numbers(received, 700) == list(range(4, 704))


async def test_a_symbol_without_ticks_is_waited_for(feed_settings: FeedSettings, market: Market) -> None:
    async with aclosing(following(feed_settings)) as received:
        reading = asyncio.create_task(next_numbers(received, 2))
        # Ticks that are published before the subscription are not of interest: the reader begins with the newest.
        while not reading.done():
            market.tick()
            await asyncio.wait([reading], timeout=0.05)
        first, second = await reading
        assert second == first + 1


async def test_it_resumes_behind_a_cursor(feed_settings: FeedSettings, market: Market) -> None:
    cursor = await fill(feed_settings, *range(1, 1201))
    async with aclosing(following(feed_settings, cursor._replace(seq=2))) as received:
        assert await next_numbers(received, 1198) == list(range(3, 1201))


async def test_what_is_trimmed_or_of_another_numbering_is_a_gap(feed_settings: FeedSettings) -> None:
    cursor = await fill(feed_settings, *range(1, 11))
    async with client(feed_settings) as redis:
        await redis.xtrim(feed_settings.keys.ticks("ES"), maxlen=4, approximate=False)
        first = cursor._replace(seq=1)
        async with aclosing(following(feed_settings, first)) as received:
            (tick,) = await next_ticks(received, 1)
            assert (tick.seq, tick.gap) == (7, Gap(str(first), GapReason.TRIMMED, 5))
            assert await next_numbers(received, 3) == [8, 9, 10]
            await redis.delete(*await redis.keys(f"{feed_settings.namespace}*"))
            await fill(feed_settings, 11, 12)
            (tick,) = await next_ticks(received, 1)
            assert (tick.last, tick.gap) == (Decimal(11), Gap(str(cursor), GapReason.RESTARTED, None))
            assert await next_numbers(received, 1) == [12]


async def test_a_numbering_with_a_lower_epoch_is_followed_too(feed_settings: FeedSettings) -> None:
    old = await fill(feed_settings, 1, 2, 3, clock_ahead_s=60)
    async with aclosing(following(feed_settings)) as received:
        assert await next_numbers(received, 1) == [3]
        async with client(feed_settings) as redis:
            await redis.delete(*await redis.keys(f"{feed_settings.namespace}*"))
        assert (await fill(feed_settings, 4, 5)).epoch < old.epoch
        (tick,) = await next_ticks(received, 1)
        assert (tick.last, tick.gap) == (Decimal(4), Gap(str(old), GapReason.RESTARTED, None))
        assert await next_numbers(received, 1) == [5]


async def test_a_message_that_was_lost_is_read_from_the_stream(feed_settings: FeedSettings, market: Market) -> None:
    market.tick()
    await market.publisher.flush()
    async with aclosing(following(feed_settings)) as received, client(feed_settings) as redis:
        assert await next_numbers(received, 1) == [1]
        # The reader is cut off while ticks are published.
        await redis.client_kill_filter(_type="pubsub")
        market.tick(count=3)
        assert await next_numbers(received, 3) == [2, 3, 4]


@pytest.mark.long
async def test_a_cursor_beyond_the_newest_tick_is_a_gap_after_the_time_for_a_repair(
    feed_settings: FeedSettings, market: Market
) -> None:
    market.tick()
    await market.publisher.flush()
    newest = (await next_ticks(following(feed_settings), 1))[0].cursor
    async with aclosing(following(feed_settings, f"{newest}000")) as received:
        (tick,) = await next_ticks(received, 1)
        assert (tick.cursor, tick.gap) == (newest, Gap(f"{newest}000", GapReason.UNKNOWN_CURSOR, None))


async def test_no_tick_is_lost_while_redis_is_away(own_feed: FeedSettings, valkey: RedisServer) -> None:
    async with open_market(own_feed) as market, aclosing(following(own_feed)) as received:
        market.tick()
        await market.publisher.flush()
        assert await next_numbers(received, 1) == [1]
        valkey.kill()
        market.tick(count=5)
        await valkey.restart()
        assert await next_numbers(received, 5) == [2, 3, 4, 5, 6]


async def test_the_rights_of_a_consumer_are_enough_and_a_wrong_password_is_said(tmp_path: Path) -> None:
    server = UsersServer(tmp_path)
    server.start()
    try:
        async with open_market(server.feed("producer")) as market:
            market.tick(count=3)
            await market.publisher.flush()
            start = (await next_ticks(following(server.feed("consumer")), 1))[0].cursor[:-1] + "1"
            async with aclosing(following(server.feed("consumer"), start)) as received:
                assert await next_numbers(received, 2) == [2, 3]
                market.tick()
                assert await next_numbers(received, 1) == [4]
        with pytest.raises(Refused, match="redis refuses"):
            await anext(follow("ES", f"redis://consumer:wrong@127.0.0.1:{server.port}/0"))
    finally:
        server.stop()


@pytest.mark.parametrize("after", ["ES", "NQ:1739952000000-812", "ES:now-1"])
async def test_what_is_no_cursor_of_the_symbol_is_refused(after: str) -> None:
    with pytest.raises(Refused, match="cursor"):
        await anext(follow("ES", f"redis://127.0.0.1:{free_port()}/0", after=after))
