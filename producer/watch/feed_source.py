"""A feed file that is being watched: its symbols, its status, and the sink of its quotes and reports."""

import logging
import os
import re
import time

from tickql.feed.log_damping import LogDamper
from tickql.feed.status import ProducerReport, ProducerState
from tickql.producer.browser.page_steps import PageSteps
from tickql.producer.browser.secret_scope import SecretScope
from tickql.producer.clock import now_us
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.symbol_owners import SymbolOwners
from tickql.producer.health.page_status import PageStatus
from tickql.producer.login.page_login import PageLogin
from tickql.producer.quotes.quote_builder import QuoteBuilder
from tickql.producer.quotes.quote_sink import QuoteSink
from tickql.producer.timings import DEFAULT_TIMINGS, Timings

logger = logging.getLogger("tickql.producer")

_CHANGING_PARTS = re.compile(r"'[^']*'|[0-9]+")
"""Parts of a reason that may change with every tick: quoted texts of the page, and numbers."""
_GOOD_STATES = (ProducerState.LIVE, ProducerState.STARTING, ProducerState.STOPPED)


class FeedSource:
    """A feed file that is being watched: turns what its pages send into quotes and reports for the sink.

    `owners`: which feed file of the producer owns which symbol; `None`: there is no other feed file.
    """

    def __init__(
        self,
        feed: FeedFile,
        sink: QuoteSink,
        owners: SymbolOwners | None = None,
        login: PageLogin | None = None,
        timings: Timings = DEFAULT_TIMINGS,
    ) -> None:
        self.feed = feed
        self.sink = sink
        self.quote_builder = QuoteBuilder(feed, owners, timings.settle_s)
        self.login = login or PageLogin.of(feed.page, timings)
        self.page_status = PageStatus(feed, self.quote_builder, self.login, timings)
        self.steps = PageSteps(feed.page.steps, os.environ, SecretScope.of(feed.page), timings)
        self.timings = timings
        self._owners = owners
        self._is_logging = True
        self._damper = LogDamper()

    def for_new_page(self, sink: QuoteSink) -> "FeedSource":
        """Return a second source of the same feed file, for a new page that does not publish yet.

        The second source logs nothing until `take_over_from`.
        """
        other = FeedSource(self.feed, sink, self._owners, self.login, self.timings)
        other._is_logging = False
        return other

    def take_over_from(self, old: "FeedSource") -> None:
        """Continue in place of the old page's source: its symbols, its newest report and its log."""
        self._is_logging, self._damper = True, old._damper
        self.page_status.take_over_from(old.page_status)
        self.quote_builder.take_over_from(old.quote_builder)

    def report_status(self) -> None:
        """Report the status, if it is new, and log it, if it was not logged a moment ago."""
        report = self.page_status.new_report(now_us())
        if report is not None:
            self.sink.report(report)
        newest = self.page_status.latest_report
        if self._is_logging and newest is not None:
            self._log(newest)

    def _log(self, report: ProducerReport) -> None:
        # A reason may quote a price: without this, a page in trouble would log a line for every tick.
        line = (report.state, _CHANGING_PARTS.sub("", report.reason or ""))
        if not self._damper.is_due(line, time.monotonic()):
            return
        logger.log(
            logging.INFO if report.state in _GOOD_STATES else logging.WARNING,
            "%s is %s%s", report.source, report.state, f": {report.reason}" if report.reason else "",
        )  # fmt: skip
