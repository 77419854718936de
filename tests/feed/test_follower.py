"""The follower and its listener: the newest tick, recovery from lost messages and connections, the feed's status."""

import asyncio
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

import pytest

from tests.support.market import fill, number_of, publish
from tests.support.proxy import FaultProxy, through
from tests.support.reading import client, events_until, next_events, next_numbers, reach
from tests.support.redis_server import RedisServer
from tests.support.waiting import DEADLINE_S
from tickql.feed import follow, listener, scripts
from tickql.feed.errors import FeedUnavailable, InvalidSymbol
from tickql.feed.follower import Follower
from tickql.feed.health import FeedState, FeedStatus
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState, SymbolReport
from tickql.feed.tick import Cursor, Quote
from tickql.feed.tick_reader import TickReader
from tickql.feed.timings import Timings


@pytest.fixture
async def follower(feed_settings: FeedSettings) -> AsyncIterator[Follower]:
    async with Follower(feed_settings) as follower:
        yield follower


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


async def test_the_public_follow_gives_every_tick(feed_settings: FeedSettings) -> None:
    newest = await fill(feed_settings, *range(1, 11))
    numbers: list[int] = []
    async with (
        asyncio.timeout(DEADLINE_S),
        aclosing(follow("ES", Cursor("ES", newest.epoch, 4), feed_settings)) as events,
    ):
        async for event in events:
            numbers.append(number_of(event.tick))
            if len(numbers) == 6:
                break
    assert numbers == [5, 6, 7, 8, 9, 10]


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


# Lost messages and connections.


@pytest.mark.parametrize("later", [(3,), ()], ids=["by the next message", "by the heartbeat"])
async def test_a_lost_message_is_detected(
    later: tuple[int, ...], publisher: Publisher, proxy: FaultProxy, reader: TickReader
) -> None:
    proxy.lose_messages(1)
    for number in (2, *later):
        publish(publisher, number)
    assert await next_numbers(reader, 1 + len(later)) == [2, *later]
    assert len(proxy.lost) == 1


async def test_a_connection_killed_between_two_ticks_loses_none(
    publisher: Publisher, reader: TickReader, feed_settings: FeedSettings
) -> None:
    async with client(feed_settings) as redis:
        for number in range(2, 22, 2):
            publish(publisher, number)
            await redis.client_kill_filter(_type="pubsub")
            publish(publisher, number + 1)
    assert await next_numbers(reader, 20) == list(range(2, 22))


async def test_thousands_of_missed_ticks_are_read_at_once(
    publisher: Publisher, proxy: FaultProxy, reader: TickReader, feed_settings: FeedSettings
) -> None:
    proxy.go_silent()
    publish(publisher, *range(2, 5_001))
    await reach(feed_settings, 5_000)
    proxy.cut()
    proxy.end_silence()
    assert await next_numbers(reader, 4_999) == list(range(2, 5_001))


async def test_a_silent_connection_is_replaced(
    publisher: Publisher, proxy: FaultProxy, feed_settings: FeedSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "SILENCE_S", 1.5)
    publish(publisher, 1)
    async with Follower(through(proxy, feed_settings)) as follower, follower.tail("ES") as reader:
        assert await next_numbers(reader, 1) == [1]
        proxy.stall()
        publish(publisher, 2)
        assert await next_numbers(reader, 1) == [2]


async def test_a_follower_that_redis_refuses_reconnects_with_growing_pauses(
    own_feed: FeedSettings, valkey: RedisServer
) -> None:
    async with client(own_feed) as redis, FaultProxy(valkey.url) as proxy:
        await redis.acl_setuser(
            "weak", enabled=True, passwords=["+weak"], channels=["*"], commands=["+subscribe", "+client|setinfo"]
        )
        begin = time.monotonic()
        weak = FeedSettings(redis_url=proxy.url.replace("//", "//weak:weak@"))
        async with Follower(weak), asyncio.timeout(DEADLINE_S):
            await proxy.accepts(10)
    assert time.monotonic() - begin > 0.5


@pytest.mark.parametrize("turns", range(12))
async def test_a_follower_stops_at_the_moment_at_which_its_connection_breaks(
    turns: int, proxy: FaultProxy, feed_settings: FeedSettings
) -> None:
    async with Follower(through(proxy, feed_settings)) as follower:
        await status_until(follower, lambda status: status.state is not FeedState.DOWN)
        proxy.cut()
        for _ in range(turns):
            await asyncio.sleep(0)


async def test_readers_that_catch_up_do_not_delay_the_others(
    publisher: Publisher, proxy: FaultProxy, feed_settings: FeedSettings
) -> None:
    # No call times out before the test does.
    timings = Timings(redis_call_s=2 * DEADLINE_S)
    publish(publisher, *range(1, 101))
    newest = (await reach(feed_settings, 100)).cursor
    async with Follower(through(proxy, feed_settings), 16, timings) as follower, follower.tail("ES") as live:
        await events_until(live, 100)
        readers = [follower.tail("ES", Cursor("ES", newest.epoch, 5)) for _ in range(8)]
        proxy.hold(scripts.READ.sha.encode(), connections=8)
        catching_up = [asyncio.create_task(reader.next()) for reader in readers]
        await asyncio.wait_for(proxy.held.wait(), DEADLINE_S)
        proxy.lose_messages(1)
        publish(publisher, 101)
        publish(publisher, 102)
        assert await next_numbers(live, 2) == [101, 102]
        proxy.release()
        assert {number_of((await each).tick) for each in catching_up} == {6}
        for reader in readers:
            reader.close()


async def test_symbols_that_nobody_publishes_cost_little_and_delay_nobody(
    publisher: Publisher, proxy: FaultProxy, reader: TickReader, feed_settings: FeedSettings
) -> None:
    async with Follower(through(proxy, feed_settings)) as follower, client(feed_settings) as redis:
        live = follower.tail("ES")
        assert await next_numbers(live, 1) == [1]
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            invented = [follower.tail(f"NONE{number}") for number in range(2_000)]
            async with asyncio.timeout(DEADLINE_S):
                for each in invented:
                    await each.followed.wait_until_synced()
            publish(publisher, 2)
            assert await next_numbers(live, 1) == [2]
            taken = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
        assert taken / len(invented) < 2_000
        channels = await redis.pubsub_channels(f"{feed_settings.keys.channel('NONE1')}*")
        assert channels == []
        for each in (live, *invented):
            each.close()


@pytest.mark.parametrize("announced", [True, False])
async def test_the_first_tick_of_a_symbol_that_did_not_exist_arrives(
    announced: bool, publisher: Publisher, proxy: FaultProxy, feed_settings: FeedSettings
) -> None:
    async with Follower(through(proxy, feed_settings)) as follower, follower.tail("NEW") as reader:
        await asyncio.wait_for(reader.followed.wait_until_synced(), DEADLINE_S)
        if not announced:
            proxy.lose_messages(1)
        publish(publisher, 1, 2, symbol="NEW")
        assert await next_numbers(reader, 2) == [1, 2]
        assert len(proxy.lost) == (0 if announced else 1)


async def test_a_long_first_read_does_not_delay_the_ticks_of_other_symbols(
    publisher: Publisher, proxy: FaultProxy, feed_settings: FeedSettings
) -> None:
    await fill(feed_settings, 1, symbol="NQ")
    publish(publisher, 1)
    timings = Timings(redis_call_s=2 * DEADLINE_S)
    async with Follower(through(proxy, feed_settings), timings=timings) as follower, follower.tail("ES") as live:
        assert await next_numbers(live, 1) == [1]
        proxy.hold(b"{NQ}:ticks")
        async with follower.tail("NQ") as held:
            waiting = asyncio.create_task(held.next())
            await asyncio.wait_for(proxy.held.wait(), DEADLINE_S)
            publish(publisher, *range(2, 20))
            assert await next_numbers(live, 18) == list(range(2, 20))
            assert not waiting.done()
            proxy.release()
            assert number_of((await asyncio.wait_for(waiting, DEADLINE_S)).tick) == 1


@pytest.mark.long
async def test_a_pause_of_this_process_is_no_silence_of_redis(
    publisher: Publisher, proxy: FaultProxy, reader: TickReader, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "tickql.feed")
    # The whole process stands still, as in a long garbage collection: no message can be read meanwhile.
    time.sleep(listener.SILENCE_S + 0.2)  # noqa: ASYNC251
    publish(publisher, 2)
    assert await next_numbers(reader, 1) == [2]
    assert "no message for" not in caplog.text


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


# Invalid input.


@pytest.mark.parametrize("data", [b"", b"[" * 100_000, b"{}", b'{"symbol":' + b"[" * 900 + b"]" * 900 + b"}"])
async def test_invalid_messages_are_skipped(
    data: bytes, publisher: Publisher, reader: TickReader, feed_settings: FeedSettings
) -> None:
    async with client(feed_settings) as redis:
        await redis.publish(feed_settings.keys.channel("ES"), data)
        await redis.publish(feed_settings.keys.status, data)
    publish(publisher, 2)
    assert await next_numbers(reader, 1) == [2]


async def test_an_unexpected_reply_ends_the_connection_and_not_the_follower(
    publisher: Publisher, proxy: FaultProxy, reader: TickReader, caplog: pytest.LogCaptureFixture
) -> None:
    proxy.inject(b"+PONG\r\n")
    for number in (2, 3):
        publish(publisher, number)
        assert await next_numbers(reader, 1) == [number]
    assert "Traceback" in caplog.text


# The status of the feed.


def report(state: ProducerState = ProducerState.LIVE, reason: str | None = None) -> ProducerReport:
    symbol = SymbolReport(state=ProducerState.LIVE, since_us=1)
    return ProducerReport(source="test", state=state, reason=reason, since_us=1, heard_us=1, symbols={"ES": symbol})


async def status_until(follower: Follower, is_wanted: Callable[[FeedStatus], bool]) -> FeedStatus:
    status = follower.status()
    async with asyncio.timeout(DEADLINE_S):
        while not is_wanted(status):
            status = await follower.wait_for_status_change(status)
    return status


async def state_becomes(follower: Follower, state: FeedState) -> FeedStatus:
    return await status_until(follower, lambda status: status.state is state)


async def test_a_follower_that_has_not_connected_is_down(feed_settings: FeedSettings) -> None:
    assert Follower(feed_settings).status().state is FeedState.DOWN


async def test_without_a_producer_the_feed_is_stale(follower: Follower) -> None:
    assert (await state_becomes(follower, FeedState.STALE)).reason == "no producer has reported yet"


async def test_a_producer_that_publishes_ticks_makes_the_feed_live(publisher: Publisher, follower: Follower) -> None:
    publisher.report(report())
    status = await state_becomes(follower, FeedState.QUIET)
    assert [(each.symbol, each.state) for each in status.symbols] == [("ES", FeedState.QUIET)]
    async with follower.tail("ES") as reader:
        publisher.publish(Quote("ES", None, None, "1", time.time_ns() // 1_000))
        await next_events(reader, 1)
        status = await state_becomes(follower, FeedState.LIVE)
        assert status.symbols[0].last_tick_us is not None


async def test_a_report_from_before_the_start_of_the_follower_is_known(
    publisher: Publisher, follower: Follower, feed_settings: FeedSettings
) -> None:
    publisher.report(report(ProducerState.STALE, "the page hangs"))
    await status_until(follower, lambda status: bool(status.symbols))
    async with Follower(feed_settings) as later:
        status = await status_until(later, lambda status: bool(status.symbols))
        assert status.reason == "test: the page hangs"


@pytest.mark.long
async def test_a_producer_that_stops_reporting_makes_the_feed_stale(
    follower: Follower, feed_settings: FeedSettings
) -> None:
    async with Publisher(feed_settings, "test") as publisher:
        publisher.report(report())
        await state_becomes(follower, FeedState.QUIET)
    assert (await state_becomes(follower, FeedState.STALE)).reason == "the producer of test does not report"


async def test_the_feed_is_down_while_redis_is_down(own_feed: FeedSettings, valkey: RedisServer) -> None:
    async with Publisher(own_feed, "test") as publisher, Follower(own_feed) as follower:
        publisher.report(report())
        await state_becomes(follower, FeedState.QUIET)
        valkey.kill()
        status = await state_becomes(follower, FeedState.DOWN)
        assert (status.reason, status.symbols[0].state) == ("redis is not reachable", FeedState.DOWN)
        await valkey.restart()
        await state_becomes(follower, FeedState.QUIET)
