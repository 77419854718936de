"""The subscription `ticks`: snapshot, live ticks, resuming, delivery and rate limit."""

import asyncio
import time

import pytest

from tests.api.conftest import RunApi, RunningApi, trade
from tests.support.graphql_client import Json, seqs
from tests.support.market import Market, fill
from tickql.feed.settings import FeedSettings

_LONG = " ".join(f"{'x' * 120}{number}: seq" for number in range(33))
"""Some 4 KB of fields."""


@pytest.fixture(params=["prepared frames", "plain ASGI"])
async def api(request: pytest.FixtureRequest, run_api: RunApi, feed_settings: FeedSettings) -> RunningApi:
    """Run each test on the prepared socket and on the sockets of any other ASGI server."""
    return await run_api(feed_settings, plain=request.param == "plain ASGI")


def distance(ticks: list[Json]) -> int:
    """Return how many ticks lie between the first and the last event, counted from `skipped`."""
    return sum(1 + tick["skipped"] for tick in ticks[1:])


async def test_a_subscriber_gets_the_newest_tick_at_once(api: RunningApi, feed_settings: FeedSettings) -> None:
    await fill(feed_settings, 1, 2, 3)
    async with api.ticks() as stream:
        assert (await stream.next())["seq"] == 3


async def test_a_subscriber_gets_every_tick_after_the_snapshot(api: RunningApi, market: Market) -> None:
    market.tick()
    async with api.ticks() as stream:
        first = await stream.next()
        market.tick(count=500)
        assert seqs(await stream.until(501)) == list(range(first["seq"] + 1, 502))


async def test_a_tick_has_all_digits_of_its_prices(api: RunningApi, market: Market) -> None:
    market.tick()
    async with api.socket() as socket:
        await socket.subscribe(
            "1",
            """subscription { ticks(symbol: "ES") {
                symbol seq timestamp ask bid last mid spread skipped gap { lost }
            } }""",
        )
        assert await socket.tick() == {
            "symbol": "ES", "seq": 1, "timestamp": "2025-02-19T08:02:06.053123Z", "ask": "1.50", "bid": "1.25",
            "last": "1", "mid": "1.375", "spread": "0.25", "skipped": 0, "gap": None,
        }  # fmt: skip


async def test_the_first_event_of_a_symbol_without_ticks_is_its_first_tick(api: RunningApi, market: Market) -> None:
    async with api.socket() as socket:
        await socket.subscribe("1", 'subscription { ticks(symbol: "NQ") { seq } }')
        await socket.subscribe("2", "{ symbols }")
        assert await socket.next("2") == {"symbols": []}
        assert (await socket.receive())["type"] == "complete"
        market.tick("NQ")
        assert await socket.tick() == {"seq": 1}


async def test_a_subscriber_resumes_without_a_hole_or_a_repeat_while_ticks_arrive(
    api: RunningApi, market: Market
) -> None:
    market.tick()
    seen: list[int] = []
    async with asyncio.TaskGroup() as tasks:
        ticking = tasks.create_task(trade(api, market, 2000))
        cursor = None
        while not seen or seen[-1] < 2001:
            async with api.ticks(after=cursor) as stream:
                for tick in await stream.next_ticks(min(150, 2001 - seen[-1]) if seen else 1):
                    seen.append(tick["seq"])
                    cursor = tick["cursor"]
        await ticking
    assert seen == list(range(seen[0], 2002))


async def test_a_cursor_of_a_query_resumes_a_subscription(api: RunningApi, market: Market) -> None:
    market.tick()
    async with api.ticks() as stream:
        await stream.next()
    last = (await api.query('{ lastPrice(symbol: "ES") { cursor seq } }'))["lastPrice"]
    market.tick(count=2)
    async with api.ticks(after=last["cursor"]) as stream:
        assert seqs(await stream.next_ticks(2)) == [last["seq"] + 1, last["seq"] + 2]


async def test_a_resuming_subscriber_gets_a_gap_for_ticks_that_are_no_longer_stored(
    run_api: RunApi, feed_settings: FeedSettings
) -> None:
    settings = feed_settings.model_copy(update={"history_ticks": 100})
    await fill(settings, 1)
    api = await run_api(settings)
    first = (await api.query('{ lastPrice(symbol: "ES") { cursor seq } }'))["lastPrice"]
    for _ in range(3):
        await fill(settings, *range(1, 401))
    other = await run_api(settings)
    async with other.ticks(after=first["cursor"]) as stream:
        tick = await stream.next()
        assert tick["gap"] == {"after": first["cursor"], "reason": "TRIMMED", "lost": tick["seq"] - 2}
        assert tick["seq"] > 2
        following = await stream.until(1201)
    assert seqs(following) == list(range(tick["seq"] + 1, 1202))
    assert all(each["gap"] is None for each in following)


async def test_a_cursor_of_an_epoch_that_redis_no_longer_has_is_a_restart(api: RunningApi, market: Market) -> None:
    market.tick(count=3)
    async with api.ticks(after="ES:1000000000000-7") as stream:
        tick = await stream.next()
    assert tick["gap"]["reason"] == "RESTARTED"
    assert tick["gap"]["after"] == "ES:1000000000000-7"


async def test_latest_counts_the_ticks_that_it_leaves_out(api: RunningApi, market: Market) -> None:
    market.tick()
    async with api.ticks(delivery="LATEST") as stream:
        events = [await stream.next()]
        market.tick(count=300)
        events += await stream.until(301)
    assert distance(events) == 301 - events[0]["seq"]


@pytest.mark.parametrize("delivery", ["EVERY", "LATEST"])
async def test_a_rate_limit_leaves_ticks_out_and_counts_them(api: RunningApi, market: Market, delivery: str) -> None:
    market.tick()
    async with api.ticks(delivery=delivery, maxHz=20) as stream:
        events = [await stream.next()]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(trade(api, market, 600))
            events += await stream.until(601)
    assert distance(events) == 601 - events[0]["seq"]
    assert len(events) < 300


async def test_the_first_tick_of_a_rate_limited_subscriber_does_not_wait(api: RunningApi, market: Market) -> None:
    market.tick()
    async with api.socket() as socket, asyncio.timeout(9):
        await socket.subscribe("1", 'subscription { ticks(symbol: "ES", maxHz: 0.1) { seq } }')
        assert await socket.tick() == {"seq": 1}


async def test_a_rate_limit_keeps_events_apart_and_delivers_the_last_tick(api: RunningApi, market: Market) -> None:
    market.tick()
    begun = time.monotonic()
    async with api.ticks(maxHz=4) as stream:
        await stream.next()
        market.tick(count=50)
        assert (await stream.until(51))[-1]["seq"] == 51
        assert time.monotonic() - begun > 0.2


async def test_subscribers_with_different_rate_limits_do_not_disturb_each_other(
    api: RunningApi, market: Market
) -> None:
    market.tick()
    async with api.ticks() as every, api.ticks(maxHz=5) as paced:
        first, slow_first = await every.next(), await paced.next()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(trade(api, market, 400))
            fast = tasks.create_task(every.until(401))
            slow = tasks.create_task(paced.until(401))
    assert seqs(fast.result()) == list(range(first["seq"] + 1, 402))
    assert distance([slow_first, *slow.result()]) == 401 - slow_first["seq"]


async def test_two_hundred_subscribers_each_get_every_tick(api: RunningApi, market: Market) -> None:
    market.tick()
    async with asyncio.TaskGroup() as tasks:
        ready = asyncio.Semaphore(0)
        readers = [tasks.create_task(_read_all(api, ready, upto=51)) for _ in range(200)]
        for _ in readers:
            await ready.acquire()
        market.tick(count=50)
    assert [reader.result() for reader in readers] == [list(range(1, 52))] * 200


async def test_a_subscriber_that_stops_reading_gets_everything_later(api: RunningApi, market: Market) -> None:
    total = 4800  # more than the ring holds, and larger than the buffers of the kernel
    market.tick()
    async with api.socket(max_queue=1, compression=None) as slow, api.ticks() as quick:
        await slow.subscribe("1", f'subscription {{ ticks(symbol: "ES") {{ seq {_LONG} }} }}')
        await quick.next()
        for _ in range(8):
            market.tick(count=total // 8)
            await quick.until(market.seqs["ES"])
        received = [(await slow.tick())["seq"] for _ in range(total + 1)]
    assert received == list(range(1, total + 2))


async def test_a_subscriber_that_disconnects_is_released(api: RunningApi, market: Market) -> None:
    market.tick()
    async with api.ticks() as stream:
        await stream.next()
        assert api.readers() == 1
    await api.all_clients_gone()
    assert api.readers() == 0


async def test_an_operation_that_is_completed_is_released(api: RunningApi, market: Market) -> None:
    market.tick()
    async with api.socket() as socket:
        await socket.subscribe("1", 'subscription { ticks(symbol: "ES") { seq } }')
        await socket.tick()
        await socket.send(id="1", type="complete")
        await socket.subscribe("2", "{ symbols }")
        await socket.next("2")
        assert api.readers() == 0


async def _read_all(api: RunningApi, ready: asyncio.Semaphore, upto: int) -> list[int]:
    async with api.ticks() as stream:
        first = await stream.next()
        ready.release()
        return [first["seq"], *seqs(await stream.until(upto))]
