"""Several feed files in one producer: one browser, a page and a status for each, and each symbol from one of them."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.site import Site
from tests.support.supervised import TICKING, Supervised, feed, kill
from tickql.feed.status import ProducerState
from tickql.producer.capture.messages import Reading
from tickql.producer.errors import FeedFileError
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.symbol_owners import SymbolOwners
from tickql.producer.quotes.quote_builder import QuoteBuilder

LAST = '[[symbol]]\nname = "{symbol}"\nlast = "#last"'
TABLE = '[[table]]\nrows = "tr"\nsymbol = "td:first-child"\nlast = "b"'

Supervise = Callable[..., Awaitable[Supervised]]


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Site]:
    async with Site() as site:
        site.put("/", TICKING)
        yield site


@pytest_asyncio.fixture
async def supervise() -> AsyncIterator[Supervise]:
    async with AsyncExitStack() as stack:

        async def start(*feeds: FeedFile) -> Supervised:
            supervised = Supervised(*feeds)
            stack.push_async_callback(supervised.stop)
            return supervised

        yield start


def two(site: Site) -> tuple[FeedFile, FeedFile]:
    return (
        feed("futures", site.url("/"), LAST.format(symbol="ES")),
        feed("bonds", site.url("/", host="localhost"), LAST.format(symbol="ZN")),
    )


@pytest.mark.long
async def test_a_fault_of_one_page_does_not_affect_the_other(site: Site, supervise: Supervise) -> None:
    doomed = site.put("/doomed", TICKING + "<script>setTimeout(() => { for (;;); }, 2000)</script>")
    board = await supervise(two(site)[0], feed("doomed", doomed, LAST.format(symbol="ZN")))
    await board.until_live("futures", "doomed")
    browser = board.browser()
    site.put("/doomed", TICKING)
    await board.until(lambda: board.of("doomed")[-1].state is ProducerState.STALE)
    await board.until_live("futures", "doomed")
    assert {each.source for each in board.reports if each.state is ProducerState.STALE} == {"doomed"}
    assert board.browser() == browser


@pytest.mark.long
async def test_a_browser_that_crashes_is_replaced_once_for_all_pages(
    site: Site, supervise: Supervise, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tickql.producer")
    board = await supervise(*two(site))
    await board.until_live("futures", "bonds")
    kill([board.browser()])
    for source in ("futures", "bonds"):
        await board.until(lambda source=source: any(each.state is ProducerState.STALE for each in board.of(source)))  # type: ignore[misc]
    quotes = len(board.quotes)
    await board.until_live("futures", "bonds")
    await board.until(lambda: {each.symbol for each in board.quotes[quotes:]} == {"ES", "ZN"})
    assert sum("started" in record.message for record in caplog.records) == 2


def test_a_symbol_on_two_pages_is_read_from_the_first() -> None:
    one, other = (feed(name, "http://localhost", TABLE) for name in ("one", "other"))
    owners = SymbolOwners([one, other])
    first, second = QuoteBuilder(one, owners), QuoteBuilder(other, owners)
    reading = Reading(1, 0, "ES", (None, None, "7"))
    assert [quote.last for quote in first.build(1, [reading], 1)] == ["7"]
    assert not list(second.build(1, [reading], 1))
    assert second.refused == {"ES": "[[table]] #1: ES is taken from one.toml already"}


def test_a_symbol_that_two_files_name_is_refused() -> None:
    one, other = (feed(name, "http://localhost", LAST.format(symbol="ES")) for name in ("one", "other"))
    with pytest.raises(FeedFileError, match=r'other\.toml: symbol "ES" is in one\.toml too: keep one of them'):
        SymbolOwners([one, other])


def test_two_files_of_one_name_are_refused() -> None:
    files = [
        FeedFile.parse('page.url = "http://localhost"\nsymbol = [{name = "' + symbol + '", last = "b"}]', path)
        for symbol, path in (("ES", Path("a/board.toml")), ("NQ", Path("b/board.toml")))
    ]
    with pytest.raises(FeedFileError, match=r"b/board\.toml: same name as a/board\.toml"):
        SymbolOwners(files)
