"""Where a reader starts: at the newest tick, or after a cursor of this or another epoch."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from tests.feed.conftest import RING
from tests.support.market import fill, number_of, publish
from tests.support.proxy import FaultProxy
from tests.support.reading import asked, client, events_until, new_epoch, next_events, next_numbers, reach
from tests.support.waiting import DEADLINE_S
from tickql.feed import scripts
from tickql.feed.follower import Follower
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor, Event, Gap, GapReason
from tickql.feed.tick_reader import TickReader
from tickql.feed.timings import Timings

ENDLESS_WAIT = Timings(repair_wait_s=10 * DEADLINE_S)
Read = Callable[[TickReader], Coroutine[None, None, Event]]


@pytest.fixture
def follower(short_ring: Follower) -> Follower:
    return short_ring


# Where a reader begins.


async def test_a_reader_begins_with_the_newest_tick_and_then_gets_each_one(
    publisher: Publisher, follower: Follower, feed_settings: FeedSettings
) -> None:
    publish(publisher, 1, 2, 3)
    await reach(feed_settings, 3)
    async with follower.tail("ES") as tick_reader:
        assert await next_numbers(tick_reader, 1) == [3]
        publish(publisher, 4, 5, 6)
        assert await next_numbers(tick_reader, 3) == [4, 5, 6]


async def test_a_reader_of_a_symbol_without_ticks_gets_the_very_first_ones(
    publisher: Publisher, follower: Follower
) -> None:
    async with follower.tail("ES") as tick_reader, asked(tick_reader) as first:
        await asyncio.wait_for(tick_reader.followed.wait_until_synced(), DEADLINE_S)
        await asyncio.sleep(0)
        publish(publisher, *range(1, 13))
        assert number_of((await asyncio.wait_for(first, DEADLINE_S)).tick) == 1
        assert await next_numbers(tick_reader, 11) == list(range(2, 13))


RECOVERY = [
    # The stream holds 41 to 100, the ring 85 to 100. Cursor, first tick, gap after the cursor: reason and count.
    pytest.param(None, 100, None, id="empty"),
    pytest.param(99, 100, None, id="one behind"),
    pytest.param(90, 91, None, id="behind, in the ring"),
    pytest.param(84, 85, None, id="right before the ring"),
    pytest.param(83, 84, None, id="behind the ring"),
    pytest.param(50, 51, None, id="far behind"),
    pytest.param(40, 41, None, id="right before what is kept"),
    pytest.param(39, 41, (GapReason.TRIMMED, 1), id="trimmed by one"),
    pytest.param(10, 41, (GapReason.TRIMMED, 30), id="trimmed"),
    pytest.param(0, 41, (GapReason.TRIMMED, 40), id="before the first"),
]


@pytest.mark.parametrize(("seq", "first", "gap"), RECOVERY)
async def test_a_reader_resumes_after_a_cursor(
    seq: int | None, first: int, gap: tuple[GapReason, int] | None, hundred: Cursor, follower: Follower
) -> None:
    after = None if seq is None else Cursor("ES", hundred.epoch, seq)
    async with follower.tail("ES", after) as tick_reader:
        (event,) = await next_events(tick_reader, 1)
        assert number_of(event.tick) == first
        assert event.gap == (None if gap is None else Gap(after, *gap))
        rest = await next_numbers(tick_reader, 100 - first) if first < 100 else []
        assert rest == list(range(first + 1, 101))


@pytest.mark.parametrize(("seq", "first", "gap"), RECOVERY)
async def test_a_reader_of_the_newest_tick_resumes_after_a_cursor(
    seq: int | None, first: int, gap: tuple[GapReason, int] | None, hundred: Cursor, follower: Follower
) -> None:
    after = None if seq is None else Cursor("ES", hundred.epoch, seq)
    async with follower.tail("ES", after) as tick_reader, asyncio.timeout(DEADLINE_S):
        event = await tick_reader.skip_to_newest()
        assert number_of(event.tick) == 100
        assert event.skipped == (0 if seq is None else 99 - seq)


@pytest.fixture
async def hundred(feed_settings: FeedSettings) -> Cursor:
    """A symbol with the ticks 41 to 100 kept; the cursor of the last."""
    newest = await fill(feed_settings, *range(1, 101))
    async with client(feed_settings) as connection:
        await connection.xtrim(feed_settings.keys.ticks("ES"), maxlen=60, approximate=False)
    return newest


async def test_a_reader_that_has_the_newest_tick_waits_for_the_next(
    publisher: Publisher, follower: Follower, feed_settings: FeedSettings
) -> None:
    publish(publisher, 1, 2)
    newest = (await reach(feed_settings, 2)).cursor
    async with follower.tail("ES", newest) as tick_reader, asked(tick_reader) as waiting:
        await next_numbers(follower.tail("ES"), 1)
        assert not waiting.done()
        publish(publisher, 3)
        event = await asyncio.wait_for(waiting, DEADLINE_S)
        assert (number_of(event.tick), event.gap) == (3, None)


@pytest.mark.parametrize("read", [TickReader.next, TickReader.skip_to_newest])
@pytest.mark.parametrize("later_ms", [-1_000, 1_000_000], ids=["earlier", "later"])
async def test_a_cursor_of_another_epoch_is_a_restart(
    read: Read, later_ms: int, hundred: Cursor, impatient: Follower
) -> None:
    after = hundred._replace(epoch=hundred.epoch + later_ms, seq=7)
    async with impatient.tail("ES", after) as reader, asyncio.timeout(DEADLINE_S):
        event = await read(reader)
        assert event.gap == Gap(after, GapReason.RESTARTED, None)
        assert number_of(event.tick) == (41 if read is TickReader.next else 100)


async def test_a_reader_of_a_later_epoch_continues_as_soon_as_a_tick_proves_the_restart(
    hundred: Cursor, feed_settings: FeedSettings
) -> None:
    after = hundred._replace(epoch=hundred.epoch + 1_000_000)
    async with (
        Follower(feed_settings, RING, ENDLESS_WAIT) as follower,
        follower.tail("ES", after) as reader,
        asked(reader) as waiting,
    ):
        await next_numbers(follower.tail("ES"), 1)
        assert not waiting.done()
        await fill(feed_settings, 101)
        event = await asyncio.wait_for(waiting, DEADLINE_S)
        assert (number_of(event.tick), event.gap) == (41, Gap(after, GapReason.RESTARTED, None))


@pytest.fixture
async def two_epochs(feed_settings: FeedSettings) -> tuple[Cursor, Cursor]:
    """A symbol with the ticks 1 to 30 in one epoch and 31 to 60 in the next; the last cursor of each."""
    old = await fill(feed_settings, *range(1, 31))
    await new_epoch(feed_settings)
    return old, await fill(feed_settings, *range(31, 61))


@pytest.mark.parametrize("seq", [10, 30])
async def test_the_end_of_an_epoch_is_a_gap(seq: int, two_epochs: tuple[Cursor, Cursor], follower: Follower) -> None:
    old, new = two_epochs
    async with follower.tail("ES", Cursor("ES", old.epoch, seq)) as tick_reader:
        assert await next_numbers(tick_reader, 30 - seq) == list(range(seq + 1, 31))
        (event,) = await next_events(tick_reader, 1)
        assert event.tick.cursor == Cursor("ES", new.epoch, 31)
        assert event.gap == Gap(old, GapReason.RESTARTED, None)
        assert await next_numbers(tick_reader, 29) == list(range(32, 61))


async def test_a_cursor_whose_tick_a_crash_lost_is_a_gap(two_epochs: tuple[Cursor, Cursor], follower: Follower) -> None:
    old, _ = two_epochs
    lost = Cursor("ES", old.epoch, 33)
    async with follower.tail("ES", lost) as tick_reader:
        (event,) = await next_events(tick_reader, 1)
        assert (number_of(event.tick), event.gap) == (31, Gap(lost, GapReason.RESTARTED, None))


async def test_a_reader_of_the_newest_tick_gets_a_gap_at_the_end_of_an_epoch(
    two_epochs: tuple[Cursor, Cursor], follower: Follower
) -> None:
    old, _ = two_epochs
    async with follower.tail("ES", old) as tick_reader, asyncio.timeout(DEADLINE_S):
        event = await tick_reader.skip_to_newest()
        assert (number_of(event.tick), event.gap) == (60, Gap(old, GapReason.RESTARTED, None))


async def test_a_reader_waits_while_redis_is_down_even_in_the_middle_of_a_call(
    two_epochs: tuple[Cursor, Cursor], proxied: tuple[FaultProxy, Follower]
) -> None:
    proxy, follower = proxied
    old, _ = two_epochs
    after = old._replace(epoch=old.epoch - 1)
    async with follower.tail("ES") as fast, follower.tail("ES", after) as reader:
        await events_until(fast, 60)
        proxy.cut_before_reply_to(scripts.READ.sha.encode())
        event = await asyncio.wait_for(reader.next(), DEADLINE_S)
        assert event.gap == Gap(after, GapReason.RESTARTED, None)
