"""Pages over the end of an epoch, and at cursors that name no stored tick: what is missing is named."""

from collections.abc import AsyncIterator

import pytest

from tests.support.market import fill, number_of, quote
from tests.support.reading import client, new_epoch
from tests.support.waiting import PATIENT
from tickql.feed.history import History
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor, Gap, GapReason


@pytest.fixture
async def reader(feed_settings: FeedSettings) -> AsyncIterator[History]:
    async with History(feed_settings, PATIENT) as reader:
        yield reader


def at_us(number: int) -> int:
    """Return the time of quote `number`."""
    return quote(number).observed_us


async def test_pages_of_many_epochs_are_one_stream(feed_settings: FeedSettings, reader: History) -> None:
    old = await fill(feed_settings, *range(1, 6))
    await new_epoch(feed_settings)
    await fill(feed_settings, *range(6, 11))
    after = await reader.page("ES", first=4, after=Cursor("ES", old.epoch, 3))
    assert [number_of(tick) for tick in after.ticks] == [4, 5, 6, 7]


async def test_a_page_over_the_end_of_an_epoch_has_the_gap_between_its_ticks(
    feed_settings: FeedSettings, reader: History
) -> None:
    old = await fill(feed_settings, *range(1, 6))
    await new_epoch(feed_settings)
    await fill(feed_settings, *range(6, 11))
    restart = Gap(old, GapReason.RESTARTED, None)
    for page, gaps in (
        (await reader.page("ES", first=4, after=old._replace(seq=3)), [None, None, restart, None]),
        (await reader.page("ES", first=2, after=old), [restart, None]),
        (await reader.page("ES", last=5), [restart, None, None, None, None]),
        (await reader.page("ES", last=6), [None, restart, None, None, None, None]),
        (await reader.page("ES", last=4, before=old._replace(seq=4)), [None, None, None]),
    ):
        assert page.gap is None
        assert [event.gap for event in page.events()] == gaps


async def test_the_first_tick_of_a_page_has_the_gap_of_the_page_unless_a_time_begins_it(
    feed_settings: FeedSettings, reader: History
) -> None:
    newest = await fill(feed_settings, *range(1, 11))
    async with client(feed_settings) as redis:
        await redis.xtrim(feed_settings.keys.ticks("ES"), maxlen=5, approximate=False)
    after = newest._replace(seq=2)
    trimmed = Gap(after, GapReason.TRIMMED, 3)
    assert [event.gap for event in (await reader.page("ES", first=2, after=after)).events()] == [trimmed, None]
    later = await reader.page("ES", first=2, after=after, from_us=at_us(8))
    assert [event.gap for event in later.events()] == [None, None]


async def test_ticks_of_another_epoch_are_not_counted_as_trimmed(feed_settings: FeedSettings, reader: History) -> None:
    await fill(feed_settings, *range(1, 6))
    await new_epoch(feed_settings)
    second = await fill(feed_settings, *range(6, 11))
    before_first = await reader.page("ES", first=1, after=second._replace(seq=5))
    assert (before_first.gap, number_of(before_first.ticks[0])) == (None, 6)
    forged = second._replace(seq=3)
    page = await reader.page("ES", first=1, after=forged)
    assert (page.gap, number_of(page.ticks[0])) == (Gap(forged, GapReason.UNKNOWN_CURSOR, None), 6)
    await new_epoch(feed_settings)
    await fill(feed_settings, 11)
    assert (await reader.page("ES", first=1, after=forged)).gap == Gap(forged, GapReason.TRIMMED, None)


GAPS = [
    # Ticks 41 to 100 are stored. Cursor: seq and epochs later; gap: reason and count.
    pytest.param(41, 0, None, id="stored"),
    pytest.param(100, 0, None, id="the newest"),
    pytest.param(40, 0, None, id="right before what is stored"),
    pytest.param(10, 0, (GapReason.TRIMMED, 30), id="trimmed"),
    pytest.param(101, 0, (GapReason.UNKNOWN_CURSOR, None), id="beyond the newest"),
    pytest.param(50, -1, (GapReason.RESTARTED, None), id="of an earlier epoch"),
    pytest.param(50, 1, (GapReason.RESTARTED, None), id="of an epoch with a greater number"),
]


@pytest.mark.parametrize(("seq", "later", "gap"), GAPS)
async def test_a_page_after_a_cursor_that_is_not_stored_says_so(
    seq: int, later: int, gap: tuple[GapReason, int | None] | None, feed_settings: FeedSettings, reader: History
) -> None:
    newest = await fill(feed_settings, *range(1, 101))
    async with client(feed_settings) as redis:
        await redis.xtrim(feed_settings.keys.ticks("ES"), maxlen=60, approximate=False)
    cursor = Cursor("ES", newest.epoch + later, seq)
    page = await reader.page("ES", first=2, after=cursor)
    assert page.gap == (None if gap is None else Gap(cursor, *gap))
    first = 41 if later else max(seq + 1, 41)
    assert [number_of(tick) for tick in page.ticks] == [n for n in (first, first + 1) if n <= 100]


async def test_a_page_before_a_cursor_that_is_not_stored_says_so(feed_settings: FeedSettings, reader: History) -> None:
    newest = await fill(feed_settings, *range(1, 4))
    for cursor, reason in (
        (newest._replace(seq=4), GapReason.UNKNOWN_CURSOR),
        (newest._replace(epoch=newest.epoch + 1), GapReason.RESTARTED),
    ):
        page = await reader.page("ES", last=1, before=cursor)
        assert page.gap == Gap(None, reason, None)
        assert [event.gap for event in page.events()] == [None]
        assert [number_of(tick) for tick in page.ticks] == [3]
    assert (await reader.page("ES", last=1, before=newest)).gap is None
    whole = await reader.page("ES", last=9, before=newest._replace(seq=4))
    assert [event.gap for event in whole.events()] == [None, None, None], "the gap is behind the last tick"


async def test_a_page_of_a_symbol_that_redis_does_not_have_says_that_the_cursor_is_unknown(reader: History) -> None:
    cursor = Cursor("ES", 1, 1)
    assert (await reader.page("ES", first=1, after=cursor)).gap == Gap(cursor, GapReason.UNKNOWN_CURSOR, None)
