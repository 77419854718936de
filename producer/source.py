"""What outlives a page: what is known of its symbols, and where quotes and status go."""

import logging
import re
import time

from feed.status import ProducerReport, ProducerState
from producer.claims import Claims
from producer.feedfile import FeedFile
from producer.login import Login
from producer.outlet import Outlet
from producer.quoter import Quoter
from producer.sight import Sight

logger = logging.getLogger("tickql.producer")


class Source:
    """One feed file at work: its symbols, how they are seen, and the outlet for both.

    `claims`: of all feed files of the producer; `None`: there is no other.
    """

    def __init__(
        self, feed: FeedFile, outlet: Outlet, claims: Claims | None = None, login: Login | None = None
    ) -> None:
        self.feed = feed
        self.outlet = outlet
        self.quoter = Quoter(feed, claims)
        self.login = login or Login.of(feed.page)
        self.sight = Sight(feed, self.quoter, self.login)
        self._claims = claims
        self._is_rehearsal = False
        self._logged: tuple[ProducerState, str | None] | None = None

    def successor(self, outlet: Outlet) -> "Source":
        """The same feed file at work a second time, without a word in the log until it is to `succeed` this one."""
        other = Source(self.feed, outlet, self._claims, self.login)
        other._is_rehearsal = True
        return other

    def succeed(self, other: "Source") -> None:
        """Go on in place of another source, as if nothing had changed."""
        self._is_rehearsal, self._logged = False, other._logged
        self.sight.succeed(other.sight)
        self.quoter.succeed(other.quoter)

    def announce(self) -> None:
        """Report and log what is new."""
        report = self.sight.report(now_us())
        if report is None:
            return
        self.outlet.report(report)
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


def now_us() -> int:
    """Our own clock, Unix microseconds."""
    return time.time_ns() // 1000
