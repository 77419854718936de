"""The publisher: numbering, heartbeats and reports."""

import asyncio
import time
from itertools import pairwise

import orjson
import pytest

from tests.support.market import publish, quote
from tests.support.reading import client, numbers, stored
from tests.support.waiting import DEADLINE_S, PATIENT, until
from tickql.feed.codec import decode_live
from tickql.feed.history import History
from tickql.feed.publisher import SPOOL_TICKS, Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState, SymbolReport
from tickql.feed.tick import Cursor, Tick

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


@pytest.mark.long
async def test_symbols_that_somebody_has_deleted_are_registered_again(feed_settings: FeedSettings) -> None:
    symbols = feed_settings.keys.symbols
    async with client(feed_settings) as redis, Publisher(feed_settings, "test") as publisher:
        publish(publisher, 1)
        publish(publisher, 1, symbol="NQ")
        await publisher.flush()
        await redis.delete(symbols)

        async def are_registered() -> bool:
            return await redis.smembers(symbols) == {b"ES", b"NQ"}

        await until(are_registered)


async def test_redis_keeps_about_as_many_ticks_as_the_settings_name(feed_settings: FeedSettings) -> None:
    few = FeedSettings(redis_url=feed_settings.redis_url, namespace=feed_settings.namespace, history_ticks=100)
    async with Publisher(few, "test") as publisher:
        publish(publisher, *range(1, 1_001))
    kept = numbers(await stored(few))
    assert kept == list(range(1_001 - len(kept), 1_001))
    assert 100 <= len(kept) <= 300


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
