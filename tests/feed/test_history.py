"""The newest tick, and pages of a symbol's stream by cursor, by count and by time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.market import fill, number_of, quote
from tests.support.reading import client, new_epoch
from tests.support.waiting import PATIENT
from tickql.feed.codec import encode_tick
from tickql.feed.errors import InvalidSymbol
from tickql.feed.history import History
from tickql.feed.reading import history, latest
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor


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
