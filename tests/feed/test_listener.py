"""The listener: no tick is lost with a message or a connection, and nobody delays the others."""

import asyncio
import time
import tracemalloc
from collections.abc import AsyncIterator

import pytest

from tests.support.market import fill, number_of, publish
from tests.support.proxy import FaultProxy, through
from tests.support.reading import client, events_until, next_numbers, reach, status_until
from tests.support.redis_server import RedisServer
from tests.support.waiting import DEADLINE_S
from tickql.feed import scripts, silence_watch
from tickql.feed.follower import Follower
from tickql.feed.health import FeedState
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor
from tickql.feed.tick_reader import TickReader
from tickql.feed.timings import Timings


@pytest.fixture
async def reader(publisher: Publisher, proxy: FaultProxy, feed_settings: FeedSettings) -> AsyncIterator[TickReader]:
    """A reader behind the proxy that has read tick 1, the newest one."""
    publish(publisher, 1)
    async with Follower(through(proxy, feed_settings)) as follower, follower.tail("ES") as reader:
        assert await next_numbers(reader, 1) == [1]
        yield reader


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
    monkeypatch.setattr(silence_watch, "SILENCE_S", 1.5)
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
    time.sleep(silence_watch.SILENCE_S + 0.2)  # noqa: ASYNC251
    publish(publisher, 2)
    assert await next_numbers(reader, 1) == [2]
    assert "no message for" not in caplog.text


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
