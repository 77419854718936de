"""The listener that all readers of a process share: what it notices, what it survives, and what it says of the feed."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

import pytest

from tests.conftest import RedisServer
from tests.support.feeding import client, fill, number_of, publish, reach, take, take_numbers, until
from tests.support.patience import PATIENCE_S
from tests.support.proxy import FaultProxy, through
from tickql.feed import follow, listener, scripts
from tickql.feed.errors import FeedUnavailable, InvalidSymbol
from tickql.feed.follower import Follower
from tickql.feed.health import FeedState, FeedStatus
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState, SymbolReport
from tickql.feed.tick import Cursor, Quote
from tickql.feed.timings import Timings


@pytest.fixture
async def publisher(feed_settings: FeedSettings) -> AsyncIterator[Publisher]:
    async with Publisher(feed_settings, "test") as publisher:
        yield publisher


@pytest.fixture
async def reading(feed_settings: FeedSettings) -> AsyncIterator[Follower]:
    async with Follower(feed_settings) as reading:
        yield reading


@pytest.fixture
async def forgetful(feed_settings: FeedSettings) -> AsyncIterator[Follower]:
    """A follower that unfollows a symbol at once when its last reader closes."""
    async with Follower(feed_settings, timings=Timings(unfollow_after_s=0.0)) as follower:
        yield follower


@pytest.fixture
async def proxy(feed_settings: FeedSettings) -> AsyncIterator[FaultProxy]:
    async with FaultProxy(feed_settings.redis_url) as proxy:
        yield proxy


@pytest.fixture
async def proxied(proxy: FaultProxy, feed_settings: FeedSettings) -> AsyncIterator[Follower]:
    """A follower behind the proxy."""
    async with Follower(through(proxy, feed_settings)) as proxied:
        yield proxied


# Asking for the newest.


async def test_the_newest_tick_is_read_and_from_then_on_followed(
    publisher: Publisher, reading: Follower, feed_settings: FeedSettings
) -> None:
    publish(publisher, 1, 2)
    await reach(feed_settings, 2)
    assert reading.newest_in_memory("ES") is None
    tick = await reading.latest("ES")
    assert tick is not None
    assert number_of(tick) == 2
    async with reading.tail("ES") as tail:
        await until(tail, 2)
        publish(publisher, 3)
        await until(tail, 3)
        tick = reading.newest_in_memory("ES")
        assert tick is not None
        assert number_of(tick) == 3
        assert await reading.latest("ES") is tick


async def test_a_symbol_that_nobody_has_seen_is_not_followed(reading: Follower) -> None:
    assert await reading.latest("NONE") is None
    assert reading.newest_in_memory("NONE") is None
    assert await reading.symbols() == []


async def test_what_can_be_no_symbol_is_refused(reading: Follower) -> None:
    with pytest.raises(InvalidSymbol):
        await reading.latest("E S")
    with pytest.raises(InvalidSymbol):
        reading.tail("E S")


async def test_the_newest_tick_is_known_while_redis_is_away_if_it_was_followed(
    own_feed: FeedSettings, valkey: RedisServer
) -> None:
    await fill(own_feed, 1)
    await fill(own_feed, 1, symbol="NQ")
    async with Follower(own_feed) as reading, reading.tail("ES") as tail:
        await take_numbers(tail, 1)
        valkey.kill()
        tick = await reading.latest("ES")
        assert tick is not None
        with pytest.raises(FeedUnavailable):
            await asyncio.wait_for(reading.latest("NQ"), PATIENCE_S)
        with pytest.raises(FeedUnavailable):
            await asyncio.wait_for(reading.symbols(), PATIENCE_S)


async def test_the_public_follow_gives_every_tick(feed_settings: FeedSettings) -> None:
    newest = await fill(feed_settings, *range(1, 11))
    numbers: list[int] = []
    async with asyncio.timeout(PATIENCE_S), aclosing(follow("ES", Cursor(newest.epoch, 4), feed_settings)) as events:
        async for event in events:
            numbers.append(number_of(event.tick))
            if len(numbers) == 6:
                break
    assert numbers == [5, 6, 7, 8, 9, 10]


# Subscribing and publishing at the same time.


async def test_what_is_published_while_the_stream_is_being_read_comes_once_and_in_order(
    publisher: Publisher, proxy: FaultProxy, proxied: Follower, feed_settings: FeedSettings
) -> None:
    publish(publisher, *range(1, 11))
    newest = (await reach(feed_settings, 10)).cursor
    proxy.hold(scripts.READ.sha.encode(), connections=1)
    async with proxied.tail("ES", Cursor(newest.epoch, 3)) as tail:
        await asyncio.wait_for(proxy.held.wait(), PATIENCE_S)
        publish(publisher, *range(11, 31))
        await reach(feed_settings, 30)
        proxy.release()
        assert await take_numbers(tail, 27) == list(range(4, 31))


async def test_two_readers_that_come_at_the_same_moment_get_the_same(
    publisher: Publisher, reading: Follower, feed_settings: FeedSettings
) -> None:
    publish(publisher, *range(1, 11))
    newest = (await reach(feed_settings, 10)).cursor
    async with asyncio.timeout(PATIENCE_S):
        one, other = await asyncio.gather(
            *(take_numbers(reading.tail("ES", Cursor(newest.epoch, 2)), 8) for _ in range(2))
        )
    assert one == other == list(range(3, 11))


# Losing messages and connections.


async def test_a_lost_message_is_found_by_the_next_one(
    publisher: Publisher, proxy: FaultProxy, proxied: Follower
) -> None:
    publish(publisher, 1)
    async with proxied.tail("ES") as tail:
        await take_numbers(tail, 1)
        proxy.lose_messages(1)
        publish(publisher, 2)
        publish(publisher, 3)
        assert await take_numbers(tail, 2) == [2, 3]
        assert len(proxy.lost) == 1


async def test_a_lost_last_message_is_found_though_nothing_follows_it(
    publisher: Publisher, proxy: FaultProxy, proxied: Follower
) -> None:
    publish(publisher, 1)
    async with proxied.tail("ES") as tail:
        await take_numbers(tail, 1)
        proxy.lose_messages(1)
        publish(publisher, 2)
        async with asyncio.timeout(PATIENCE_S):
            assert number_of((await tail.next()).tick) == 2
        assert len(proxy.lost) == 1


async def test_a_connection_killed_between_two_ticks_loses_none(
    publisher: Publisher, reading: Follower, feed_settings: FeedSettings
) -> None:
    publish(publisher, 1)
    async with reading.tail("ES") as tail, client(feed_settings) as redis:
        await take_numbers(tail, 1)
        for number in range(2, 22, 2):
            publish(publisher, number)
            await redis.client_kill_filter(_type="pubsub")
            publish(publisher, number + 1)
        assert await take_numbers(tail, 20) == list(range(2, 22))


async def test_thousands_of_missed_ticks_are_read_at_once(
    publisher: Publisher, proxy: FaultProxy, proxied: Follower, feed_settings: FeedSettings
) -> None:
    publish(publisher, 1)
    async with proxied.tail("ES") as tail:
        await take_numbers(tail, 1)
        proxy.go_silent()
        publish(publisher, *range(2, 5_001))
        await reach(feed_settings, 5_000)
        proxy.cut()
        proxy.speak()
        async with asyncio.timeout(PATIENCE_S):
            assert await take_numbers(tail, 4_999) == list(range(2, 5_001))


async def test_a_connection_that_has_gone_silent_is_replaced(
    publisher: Publisher, proxy: FaultProxy, proxied: Follower
) -> None:
    publish(publisher, 1)
    async with proxied.tail("ES") as tail:
        await take_numbers(tail, 1)
        proxy.stall()
        publish(publisher, 2)
        async with asyncio.timeout(listener.SILENCE_S + PATIENCE_S):
            assert number_of((await tail.next()).tick) == 2


async def test_redis_is_not_stormed_by_a_follower_that_it_refuses(
    own_feed: FeedSettings, proxy: FaultProxy, valkey: RedisServer
) -> None:
    async with client(own_feed) as redis, FaultProxy(valkey.url) as door:
        await redis.acl_setuser(
            "weak", enabled=True, passwords=["+weak"], channels=["*"], commands=["+subscribe", "+client|setinfo"]
        )
        begin = time.monotonic()
        async with (
            Follower(FeedSettings(redis_url=door.url.replace("//", "//weak:weak@"))),
            asyncio.timeout(PATIENCE_S),
        ):
            await door.accepts(10)
    assert time.monotonic() - begin > 0.5


@pytest.mark.timeout(20)
@pytest.mark.parametrize("turns", range(12))
async def test_a_follower_stops_in_the_moment_in_which_its_connection_breaks(
    turns: int, feed_settings: FeedSettings
) -> None:
    async with FaultProxy(feed_settings.redis_url) as proxy, Follower(through(proxy, feed_settings)) as reading:
        await status_until(reading, lambda status: status.state is not FeedState.DOWN)
        proxy.cut()
        for _ in range(turns):
            await asyncio.sleep(0)


async def test_readers_that_catch_up_do_not_hold_up_the_others(
    publisher: Publisher, proxy: FaultProxy, feed_settings: FeedSettings
) -> None:
    # No call times out before the test does.
    timings = Timings(redis_call_s=2 * PATIENCE_S)
    publish(publisher, *range(1, 101))
    newest = (await reach(feed_settings, 100)).cursor
    async with Follower(through(proxy, feed_settings), 16, timings) as reading, reading.tail("ES") as tail:
        await until(tail, 100)
        readers = [reading.tail("ES", Cursor(newest.epoch, 5)) for _ in range(8)]
        proxy.hold(scripts.READ.sha.encode(), connections=8)
        catching_up = [asyncio.create_task(reader.next()) for reader in readers]
        await asyncio.wait_for(proxy.held.wait(), PATIENCE_S)
        proxy.lose_messages(1)
        publish(publisher, 101)
        publish(publisher, 102)
        async with asyncio.timeout(PATIENCE_S):
            assert [number_of((await tail.next()).tick) for _ in range(2)] == [101, 102]
        proxy.release()
        assert {number_of((await each).tick) for each in catching_up} == {6}
        for reader in readers:
            reader.close()


async def test_a_symbol_that_is_dropped_and_wanted_again_is_read_again(
    feed_settings: FeedSettings, forgetful: Follower
) -> None:
    await fill(feed_settings, 1, 2)
    for _ in range(3):
        async with forgetful.tail("ES") as tail, asyncio.timeout(listener.SILENCE_S - 1):
            assert await take_numbers(tail, 1) == [2]
        async with asyncio.timeout(PATIENCE_S):
            while forgetful.newest_in_memory("ES") is not None:  # noqa: ASYNC110 - the very moment of forgetting matters
                await asyncio.sleep(0)


async def test_a_symbol_that_nobody_reads_any_more_is_forgotten(
    feed_settings: FeedSettings, forgetful: Follower
) -> None:
    await fill(feed_settings, 1)
    async with client(feed_settings) as redis:
        channel = feed_settings.keys.channel("ES")
        async with forgetful.tail("ES") as tail:
            await take_numbers(tail, 1)
            assert await redis.pubsub_numsub(channel) == [(channel.encode(), 1)]
        async with asyncio.timeout(PATIENCE_S):
            while await redis.pubsub_numsub(channel) != [(channel.encode(), 0)]:
                pass
        assert forgetful.newest_in_memory("ES") is None


# Nonsense.


@pytest.mark.parametrize("data", [b"", b"[" * 100_000, b"{}", b'{"symbol":' + b"[" * 900 + b"]" * 900 + b"}"])
async def test_nonsense_on_the_channels_is_passed_over(
    data: bytes, publisher: Publisher, reading: Follower, feed_settings: FeedSettings
) -> None:
    publish(publisher, 1)
    async with reading.tail("ES") as tail, client(feed_settings) as redis:
        await take_numbers(tail, 1)
        await redis.publish(feed_settings.keys.channel("ES"), data)
        await redis.publish(feed_settings.keys.status, data)
        publish(publisher, 2)
        assert await take_numbers(tail, 1) == [2]


async def test_an_answer_that_nobody_asked_for_ends_a_connection_and_not_the_follower(
    publisher: Publisher, proxy: FaultProxy, proxied: Follower, caplog: pytest.LogCaptureFixture
) -> None:
    publish(publisher, 1)
    async with proxied.tail("ES") as tail:
        await take_numbers(tail, 1)
        proxy.inject(b"+PONG\r\n")
        publish(publisher, 2)
        assert await take_numbers(tail, 1) == [2]
        publish(publisher, 3)
        assert await take_numbers(tail, 1) == [3]
    assert "Traceback" in caplog.text


# What is said of the feed.


def report(state: ProducerState = ProducerState.LIVE, reason: str | None = None) -> ProducerReport:
    symbol = SymbolReport(state=ProducerState.LIVE, since_us=1)
    return ProducerReport(source="test", state=state, reason=reason, since_us=1, heard_us=1, symbols={"ES": symbol})


async def status_until(reading: Follower, wanted: Callable[[FeedStatus], bool]) -> FeedStatus:
    status = reading.status()
    async with asyncio.timeout(PATIENCE_S):
        while not wanted(status):
            status = await reading.wait_for_status_change(status)
    return status


async def test_a_follower_that_has_not_connected_is_down(feed_settings: FeedSettings) -> None:
    assert Follower(feed_settings).status().state is FeedState.DOWN


async def test_with_no_producer_the_feed_is_stale(reading: Follower) -> None:
    status = await status_until(reading, lambda status: status.state is FeedState.STALE)
    assert status.reason == "no producer has reported yet"


async def test_a_producer_that_ticks_makes_the_feed_live(publisher: Publisher, reading: Follower) -> None:
    publisher.report(report())
    status = await status_until(reading, lambda status: status.state is FeedState.QUIET)
    assert [(each.symbol, each.state) for each in status.symbols] == [("ES", FeedState.QUIET)]
    async with reading.tail("ES") as tail:
        publisher.publish(Quote("ES", None, None, "1", time.time_ns() // 1_000))
        await take(tail, 1)
        status = await status_until(reading, lambda status: status.state is FeedState.LIVE)
        assert status.symbols[0].last_tick_us is not None


async def test_what_a_producer_said_before_the_follower_came_is_known(
    publisher: Publisher, feed_settings: FeedSettings
) -> None:
    publisher.report(report(ProducerState.STALE, "the page hangs"))
    async with Follower(feed_settings) as first:
        await status_until(first, lambda status: bool(status.symbols))
    async with Follower(feed_settings) as second:
        status = await status_until(second, lambda status: bool(status.symbols))
        assert status.reason == "test: the page hangs"


async def test_a_producer_that_falls_silent_makes_the_feed_stale(
    reading: Follower, feed_settings: FeedSettings
) -> None:
    async with Publisher(feed_settings, "test") as publisher:
        publisher.report(report())
        await status_until(reading, lambda status: status.state is FeedState.QUIET)
    status = await status_until(reading, lambda status: status.state is FeedState.STALE)
    assert status.reason == "the producer of test does not report"


async def test_the_feed_is_down_while_redis_is_away(own_feed: FeedSettings, valkey: RedisServer) -> None:
    async with Publisher(own_feed, "test") as publisher, Follower(own_feed) as reading:
        publisher.report(report())
        await status_until(reading, lambda status: status.state is FeedState.QUIET)
        valkey.kill()
        status = await status_until(reading, lambda status: status.state is FeedState.DOWN)
        assert (status.reason, status.symbols[0].state) == ("redis is not reachable", FeedState.DOWN)
        await valkey.restart()
        await status_until(reading, lambda status: status.state is FeedState.QUIET)
