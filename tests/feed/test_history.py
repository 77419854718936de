"""Reading what Redis keeps: by cursor, by count and by time; and what happens when Redis does not answer."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.market import fill, number_of, quote
from tests.support.proxy import FaultProxy, through
from tests.support.reading import client, new_epoch
from tests.support.redis_server import RedisServer
from tests.support.waiting import DEADLINE_S, PATIENT
from tickql.feed import history, latest
from tickql.feed.codec import encode_tick
from tickql.feed.errors import FeedUnavailable, InvalidSymbol
from tickql.feed.history import History
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor, Gap, GapReason
from tickql.feed.timings import DEFAULT_TIMINGS


@pytest.fixture
async def reader(feed_settings: FeedSettings) -> AsyncIterator[History]:
    async with History(feed_settings, PATIENT) as reader:
        yield reader


def at_us(number: int) -> int:
    """Return the time of quote `number`."""
    return quote(number).observed_us


async def test_the_newest_tick_of_a_symbol_is_its_last(feed_settings: FeedSettings, reader: History) -> None:
    cursor = await fill(feed_settings, 1, 2, 3)
    tick = await reader.latest("ES")
    assert tick is not None
    assert (tick.cursor, tick.last) == (cursor, "3")
    assert await latest("ES", feed_settings) == tick


async def test_an_unknown_symbol_has_no_tick_and_no_history(reader: History) -> None:
    assert await reader.latest("NONE") is None
    assert await reader.read_stream("NONE", None, 10) is None
    page = await reader.page("NONE", last=10)
    assert (page.ticks, page.has_previous, page.has_next) == ((), False, False)


async def test_every_symbol_that_ever_had_a_tick_is_listed_in_order(
    feed_settings: FeedSettings, reader: History
) -> None:
    assert await reader.symbols() == []
    await fill(feed_settings, 1, symbol="NQ")
    await fill(feed_settings, 1, symbol="6E")
    assert await reader.symbols() == ["6E", "NQ"]


@pytest.mark.parametrize("symbol", ["", "E S", "{ES}", "E" * 33])
async def test_an_invalid_symbol_is_refused(symbol: str, reader: History) -> None:
    with pytest.raises(InvalidSymbol):
        await reader.latest(symbol)
    with pytest.raises(InvalidSymbol):
        await reader.page(symbol, last=1)


@pytest.mark.parametrize("counts", [{}, {"first": 1, "last": 1}])
async def test_a_page_is_counted_from_one_end(counts: dict[str, Any], reader: History) -> None:
    with pytest.raises(ValueError, match="exactly one of first and last"):
        await reader.page("ES", **counts)


@pytest.mark.parametrize(
    ("wish", "numbers", "has_previous", "has_next"),
    [
        pytest.param({"last": 3}, [18, 19, 20], True, False, id="newest"),
        pytest.param({"first": 3}, [1, 2, 3], False, True, id="oldest"),
        pytest.param({"last": 20}, [*range(1, 21)], False, False, id="just all"),
        pytest.param({"first": 100}, [*range(1, 21)], False, False, id="more than there is"),
        pytest.param({"first": 3, "after": 5}, [6, 7, 8], False, True, id="after"),
        pytest.param({"last": 3, "before": 5}, [2, 3, 4], True, False, id="before"),
        pytest.param({"first": 9, "after": 5, "before": 9}, [6, 7, 8], False, False, id="between"),
        pytest.param({"last": 2, "after": 5, "before": 9}, [7, 8], True, False, id="last between"),
        pytest.param({"first": 3, "after": 20}, [], False, False, id="after the newest"),
        pytest.param({"last": 3, "before": 1}, [], False, False, id="before the oldest"),
        pytest.param({"first": 3, "after": 9, "before": 5}, [], False, False, id="crossed"),
        pytest.param({"first": 0}, [], False, True, id="none, first"),
        pytest.param({"last": 0}, [], True, False, id="none, last"),
    ],
)
async def test_a_page_by_cursors(
    wish: dict[str, Any],
    numbers: list[int],
    has_previous: bool,
    has_next: bool,
    feed_settings: FeedSettings,
    reader: History,
) -> None:
    newest = await fill(feed_settings, *range(1, 21))
    cursors: dict[str, Any] = {key: Cursor("ES", newest.epoch, wish[key]) for key in ("after", "before") if key in wish}
    page = await reader.page("ES", **(wish | cursors))
    assert [number_of(tick) for tick in page.ticks] == numbers
    assert (page.has_previous, page.has_next) == (has_previous, has_next)


@pytest.mark.parametrize(
    ("wish", "numbers"),
    [
        pytest.param({"first": 3, "from_us": at_us(5)}, [5, 6, 7], id="from"),
        pytest.param({"first": 3, "from_us": at_us(5) + 1}, [6, 7, 8], id="from between two"),
        pytest.param({"last": 3, "to_us": at_us(5)}, [2, 3, 4], id="to, which is excluded"),
        pytest.param({"first": 9, "from_us": at_us(5), "to_us": at_us(8)}, [5, 6, 7], id="between"),
        pytest.param({"first": 3, "from_us": 0}, [1, 2, 3], id="from long ago"),
        pytest.param({"first": 3, "from_us": at_us(21)}, [], id="from the future"),
        pytest.param({"last": 3, "to_us": at_us(1_000)}, [18, 19, 20], id="to the future"),
        pytest.param({"last": 3, "to_us": 0}, [], id="to long ago"),
        pytest.param({"first": 3, "from_us": at_us(9), "to_us": at_us(5)}, [], id="crossed"),
    ],
)
async def test_a_page_by_time(
    wish: dict[str, Any], numbers: list[int], feed_settings: FeedSettings, reader: History
) -> None:
    await fill(feed_settings, *range(1, 11))
    await new_epoch(feed_settings)
    await fill(feed_settings, *range(11, 21))
    page = await reader.page("ES", **wish)
    assert [number_of(tick) for tick in page.ticks] == numbers


@settings(deadline=None, derandomize=True, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sizes=st.lists(st.integers(1, 12), max_size=4),
    trimmed=st.integers(0, 10),
    from_number=st.integers(0, 50),
    to_number=st.integers(0, 50),
)
def test_a_page_by_time_holds_just_the_ticks_of_that_time(
    sizes: list[int], trimmed: int, from_number: int, to_number: int, feed_settings: FeedSettings
) -> None:
    asyncio.run(_page_by_time(sizes, trimmed, from_number, to_number, feed_settings))


async def _page_by_time(
    sizes: list[int], trimmed: int, from_number: int, to_number: int, settings: FeedSettings
) -> None:
    """Epochs of these sizes, of which the oldest ticks are trimmed; times go up in twos."""
    stream = settings.keys.ticks("ES")
    numbers: list[int] = []
    async with client(settings) as redis, History(settings, PATIENT) as reader:
        await redis.delete(stream)
        for epoch, size in enumerate(sizes, start=1):
            for _ in range(size):
                number = 2 * len(numbers)
                cursor = Cursor("ES", epoch, 100 + len(numbers))
                await redis.xadd(stream, {"tick": encode_tick(quote(number), cursor, 0)}, id=cursor.stream_id)
                numbers.append(number)
        await redis.xtrim(stream, maxlen=max(0, len(numbers) - trimmed), approximate=False)
        page = await reader.page("ES", first=100, from_us=at_us(from_number), to_us=at_us(to_number))
    kept = numbers[min(trimmed, len(numbers)) :]
    assert [number_of(tick) for tick in page.ticks] == [each for each in kept if from_number <= each < to_number]


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


async def test_the_public_history_gives_the_newest_hundred(feed_settings: FeedSettings) -> None:
    await fill(feed_settings, *range(1, 151))
    page = await history("ES", settings=feed_settings)
    assert [number_of(tick) for tick in page.ticks] == list(range(51, 151))
    assert page.has_previous


async def test_an_entry_that_is_not_a_tick_is_skipped(
    feed_settings: FeedSettings, reader: History, caplog: pytest.LogCaptureFixture
) -> None:
    newest = await fill(feed_settings, 1, 2)
    async with client(feed_settings) as redis:
        stream = feed_settings.keys.ticks("ES")
        await redis.xadd(stream, {"tick": b"[" * 10_000}, id=f"{newest.epoch}-3")
        await redis.xadd(stream, {"else": b"?"}, id=f"{newest.epoch}-4")
    assert [number_of(tick) for tick in (await reader.page("ES", last=9)).ticks] == [1, 2]
    head = await reader.read_stream("ES", None, 9)
    assert head is not None
    assert [number_of(tick) for tick in head.ticks] == [1, 2]
    assert "that is not a tick" in caplog.text


async def test_scripts_that_redis_has_forgotten_are_sent_again(feed_settings: FeedSettings, reader: History) -> None:
    await fill(feed_settings, 1, 2)
    await reader.read_stream("ES", None, 1)
    async with client(feed_settings) as redis:
        await redis.script_flush()
    assert (await reader.page("ES", last=1, from_us=0)).ticks


async def test_a_frozen_redis_is_unavailable_within_the_timeout(own_feed: FeedSettings, valkey: RedisServer) -> None:
    async with History(own_feed) as reader:
        assert await reader.symbols() == []
        valkey.freeze()
        begin = time.monotonic()
        with pytest.raises(FeedUnavailable, match="redis does not answer"):
            await reader.latest("ES")
        assert time.monotonic() - begin < 2 * DEFAULT_TIMINGS.redis_call_s + DEADLINE_S
        valkey.thaw()
        assert await asyncio.wait_for(reader.symbols(), DEADLINE_S) == []


async def test_a_redis_that_has_ended_is_unavailable_at_once_and_answers_again_after_its_restart(
    own_feed: FeedSettings, valkey: RedisServer
) -> None:
    async with History(own_feed) as reader:
        await asyncio.gather(*(reader.symbols() for _ in range(20)))
        valkey.kill()
        with pytest.raises(FeedUnavailable) as gone:
            await reader.latest("ES")
        assert "no answer within" not in str(gone.value)
        await valkey.restart()
        assert await asyncio.gather(*(reader.symbols() for _ in range(20))) == [[]] * 20


async def test_many_concurrent_calls_time_out_together_and_not_one_after_the_other(feed_settings: FeedSettings) -> None:
    async with FaultProxy(feed_settings.redis_url) as proxy, History(through(proxy, feed_settings)) as reader:
        proxy.go_silent()
        begin = time.monotonic()
        answers = await asyncio.gather(*(reader.symbols() for _ in range(40)), return_exceptions=True)
        assert {type(answer) for answer in answers} == {FeedUnavailable}
        assert time.monotonic() - begin < 5 * DEFAULT_TIMINGS.redis_call_s


async def test_the_reply_to_a_cancelled_call_is_not_taken_for_the_reply_to_the_next(
    feed_settings: FeedSettings,
) -> None:
    await fill(feed_settings, 1, 2, 3)
    async with FaultProxy(feed_settings.redis_url) as proxy, History(through(proxy, feed_settings), PATIENT) as reader:
        proxy.hold(b"SMEMBERS")
        asking = [asyncio.create_task(reader.symbols()) for _ in range(8)]
        await asyncio.wait_for(proxy.held.wait(), DEADLINE_S)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        proxy.release()
        for _ in range(8):
            tick = await asyncio.wait_for(reader.latest("ES"), DEADLINE_S)
            assert tick is not None
            assert tick.last == "3"
