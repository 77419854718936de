"""The monitor: the status of the feed as this process knows it, from producers' reports and the Redis connection."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping

from tickql.feed.errors import FeedRefused, FeedUnavailable, InvalidMessage, describe_outage
from tickql.feed.health import (
    REFUSED,
    UNREACHABLE,
    FeedStatus,
    assess,
    current_reports,
    looks_equal,
)
from tickql.feed.log_damping import LogDamper
from tickql.feed.partial_outage import PartialOutage
from tickql.feed.status import ProducerReport

logger = logging.getLogger("tickql.feed")

_ASSESS_S = 0.5
"""Pause between two assessments. Silence changes the status too, and no message announces silence."""


class Monitor:
    """Assesses the feed each half second, and at once when Redis is lost or found. All methods run on the event loop.

    `newest_tick_us` returns, for each followed symbol with a tick, when its newest tick was observed.
    """

    def __init__(self, newest_tick_us: Callable[[], Mapping[str, int]]) -> None:
        self._newest_tick_us = newest_tick_us
        self._reports: dict[str, ProducerReport] = {}
        self._redis_fault: str | None = "not connected yet"
        self._part: PartialOutage | None = None
        self._damper = LogDamper()
        self._line: tuple[int, str] | None = None
        """The newest line of the log about Redis, and its level; written unless it was a moment ago."""
        self._line_key = ""
        """The newest line about a fault of Redis in the log."""
        self._caution: str | None = None
        self._changed = asyncio.Event()
        self._assessed_s = -_ASSESS_S
        """When the feed was assessed last, by the monotonic clock."""
        self.version = 0
        """Rises whenever a state or a reason of `status` has changed."""
        self.on_change: Callable[[], None] | None = None
        """Called after each change of `version`."""
        self.status = self._assess(None)
        """The newest status, at most half a second old."""

    def add_report(self, message: bytes) -> None:
        """Take in a producer's report. An invalid message is logged and skipped."""
        try:
            report = ProducerReport.decode(message)
        except InvalidMessage as error:
            logger.warning("skipped an invalid report: %s", error)
            return
        # Also reports of producers that ended long ago: `assess` ignores outdated ones.
        self._reports[report.source] = report
        # A page of thousands of rows that appear and disappear reports far more often than anybody has to know.
        if time.monotonic() - self._assessed_s >= _ASSESS_S:
            self.reassess()

    def redis_connected(self) -> None:
        """Record that Redis answers."""
        if self._redis_fault is not None or self._part is not None:
            again = "" if self._line is None else " again"
            self._line, self._line_key = (logging.INFO, f"redis is reachable{again}"), again
        self._redis_fault = self._part = None
        self.reassess()

    def redis_lost(self, error: FeedUnavailable) -> None:
        """Record that Redis could not be reached, or refused what the feed needs."""
        fault = REFUSED if isinstance(error, FeedRefused) else UNREACHABLE
        line = describe_outage(error)
        # A refusal that gives way to another one: the operator has allowed the first, and needs to know the next.
        if fault != self._redis_fault or fault == REFUSED:
            self._line, self._line_key = (logging.WARNING, line), line if fault == REFUSED else fault
        self._redis_fault, self._part = fault, None
        self.reassess()

    def redis_partly_lost(self, part: PartialOutage, error: FeedUnavailable) -> None:
        """Record that some nodes of a cluster could not be reached, or refused, and others answer. `error`: of one."""
        if self._part is None or part.reason != self._part.reason:
            self._line, self._line_key = (logging.WARNING, f"{part.reason} ({error})"), part.reason
        self._redis_fault, self._part = None, part
        self.reassess()

    def set_caution(self, caution: str | None) -> None:
        """Record what may go wrong with Redis, though it works now; `None`: nothing."""
        if caution is not None and caution != self._caution:
            logger.warning("%s", caution)
        self._caution = caution
        self.reassess()

    @property
    def is_connected(self) -> bool:
        """Whether Redis answers, and of a cluster each node."""
        return self._redis_fault is None and self._part is None

    @property
    def reports(self) -> list[ProducerReport]:
        """The reports that count, the newest last."""
        return current_reports(self._reports.values())

    def report_ages_s(self) -> dict[str, float]:
        """Return how many seconds ago each producer that counts has reported, by its source."""
        now_us = time.time_ns() // 1000
        return {
            report.source: max(0, now_us - report.heard_us) / 1e6 for report in current_reports(self._reports.values())
        }

    async def wait_for_change(self, since: FeedStatus) -> FeedStatus:
        """Wait until a state or a reason differs from `since`, and return the new status."""
        while looks_equal(self.status, since):
            await self._changed.wait()
        return self.status

    async def run(self) -> None:
        """Assess the feed each half second until cancelled."""
        while True:
            self.reassess()
            await asyncio.sleep(_ASSESS_S)

    def reassess(self) -> None:
        """Assess the feed now, and wake the waiting tasks if the status has changed."""
        self._assessed_s = time.monotonic()
        self._log(self._assessed_s)
        before, self.status = self.status, self._assess(self.status)
        if not looks_equal(before, self.status):
            self.version += 1
            if self.on_change is not None:
                self.on_change()
            # Each change has an event of its own, so no event ever has to be cleared while tasks wait for it.
            self._changed.set()
            self._changed = asyncio.Event()

    def _log(self, now_s: float) -> None:
        """Log the state of Redis. One that comes and goes is logged seldom, and what is the case in the end, too."""
        if self._line is not None and self._damper.is_due(self._line_key, now_s):
            logger.log(self._line[0], "%s", self._line[1])

    def _assess(self, before: FeedStatus | None) -> FeedStatus:
        now_us = time.time_ns() // 1000
        reports, newest_us = self._reports.values(), self._newest_tick_us()
        return assess(now_us, reports, newest_us, self._redis_fault, self._caution, before, self._part)
