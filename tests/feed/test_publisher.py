"""The publisher: every quote reaches Redis once and in order, through faults of Redis and takeovers."""

import asyncio
import time
from itertools import pairwise

import orjson
import pytest

from tests.support.market import fill, number_of, publish, quote
from tests.support.proxy import FaultProxy, through
from tests.support.reading import client, events_until, next_events, next_numbers, reach
from tests.support.redis_server import RedisServer
from tests.support.waiting import DEADLINE_S, PATIENT
from tickql.feed import scripts
from tickql.feed.codec import decode_live
from tickql.feed.errors import Fenced
from tickql.feed.follower import Follower
from tickql.feed.history import History
from tickql.feed.publisher import SPOOL_TICKS, Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState, SymbolReport
from tickql.feed.tick import Cursor, Event, Gap, GapReason, Tick
from tickql.feed.timings import Timings


async def stored(settings: FeedSettings, symbol: str = "ES") -> tuple[Tick, ...]:
    async with History(settings, PATIENT) as history:
        return (await history.page(symbol, last=100_000)).ticks


def numbers(ticks: tuple[Tick, ...]) -> list[int]:
    return [number_of(tick) for tick in ticks]


async def fenced(publisher: Publisher) -> None:
    with pytest.raises(Fenced, match="another producer has taken over ES"):
        await asyncio.wait_for(publisher.wait_until_fenced(), DEADLINE_S)


# Numbers and contents.


async def test_every_quote_is_stored_once_with_consecutive_numbers(feed_settings: FeedSettings) -> None:
    async with Publisher(feed_settings, "test") as publisher:
        publish(publisher, *range(1, 2_001))
    ticks = await stored(feed_settings)
    assert numbers(ticks) == list(range(1, 2_001))
    assert [tick.cursor for tick in ticks] == [Cursor("ES", ticks[0].cursor.epoch, seq) for seq in range(1, 2_001)]
    assert publisher.stats.published == 2_000
    assert publisher.unconfirmed == 0


async def test_symbols_added_while_others_are_opened_are_not_published_before_they_are_open(
    feed_settings: FeedSettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with Publisher(feed_settings, "test") as publisher:
        for number in range(300):
            publish(publisher, 1, symbol=f"S{number}")
            await asyncio.sleep(0.001)
    assert publisher.stats.published == 300
    assert "must be opened again" not in caplog.text


async def test_each_symbol_has_its_own_numbering(feed_settings: FeedSettings) -> None:
    async with Publisher(feed_settings, "test") as publisher:
        for number in range(1, 101):
            publish(publisher, number, symbol="ES")
            publish(publisher, number, number, symbol="NQ")
    assert [tick.seq for tick in await stored(feed_settings, "ES")] == list(range(1, 101))
    assert [tick.seq for tick in await stored(feed_settings, "NQ")] == list(range(1, 201))


async def test_a_tick_carries_the_unchanged_quote_and_the_time_of_publishing(feed_settings: FeedSettings) -> None:
    before_us = time.time_ns() // 1_000
    async with Publisher(feed_settings, "test") as publisher:
        publisher.publish(quote(7))
    (tick,) = await stored(feed_settings)
    assert (tick.ask, tick.bid, tick.last, tick.observed_us) == ("7.50", "7.25", "7", quote(7).observed_us)
    assert before_us <= tick.published_us <= time.time_ns() // 1_000


async def test_a_plain_subscriber_of_all_symbols_gets_every_tick_in_the_documented_format(
    feed_settings: FeedSettings,
) -> None:
    async with client(feed_settings) as redis, redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        await pubsub.subscribe(feed_settings.keys.everything)
        assert await pubsub.get_message(timeout=DEADLINE_S) is None
        async with Publisher(feed_settings, "test") as publisher:
            publish(publisher, 1, 2)
            publish(publisher, 1, symbol="NQ")
            messages = [orjson.loads((await pubsub.get_message(timeout=DEADLINE_S))["data"]) for _ in range(3)]
    assert sorted((each["symbol"], each["LAST"]) for each in messages) == [("ES", "1"), ("ES", "2"), ("NQ", "1")]
    assert {tuple(each)[:5] for each in messages} == {("timestamp", "symbol", "ASK", "BID", "LAST")}


async def test_redis_keeps_about_as_many_ticks_as_the_settings_name(feed_settings: FeedSettings) -> None:
    few = FeedSettings(redis_url=feed_settings.redis_url, namespace=feed_settings.namespace, history_ticks=100)
    async with Publisher(few, "test") as publisher:
        publish(publisher, *range(1, 1_001))
    kept = numbers(await stored(few))
    assert kept == list(range(1_001 - len(kept), 1_001))
    assert 100 <= len(kept) <= 300


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


def test_the_spool_is_shared_among_the_symbols(feed_settings: FeedSettings) -> None:
    publisher = Publisher(feed_settings, "test", spool_ticks=10_000)
    for symbol in ("ES", "NQ", "CL", "GC"):
        publish(publisher, *range(1, 4_001), symbol=symbol)
    assert publisher.unconfirmed == 4 * 2_500
    assert publisher.stats.dropped == 4 * 1_500


# Heartbeats and reports.


async def test_a_quiet_symbol_has_a_heartbeat_each_second_with_its_newest_cursor(feed_settings: FeedSettings) -> None:
    async with client(feed_settings) as redis, redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        await pubsub.subscribe(feed_settings.keys.channel("ES"))
        assert await pubsub.get_message(timeout=DEADLINE_S) is None
        async with Publisher(feed_settings, "test") as publisher:
            publish(publisher, 1, 2)
            messages = [decode_live((await pubsub.get_message(timeout=DEADLINE_S))["data"]) for _ in range(2)]
            begin = time.monotonic()
            messages += [decode_live((await pubsub.get_message(timeout=DEADLINE_S))["data"]) for _ in range(2)]
            assert time.monotonic() - begin > 0.5
    assert isinstance(messages[1], Tick)
    assert messages[2:] == [messages[1].cursor] * 2


async def test_a_report_is_sent_at_once_and_then_each_second(feed_settings: FeedSettings) -> None:
    symbol = SymbolReport(state=ProducerState.LIVE, since_us=1)
    report = ProducerReport(source="test", state=ProducerState.LIVE, since_us=1, heard_us=1, symbols={"ES": symbol})
    async with client(feed_settings) as redis, redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        await pubsub.subscribe(feed_settings.keys.status)
        assert await pubsub.get_message(timeout=DEADLINE_S) is None
        async with Publisher(feed_settings, "test") as publisher, History(feed_settings, PATIENT) as history:
            publisher.publish(quote(7))
            publisher.report(report)
            messages = [ProducerReport.decode((await pubsub.get_message(timeout=DEADLINE_S))["data"]) for _ in range(3)]
            kept = await history.producer_reports()
    assert {report.source for report in messages} == {"test"}
    assert [report.symbols["ES"].last_tick_us for report in messages] == [quote(7).observed_us] * 3
    assert all(other.heard_us - one.heard_us > 500_000 for one, other in pairwise(messages))
    assert ProducerReport.decode(kept["test"]).heard_us >= messages[-1].heard_us


async def test_a_closing_publisher_sends_its_last_report(feed_settings: FeedSettings) -> None:
    report = ProducerReport(source="test", state=ProducerState.STOPPED, since_us=1, heard_us=1)
    async with Publisher(feed_settings, "test") as publisher:
        publish(publisher, 1)
        publisher.report(report)
    async with History(feed_settings, PATIENT) as history:
        assert ProducerReport.decode((await history.producer_reports())["test"]).state is ProducerState.STOPPED


def test_the_spool_keeps_minutes_of_ticks() -> None:
    assert SPOOL_TICKS / (12 * 100) > 2 * 60
