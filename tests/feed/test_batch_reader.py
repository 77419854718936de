"""The batch reader: the ticks of many symbols in one bounded queue."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator

import pytest

from tests.support.market import Market, number_of
from tests.support.reading import client, new_epoch, reach, stored_messages
from tests.support.waiting import DEADLINE_S
from tickql.feed.batch_reader import BatchReader
from tickql.feed.errors import InvalidCursor
from tickql.feed.follower import Follower
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor, Event, GapReason

SYMBOLS = [f"S{number}" for number in range(50)]


@pytest.fixture
def market(publisher: Publisher) -> Market:
    return Market(publisher)


@pytest.fixture
async def keeping(feed_settings: FeedSettings) -> AsyncIterator[Follower]:
    """A follower whose rings are short, and whose ticks keep their messages."""
    async with Follower(feed_settings, ring_ticks=8, keeps_messages=True) as follower:
        yield follower


async def take(reader: BatchReader, count: int, at_once: int = 1000) -> list[Event]:
    """Take exactly so many events."""
    events: list[Event] = []
    async with asyncio.timeout(DEADLINE_S):
        while len(events) < count:
            events += await reader.take(min(at_once, count - len(events)))
    return events


def numbers(events: list[Event]) -> dict[str, list[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for event in events:
        found[event.tick.symbol].append(number_of(event.tick))
    return dict(found)


async def test_every_tick_of_every_symbol_comes_once_and_in_order(market: Market, keeping: Follower) -> None:
    async with BatchReader(keeping, 10_000) as reader:
        for symbol in SYMBOLS:
            market.tick(symbol, 20)
            reader.add(symbol, None, len(SYMBOLS))
        events = await take(reader, 20 * len(SYMBOLS))
        for symbol in SYMBOLS:
            market.tick(symbol, 20)
        events += await take(reader, 20 * len(SYMBOLS))
    assert numbers(events) == {symbol: [*range(1, 41)] for symbol in SYMBOLS}
    assert {event.gap for event in events} == {None}


async def test_a_consumer_that_is_slow_fills_the_queue_and_gets_the_rest_from_redis(
    market: Market, keeping: Follower
) -> None:
    async with BatchReader(keeping, 10) as reader:
        reader.add("ES", None)
        reader.add("NQ", None)
        market.tick("ES")
        market.tick("NQ")
        events = await take(reader, 2)
        market.tick("ES", 300)
        market.tick("NQ", 300)
        await market.publisher.flush()
        assert len(reader) <= 10
        events += await take(reader, 600, at_once=7)
        market.tick("ES")
        events += await take(reader, 1)
    assert numbers(events) == {"ES": [*range(1, 303)], "NQ": [*range(1, 302)]}
    assert {event.gap for event in events} == {None}


async def test_a_place_is_continued_and_a_new_symbol_has_its_first_tick(
    market: Market, keeping: Follower, feed_settings: FeedSettings
) -> None:
    market.tick("ES", 3)
    place = (await reach(feed_settings, 3)).cursor
    market.tick("ES", 2)
    async with BatchReader(keeping, 100) as reader:
        reader.add("ES", place)
        assert numbers(await take(reader, 2)) == {"ES": [4, 5]}
        reader.add("NEW", None)
        assert ("NEW" in reader, "OTHER" in reader) == (True, False)
        market.tick("NEW", 2)
        assert numbers(await take(reader, 2)) == {"NEW": [1, 2]}


async def test_a_reader_may_begin_with_the_newest_tick(
    market: Market, keeping: Follower, feed_settings: FeedSettings
) -> None:
    market.tick("ES", 5)
    await reach(feed_settings, 5)
    async with BatchReader(keeping, 100) as reader:
        reader.add_newest("ES")
        assert numbers(await take(reader, 1)) == {"ES": [5]}


async def test_what_is_missing_is_a_gap(market: Market, keeping: Follower, feed_settings: FeedSettings) -> None:
    market.tick("ES", 3)
    begin = (await reach(feed_settings, 3)).cursor
    async with client(feed_settings) as redis, BatchReader(keeping, 100) as reader:
        await redis.xdel(feed_settings.keys.ticks("ES"), begin._replace(seq=2).stream_id)
        reader.add("ES", begin._replace(seq=1))
        (event,) = await take(reader, 1)
    assert event.gap is not None
    assert (event.gap.reason, event.gap.lost, event.gap.after) == (GapReason.TRIMMED, 1, begin._replace(seq=1))


async def test_a_live_symbol_reports_that_the_numbering_began_anew(
    feed_settings: FeedSettings, keeping: Follower
) -> None:
    async with BatchReader(keeping, 100) as reader:
        reader.add("ES", None)
        async with Publisher(feed_settings, "first") as publisher:
            Market(publisher).tick("ES", 2)
            await take(reader, 2)
        await new_epoch(feed_settings)
        async with Publisher(feed_settings, "second") as publisher:
            Market(publisher).tick("ES", 2)
            first, second = await take(reader, 2)
    assert first.gap is not None
    assert (first.gap.reason, second.gap) == (GapReason.RESTARTED, None)


async def test_ticks_have_the_message_of_redis_byte_for_byte(
    market: Market, keeping: Follower, feed_settings: FeedSettings
) -> None:
    async with BatchReader(keeping, 100) as reader:
        market.tick("ES", 3)
        reader.add("ES", None)
        events = await take(reader, 3)
        market.tick("ES", 3)
        events += await take(reader, 3)
    assert [event.tick.message for event in events] == await stored_messages(feed_settings)


async def test_wake_ends_a_take_without_events(keeping: Follower) -> None:
    async with BatchReader(keeping, 100) as reader, asyncio.timeout(DEADLINE_S):
        taking = asyncio.create_task(reader.take(10))
        await asyncio.sleep(0)
        reader.wake()
        assert await taking == []


async def test_a_cursor_of_another_symbol_is_refused(keeping: Follower) -> None:
    async with BatchReader(keeping, 100) as reader:
        with pytest.raises(InvalidCursor):
            reader.add("ES", Cursor("NQ", 1, 1))
