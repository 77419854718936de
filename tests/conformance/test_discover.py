"""`tickql discover` on the conformance pages: which give a feed file that works unedited."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.conformance.pages.server import BUILT, PAGES, ConformanceSite
from tests.conformance.pages.truth import Shown, false_prices
from tests.producer.discover.pages import PAGES as OTHERS
from tests.support.recorder import Recorder
from tickql.feed.tick import Quote
from tickql.producer.browser.launch import open_context
from tickql.producer.capture.observer_client import ObserverClient
from tickql.producer.capture.observer_config import observer_script
from tickql.producer.discover.session import discover_in
from tickql.producer.discover.visit import DiscoveryRequest
from tickql.producer.errors import ProducerError
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.page_settings import PageSettings
from tickql.producer.watch.feed_source import FeedSource
from tickql.producer.watch.page_watcher import PageWatcher

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600), pytest.mark.discover]

NAMES = sorted(feed.parent.name for feed in PAGES.glob("*/feed.toml"))
NOT_WORKING: dict[str, str] = {}
"""The pages without a working feed file, and why. Each is refused in one line, and publishes nothing."""
_SYMBOL_ALIASES = {"ESZ6": "ES"}
"""Symbols as a page shows them, and as its own list of prices names them."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server() -> AsyncIterator[ConformanceSite]:
    async with ConformanceSite() as server:
        yield server


@pytest.mark.skipif(not BUILT.is_dir(), reason="the pages are not built")
async def test_discovered_feed_files_work_unedited_on_at_least_nine_pages_of_ten_and_publish_no_wrong_price(
    browser: Browser, server: ConformanceSite
) -> None:
    slots = asyncio.Semaphore(2)

    wrong: dict[str, list[str]] = {}

    async def fault_of(name: str) -> str:
        async with slots:
            fault, false = await _verdict(browser, server.page(name, period=60))
        if false:
            wrong[name] = false
        return fault

    faults = dict(zip(NAMES, await asyncio.gather(*map(fault_of, NAMES)), strict=True))
    for name in [name for name, fault in faults.items() if fault and name not in NOT_WORKING]:
        faults[name] = await fault_of(name)  # a busy machine may need the page to run alone
    failed = {name: fault for name, fault in faults.items() if fault}
    assert wrong == {}
    assert set(failed) == set(NOT_WORKING), failed
    assert len(NOT_WORKING) <= (len(NAMES) + len(OTHERS)) / 10


async def _verdict(browser: Browser, url: str) -> tuple[str, list[str]]:
    """Return why the discovered feed file does not work (empty: it works), and the wrong prices that it publishes."""
    try:
        found = await discover_in(
            browser, DiscoveryRequest(PageSettings(url=url), Path("feed.toml"), 10.0), lambda *_: None
        )
        feed = FeedFile.parse(found.text)
    except ProducerError as error:
        return str(error), []
    recorder = Recorder()
    context = await open_context(browser, feed.page)
    page = await context.new_page()
    task = asyncio.create_task(
        PageWatcher(FeedSource(feed, recorder), await ObserverClient.open(page, observer_script(feed))).run()
    )
    shown: dict[str, dict[str, list[str]]] = {}
    try:
        await recorder.until(lambda: len(recorder.quotes) >= 100, deadline_s=60)
        published = list(recorder.quotes)  # a copy: quotes keep coming while the page is asked
        for frame in page.frames:
            for symbol, prices in (await frame.evaluate("window.shown ?? {}")).items():
                shown.setdefault(symbol, {}).update(prices)
    except AssertionError as error:
        return f"publishes too little: {error}"[:300], []
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, ProducerError):
            await task
        await context.close()
    quotes = [quote._replace(symbol=_SYMBOL_ALIASES.get(quote.symbol, quote.symbol)) for quote in published]
    return _missing(shown, quotes), list(false_prices(shown, quotes))


def _missing(shown: Shown, quotes: Sequence[Quote]) -> str:
    published = {
        (quote.symbol, name) for quote in quotes for name in ("ask", "bid", "last") if getattr(quote, name) is not None
    }
    visible = {symbol for symbol, _ in published}
    wanted = {(symbol, name) for symbol, prices in shown.items() for name in prices}
    if len(wanted) > 30:  # rows outside the window of a virtual table are not on the page
        wanted = {(symbol, name) for symbol, name in wanted if symbol in visible}
    missing = sorted(wanted - published)
    return f"{len(missing)} prices are missing, such as {missing[0]}" if missing else ""
