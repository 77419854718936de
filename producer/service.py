"""The producer as a service: feed files, for each a lease, a publisher and a page, and one browser for all."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from tickql.feed import gc_tuning
from tickql.feed.errors import LeaseLost
from tickql.feed.lease import Lease
from tickql.feed.publisher import SPOOL_TICKS, Publisher
from tickql.feed.race import race
from tickql.feed.settings import FeedSettings
from tickql.producer.browser.shared_browser import SharedBrowser
from tickql.producer.errors import BrowserGone
from tickql.producer.feed_files import load_feeds
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.symbol_owners import SymbolOwners
from tickql.producer.quotes.quote_sink import QuoteSink
from tickql.producer.watch.supervisor import Supervisor

logger = logging.getLogger("tickql.producer")


async def produce(feed_files: Sequence[Path], settings: FeedSettings, *, take_over: bool = False) -> None:
    """Watch the pages of feed files and publish their prices, until cancelled.

    A feed file that another producer publishes already is not opened, but waited for: its page is watched from here
    once that producer ends or hangs, or at once with `take_over`. The browser is ready meanwhile, the page is not: a
    site may allow but one session. A producer that was replaced waits in the same way.

    Cancelled, it reports itself stopped, sends what is still spooled (5 s at most), gives up what it holds, and closes
    the browser.

    Raises:
        FeedFileError, SecretMissing: see `load_feeds`; nothing was started.
        BrowserNotFound, SandboxRefused, BrowserBroken, RobotsRefused: see `tickql.producer.errors`.
        tickql.feed.errors.Fenced: the producer of another feed file has taken over a symbol.
    """
    feeds = load_feeds(feed_files)
    owners = SymbolOwners(feeds)
    gc_tuning.tune_gc()
    shared_browser = _shared_browser(feeds)
    try:
        with suppress(BrowserGone):  # Said, and tried again, when the page is opened.
            shared_browser.leave(await shared_browser.enter())
        share = SPOOL_TICKS // len(feeds)
        await race(*(_produce(feed, settings, share, shared_browser, owners, take_over=take_over) for feed in feeds))
    finally:
        await shared_browser.close()


async def _produce(
    feed: FeedFile,
    settings: FeedSettings,
    spool_ticks: int,
    shared_browser: SharedBrowser,
    owners: SymbolOwners,
    *,
    take_over: bool,
) -> NoReturn:
    while True:
        async with Lease(settings, feed.name, take_over=take_over) as lease:
            try:
                async with Publisher(settings, feed.name, spool_ticks, lease) as publisher:
                    await race(Supervisor(feed, publisher, shared_browser, owners).run(), publisher.wait_until_fenced())
            except LeaseLost as lost:
                logger.warning("%s", lost)
        take_over = False


async def watch(feeds: Sequence[FeedFile], sink: QuoteSink) -> NoReturn:
    """Watch the pages of feed files, in one browser, until cancelled. However it ends, no browser is left behind.

    Each page has its own status, and no fault of one disturbs the others; what makes one useless for good ends all.

    Raises:
        FeedFileError: a feed file cannot be used, or two of them not together.
        BrowserNotFound, BrowserBroken, RobotsRefused: see `tickql.producer.errors`.
    """
    owners = SymbolOwners(feeds)
    shared_browser = _shared_browser(feeds)
    try:
        await race(*(Supervisor(feed, sink, shared_browser, owners).run() for feed in feeds))
    finally:
        await shared_browser.close()
    raise AssertionError("watching has no end of its own")


def _shared_browser(feeds: Sequence[FeedFile]) -> SharedBrowser:
    """A browser for all: with windows if any of the feed files wants one, as large as the most frugal one allows."""
    limits = [feed.page.recycle_memory_mb for feed in feeds if feed.page.recycle_memory_mb is not None]
    return SharedBrowser(min((feed.page for feed in feeds), key=lambda page: page.headless), min(limits, default=None))
