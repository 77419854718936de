"""The producer as a service: browsers for all feed files, and a producer for each."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from tickql.feed import gc_tuning
from tickql.feed.metrics_server import serve_metrics
from tickql.feed.publisher import SPOOL_TICKS
from tickql.feed.race import race
from tickql.feed.settings import FeedSettings
from tickql.feed.tracing.publish_tracer import PublishTracer
from tickql.feed.tracing.tick_traces import open_traces
from tickql.producer.browser.browser_pool import BrowserPool
from tickql.producer.errors import BrowserGone
from tickql.producer.feed_files import load_feeds
from tickql.producer.feed_producer import FeedProducer
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.symbol_owners import SymbolOwners
from tickql.producer.metrics.catalogue import METRICS
from tickql.producer.metrics.reading import read
from tickql.producer.quotes.quote_sink import QuoteSink
from tickql.producer.tally import Tally, tallies
from tickql.producer.timings import DEFAULT_TIMINGS, Timings
from tickql.producer.watch.supervisor import Supervisor


async def produce(
    feed_files: Sequence[Path],
    settings: FeedSettings,
    *,
    take_over: bool = False,
    warm: bool = False,
    metrics_host: str = "127.0.0.1",
    metrics_port: int = 0,
) -> None:
    """Watch the pages of feed files and publish their prices, until cancelled.

    One producer at a time publishes a feed file: the holder of its lease. Any other producer is a standby and waits
    until the holder ends or hangs. A standby has a browser ready, but does not open the page before the holder is about
    to end: a site may allow one session only. With `warm`, it opens the page at once and keeps it open.

    A holder that ends waits until its standby shows what it shows (5 s at most), so that no tick is lost. With
    `take_over`, a producer opens its page and then replaces the holder in the same way. A producer that was replaced is
    a standby again. `metrics_port`: where the metrics are served; 0: nowhere.

    When cancelled, it reports STOPPED, if no standby continues, sends the ticks that are still spooled (3 s at most),
    releases the leases, and closes the browser.

    Raises:
        FeedFileError, SecretMissing: see `load_feeds`; nothing was started.
        BrowserNotFound, SandboxRefused, BrowserBroken, RobotsRefused: see `tickql.producer.errors`.
        tickql.feed.errors.Fenced: the producer of another feed file has taken over a symbol.
    """
    feeds = load_feeds(feed_files)
    owners = SymbolOwners(feeds)
    gc_tuning.tune_gc()
    for feed in feeds:
        # A standby has metrics, too.
        tallies[feed.name] = Tally()
    with serve_metrics(metrics_host, metrics_port, METRICS, lambda: read(tallies), "TICKQL_METRICS_PORT"):
        async with open_traces("tickql-producer") as traces:
            tracer = None if traces is None else PublishTracer(traces)
            pool = BrowserPool([feed.page for feed in feeds])
            share = SPOOL_TICKS // len(feeds)
            producers = [
                FeedProducer(feed, settings, pool.of(feed.page), owners, share, tracer, warm=warm) for feed in feeds
            ]
            try:
                await _start_browsers(pool)
                await race(*(producer.run(take_over=take_over) for producer in producers))
            finally:
                await pool.close()


async def _start_browsers(pool: BrowserPool) -> None:
    """Start each browser. One that does not start now is reported, and started again, when its page is opened."""
    for browser in pool.browsers:
        with suppress(BrowserGone):
            browser.release(await browser.acquire())


async def watch(feeds: Sequence[FeedFile], sink: QuoteSink, timings: Timings = DEFAULT_TIMINGS) -> NoReturn:
    """Watch the pages of feed files until cancelled. However it ends, the browsers are closed.

    Each page has its own status, and a fault of one page does not affect the others. An error below ends all.

    Raises:
        FeedFileError: a feed file cannot be used, or two of them not together.
        BrowserNotFound, BrowserBroken, RobotsRefused: see `tickql.producer.errors`.
    """
    owners = SymbolOwners(feeds)
    pool = BrowserPool([feed.page for feed in feeds], timings)
    try:
        await race(*(Supervisor(feed, sink, pool.of(feed.page), owners, timings).run() for feed in feeds))
    finally:
        await pool.close()
    raise AssertionError("supervisors end only with an error")
