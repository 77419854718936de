"""A page that is prepared: it is watched before this producer may publish, and then continues what was published.

A standby opens the page when the holder of the lease is about to end. The quotes of its page are recorded until it
holds the lease. Then those follow which the holder has not published, so that no tick is lost or repeated, as far as
the pages of both show the same (see `tickql.producer.quotes.alignment`).
"""

import asyncio
import logging
import time
from collections import deque
from types import TracebackType
from typing import NoReturn, Self

from tickql.feed.status import ProducerReport
from tickql.feed.tick import Quote
from tickql.producer.browser.shared_browser import SharedBrowser
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.symbol_owners import SymbolOwners
from tickql.producer.quotes.quote_sink import QuoteSink
from tickql.producer.quotes.splice import splice
from tickql.producer.watch.holder_feed import HolderFeed
from tickql.producer.watch.supervisor import Supervisor, WatchedPage

logger = logging.getLogger("tickql.producer")

_CHECK_S = 0.1
"""Pause between two comparisons with the holder."""
_PATIENCE_S = 20.0
"""A page that is live, but shows less than the holder for this long, is ready: its feed file may name less."""
_RECORD_US = 15_000_000
"""How far back quotes are recorded: longer than it takes the holder to end and its lease to pass on."""


class PreparedPage:
    """The watched page of one feed file, and the sink of its quotes and reports.

    An async context manager: leaving it closes the page. `start` begins to watch; `publish_to` connects the publisher.
    """

    def __init__(self, feed: FeedFile, shared_browser: SharedBrowser, owners: SymbolOwners) -> None:
        self.has_successor = False
        """Set: another producer continues. The end of this one is then not reported."""
        self._feed = feed
        self._supervisor = Supervisor(feed, self, shared_browser, owners)
        self._recorded: dict[str, deque[Quote]] = {}
        self._report: ProducerReport | None = None
        self._publisher: QuoteSink | None = None
        self._sink: QuoteSink = _Recorder(self._recorded)
        self._watching: asyncio.Task[NoReturn] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def start(self) -> None:
        """Begin to watch, if that has not begun."""
        if self._watching is None:
            self._watching = asyncio.create_task(self._supervisor.run(), name=f"page of {self._feed.name}")

    async def stop(self) -> None:
        """Close the page. What it has sent is published before."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def wait(self) -> NoReturn:
        """Wait until watching fails. To cancel the wait does not end the watching. Raises: see `Supervisor.run`."""
        assert self._watching is not None
        await asyncio.shield(self._watching)
        raise AssertionError("a supervisor ends only with an error")

    async def ready(self, holder: HolderFeed) -> None:
        """Wait until the page shows each symbol as well as the page of the holder, and a quote that the holder has.

        Does not wait for more than 20 s for a live page to show as much.
        """
        began_s = time.monotonic()
        while True:
            report = self._supervisor.source.page_status.latest_report
            missing = None if report is None else await holder.compare(report, self._recorded)
            is_patient = time.monotonic() - began_s < _PATIENCE_S
            if missing == "" or (missing is not None and not is_patient and holder.is_live(report)):
                logger.info("%s is ready to take over%s", self._feed.name, f", but {missing}" if missing else "")
                return
            await asyncio.sleep(_CHECK_S)

    async def publish_to(self, publisher: QuoteSink, holder: HolderFeed) -> None:
        """Publish from now on, and first what was recorded and is not published."""
        published = await holder.newest_quotes(self._recorded)
        # From here nothing is awaited: no quote comes in the middle of the change.
        states = self._supervisor.source.quote_builder.symbols
        recorded = {symbol: list(quotes) for symbol, quotes in self._recorded.items()}
        self._recorded.clear()
        self._publisher = publisher
        self._sink = splice(published, recorded, states, publisher, self._end_catch_up)
        if self._report is not None:
            publisher.report(self._report)

    def watched(self) -> WatchedPage | None:
        """Return the page that is watched now; `None`: there is none, or a login runs."""
        return self._supervisor.watched()

    def publish(self, quote: Quote) -> None:
        """Publish or record a quote."""
        self._sink.publish(quote)

    def report(self, report: ProducerReport) -> None:
        """Pass a report on, as soon as there is a publisher."""
        self._report = report
        if self._publisher is not None and not self.has_successor:
            self._publisher.report(report)

    def _end_catch_up(self) -> None:
        assert self._publisher is not None
        self._sink = self._publisher


class _Recorder:
    """Keeps the newest quotes of each symbol."""

    def __init__(self, recorded: dict[str, deque[Quote]]) -> None:
        self._recorded = recorded

    def publish(self, quote: Quote) -> None:
        quotes = self._recorded.setdefault(quote.symbol, deque())
        quotes.append(quote)
        while quotes[0].observed_us < quote.observed_us - _RECORD_US:
            quotes.popleft()

    def report(self, report: ProducerReport) -> None:
        """Do nothing: the newest report is kept by the page."""
