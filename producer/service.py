"""The producer as a service: browsers for all feed files; a lease, a publisher and a supervisor for each."""

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
from tickql.feed.tracing.publish_tracer import PublishTracer
from tickql.feed.tracing.tick_traces import TickTraces, open_traces
from tickql.feed.view_desk import ViewDesk
from tickql.producer.browser.browser_pool import BrowserPool
from tickql.producer.errors import BrowserGone
from tickql.producer.feed_files import load_feeds
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.symbol_owners import SymbolOwners
from tickql.producer.metrics.server import serve_metrics
from tickql.producer.quotes.quote_sink import QuoteSink
from tickql.producer.tally import Tally, tallies
from tickql.producer.timings import DEFAULT_TIMINGS, Timings
from tickql.producer.view.page_viewer import PageViewer
from tickql.producer.watch.supervisor import Supervisor

logger = logging.getLogger("tickql.producer")


async def produce(
    feed_files: Sequence[Path],
    settings: FeedSettings,
    *,
    take_over: bool = False,
    metrics_host: str = "127.0.0.1",
    metrics_port: int = 0,
) -> None:
    """Watch the pages of feed files and publish their prices, until cancelled.

    One producer at a time publishes a feed file: the holder of its lease. Any other producer is a standby and waits
    until the holder ends or hangs; with `take_over`, a producer takes the lease at once. A producer that has lost its
    lease is a standby again. A standby has a browser ready, but does not open the page: a site may allow one session
    only. `metrics_port`: where the metrics are served; 0: nowhere.

    When cancelled, it reports STOPPED, sends the ticks that are still spooled (3 s at most), releases the leases, and
    closes the browser.

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
    with serve_metrics(metrics_host, metrics_port):
        async with open_traces("tickql-producer") as traces:
            await _produce_all(feeds, settings, owners, traces, take_over=take_over)


async def _produce_all(
    feeds: Sequence[FeedFile],
    settings: FeedSettings,
    owners: SymbolOwners,
    traces: TickTraces | None,
    *,
    take_over: bool,
) -> None:
    pool = BrowserPool([feed.page for feed in feeds])
    try:
        # A browser that does not start now is reported, and started again, when the page is opened.
        for browser in pool.browsers:
            with suppress(BrowserGone):
                browser.release(await browser.acquire())
        share = SPOOL_TICKS // len(feeds)
        await race(*(_produce(feed, settings, share, pool, owners, traces, take_over=take_over) for feed in feeds))
    finally:
        await pool.close()


async def _produce(
    feed: FeedFile,
    settings: FeedSettings,
    spool_ticks: int,
    pool: BrowserPool,
    owners: SymbolOwners,
    traces: TickTraces | None,
    *,
    take_over: bool,
) -> NoReturn:
    tally = tallies[feed.name]
    tracer = None if traces is None else PublishTracer(traces)
    while True:
        async with Lease(settings, feed.name, take_over=take_over) as lease:
            try:
                async with Publisher(settings, feed.name, spool_ticks, lease, tracer=tracer) as publisher:
                    tally.publishing(publisher)
                    supervisor = Supervisor(feed, publisher, pool.of(feed.page), owners)
                    desk = ViewDesk(settings, feed.name, PageViewer(supervisor.watched).look)
                    # A lost lease ends the publisher, and so the supervisor: a standby must not hold the page open.
                    await race(supervisor.run(), publisher.wait_until_fenced(), desk.run())
            except LeaseLost as lost:
                logger.warning("%s", lost)
            finally:
                tally.stopped_publishing()
        # A lost lease is not taken back: two producers would take it from each other without end.
        take_over = False


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
