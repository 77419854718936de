"""An outage of Redis during subscriptions: the clients see a pause, then every tick."""

import asyncio

from tests.api.conftest import RunApi, trade
from tests.support.graphql_client import seqs
from tests.support.market import open_market
from tests.support.redis_server import RedisServer
from tickql.feed.settings import FeedSettings


async def test_a_subscription_continues_without_a_hole_after_an_outage_of_redis(
    run_api: RunApi, own_feed: FeedSettings, valkey: RedisServer
) -> None:
    api = await run_api(own_feed)
    async with open_market(own_feed) as market, api.ticks() as stream, asyncio.TaskGroup() as tasks:
        market.tick()
        first = await stream.next()
        reader = tasks.create_task(stream.until(1501))
        for _ in range(3):
            await trade(api, market, 400)
            valkey.kill()
            market.tick(count=100)
            await valkey.restart()
        ticks = await reader
    assert seqs(ticks) == list(range(first["seq"] + 1, 1502))
    assert not any(tick["gap"] for tick in ticks)


async def test_a_subscription_that_starts_without_redis_waits_for_it(
    run_api: RunApi, own_feed: FeedSettings, valkey: RedisServer
) -> None:
    valkey.kill()
    api = await run_api(own_feed)
    board = 'subscription { board(symbols: ["ES"]) { seq } }'
    async with open_market(own_feed) as market, api.socket() as socket, api.ticks() as stream:
        await socket.subscribe("1", board)
        market.tick(count=3)
        error = await api.query_error('{ lastPrice(symbol: "ES") { seq } }')
        assert error["extensions"] == {"code": "FEED_UNAVAILABLE"}
        await valkey.restart()
        assert (await stream.until(3))[-1]["seq"] == 3
        seen = 0
        while seen < 3:
            seen = (await socket.next("1"))["board"][0]["seq"]


async def test_a_board_continues_without_a_hole_after_an_outage_of_redis(
    run_api: RunApi, own_feed: FeedSettings, valkey: RedisServer
) -> None:
    api = await run_api(own_feed)
    async with open_market(own_feed) as market, api.socket() as socket:
        market.tick()
        await socket.subscribe("1", "subscription { board(maxHz: 50) { seq skipped gap { reason } } }")
        (tick,) = (await socket.next("1"))["board"]
        seen = tick["seq"]
        valkey.kill()
        market.tick(count=200)
        await valkey.restart()
        while seen < 201:
            (tick,) = (await socket.next("1"))["board"]
            assert (tick["seq"], tick["gap"]) == (seen + 1 + tick["skipped"], None)
            seen = tick["seq"]
