"""A new page that is behind the old page: no quote is published twice, out of order, or not at all."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from tests.support.waiting import DEADLINE_S
from tickql.feed.status import ProducerReport
from tickql.feed.tick import Quote
from tickql.producer.quotes.alignment import Prices
from tickql.producer.quotes.catch_up import CatchUp


class Paper:
    """A quote sink that records the last prices."""

    def __init__(self) -> None:
        self.lasts: list[int] = []
        self.reports: list[ProducerReport] = []

    def publish(self, quote: Quote) -> None:
        self.lasts.append(int(quote.last or ""))

    def report(self, report: ProducerReport) -> None:
        self.reports.append(report)


def prices(*lasts: int) -> list[Prices]:
    return [(None, None, str(last)) for last in lasts]


def show(sink: CatchUp, *lasts: int, symbol: str = "ES") -> None:
    for last in lasts:
        sink.publish(Quote(symbol, None, None, str(last), last))


async def test_quotes_that_are_dropped_are_handed_back_with_what_they_tell_of_losses() -> None:
    paper, dropped = Paper(), list[Quote]()
    sink = CatchUp(paper, {"ES": prices(3, 4)}, lambda: None, dropped.append)
    quotes = [Quote("ES", None, None, last, 1, merged) for last, merged in (("9", 1), ("3", 2), ("4", 0), ("5", 0))]
    for quote in quotes:
        sink.publish(quote)
    assert (paper.lasts, dropped) == ([5], quotes[:3])


async def test_quotes_that_are_published_already_are_dropped() -> None:
    paper, ended = Paper(), asyncio.Event()
    sink = CatchUp(paper, {"ES": prices(3, 4, 5)}, ended.set)
    show(sink, 3, 4, 5)
    assert ended.is_set()
    show(sink, 6)
    assert paper.lasts == [6]


async def test_quotes_that_the_old_page_has_skipped_are_dropped() -> None:
    paper = Paper()
    sink = CatchUp(paper, {"ES": prices(30, 50)}, lambda: None)
    show(sink, 20, 30, 40, 50, 60)
    assert paper.lasts == [60]


async def test_a_page_that_skips_published_quotes_is_published_as_it_is_after_two_seconds() -> None:
    paper, ended = Paper(), asyncio.Event()
    sink = CatchUp(paper, {"ES": prices(3, 4)}, ended.set)
    show(sink, 3, 5)
    assert paper.lasts == []
    async with asyncio.timeout(DEADLINE_S):
        await ended.wait()
    show(sink, 6)
    assert paper.lasts == [5, 6]


async def test_symbols_do_not_wait_for_each_other() -> None:
    paper, ended = Paper(), asyncio.Event()
    sink = CatchUp(paper, {"ES": prices(1), "NQ": prices(7)}, ended.set)
    show(sink, 1, 2)
    show(sink, 10, symbol="CL")
    assert (paper.lasts, ended.is_set()) == ([2, 10], False)
    show(sink, 7, symbol="NQ")
    assert ended.is_set()


some = st.sets(st.integers(1, 30)).map(sorted)


@given(old=some, new=some)
def test_nothing_is_ever_published_out_of_order(old: list[int], new: list[int]) -> None:
    async def run() -> None:
        paper = Paper()
        show(CatchUp(paper, {"ES": prices(*old)}, lambda: None), *new, 31)
        assert [*old, *paper.lasts] == sorted({*old, *paper.lasts})
        assert not paper.lasts or paper.lasts[-1] == 31

    if old:
        asyncio.run(run())
