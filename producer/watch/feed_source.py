"""What outlives a page: what is known of its symbols, and where quotes and status go."""

import logging
import re

from tickql.feed.status import ProducerReport, ProducerState
from tickql.producer.clock import now_us
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.symbol_owners import SymbolOwners
from tickql.producer.health.page_status import PageStatus
from tickql.producer.login.page_login import PageLogin
from tickql.producer.quotes.quote_builder import QuoteBuilder
from tickql.producer.quotes.quote_sink import QuoteSink

logger = logging.getLogger("tickql.producer")


class FeedSource:
    """One feed file at work: its symbols, how they are seen, and the outlet for both.

    `claims`: of all feed files of the producer; `None`: there is no other.
    """

    def __init__(
        self, feed: FeedFile, sink: QuoteSink, owners: SymbolOwners | None = None, login: PageLogin | None = None
    ) -> None:
        self.feed = feed
        self.sink = sink
        self.quote_builder = QuoteBuilder(feed, owners)
        self.login = login or PageLogin.of(feed.page)
        self.page_status = PageStatus(feed, self.quote_builder, self.login)
        self._owners = owners
        self._is_rehearsal = False
        self._logged: tuple[ProducerState, str | None] | None = None

    def successor(self, sink: QuoteSink) -> "FeedSource":
        """The same feed file at work a second time, without a word in the log until it is to `succeed` this one."""
        other = FeedSource(self.feed, sink, self._owners, self.login)
        other._is_rehearsal = True
        return other

    def succeed(self, other: "FeedSource") -> None:
        """Go on in place of another source, as if nothing had changed."""
        self._is_rehearsal, self._logged = False, other._logged
        self.page_status.succeed(other.page_status)
        self.quote_builder.succeed(other.quote_builder)

    def announce(self) -> None:
        """Report and log what is new."""
        report = self.page_status.report(now_us())
        if report is None:
            return
        self.sink.report(report)
        if not self._is_rehearsal:
            self._log(report)

    def _log(self, report: ProducerReport) -> None:
        # What the page shows in between may change with every tick: that is not worth another line.
        said = (report.state, _SHOWN.sub("", report.reason or ""))
        if said == self._logged:
            return
        self._logged = said
        fine = report.state in (ProducerState.LIVE, ProducerState.STARTING, ProducerState.STOPPED)
        logger.log(
            logging.INFO if fine else logging.WARNING,
            "%s is %s%s", report.source, report.state, f": {report.reason}" if report.reason else "",
        )  # fmt: skip


_SHOWN = re.compile(r"'[^']*'|[0-9]+")
