"""Checks of a discovered feed file: the published prices against those that the page recorded."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from playwright.async_api import Browser

from tests.producer.discover.pages import PAGES
from tests.support.recorder import Recorder
from tickql.producer.browser.launch import open_context
from tickql.producer.capture.observer_client import ObserverClient
from tickql.producer.capture.observer_config import observer_script
from tickql.producer.discover.session import discover_in
from tickql.producer.discover.visit import DiscoveryRequest
from tickql.producer.errors import ProducerError
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.page_settings import PageSettings
from tickql.producer.feedfile.price_fields import FIELD_NAMES
from tickql.producer.watch.feed_source import FeedSource
from tickql.producer.watch.page_watcher import PageWatcher

_PATH = Path("feed.toml")


async def discovered(browser: Browser, url: str, seconds: float) -> FeedFile:
    """Return the feed file that discovery writes, unedited."""
    request = DiscoveryRequest(PageSettings(url=url), _PATH, seconds)
    return FeedFile.parse((await discover_in(browser, request, lambda findings, watched: None)).text, _PATH)


async def faults_of(browser: Browser, feed: FeedFile, name: str) -> list[str]:
    """Return what is wrong with the published prices of a fixture page: missing prices, and wrong ones."""
    return await false_prices(browser, feed, PAGES[name].wanted(), PAGES[name].price)


async def false_prices(
    browser: Browser, feed: FeedFile, wanted: set[tuple[str, str]], price_of: Callable[[str], Decimal]
) -> list[str]:
    """Stream a page. Return which of the wanted prices are missing, or which prices the page never showed."""
    recorder = Recorder()
    context = await open_context(browser, feed.page)
    page = await context.new_page()
    task = asyncio.create_task(
        PageWatcher(FeedSource(feed, recorder), await ObserverClient.open(page, observer_script(feed))).run()
    )

    def seen() -> set[tuple[str, str]]:
        found: set[tuple[str, str]] = {
            (quote.symbol, name) for quote in recorder.quotes for name in FIELD_NAMES if getattr(quote, name)
        }
        return found & wanted

    try:
        await recorder.until(lambda: seen() == wanted and len(recorder.quotes) >= 3 * len(wanted))
        # A copy: quotes keep coming while the page is asked what it has shown.
        published = list(recorder.quotes)
        truth: dict[str, list[str]] = {}
        for frame in page.frames:
            truth |= await frame.evaluate("typeof truth === 'undefined' ? {} : truth")
    except AssertionError as error:
        return [f"missing {sorted(wanted - seen())}: {error}"]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await context.close()
    shown = {key: {price_of(text) for text in texts} for key, texts in truth.items()}
    return [
        f"{quote.symbol} {each} {price} was never shown"
        for quote in published
        for each in FIELD_NAMES
        if (price := getattr(quote, each)) is not None and Decimal(price) not in shown.get(f"{quote.symbol} {each}", ())
    ]


async def verdict(browser: Browser, url: str, name: str, seconds: float = 2.0) -> list[str]:
    """Return all faults of discovery on a fixture page; empty: the feed file works."""
    try:
        return await faults_of(browser, await discovered(browser, url, seconds), name)
    except ProducerError as error:
        return [str(error)]
