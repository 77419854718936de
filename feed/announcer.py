"""What a producer says when it has no tick to send: each symbol's heartbeat, and its report on page and symbols."""

import time
from collections.abc import Iterable

from feed.codec import encode_heartbeat
from feed.keys import Keys
from feed.spool import Spool
from feed.status import ProducerReport
from feed.wire import Command

HEARTBEAT_S = 1.0
"""A symbol with no tick for this long is announced with its top; the report is repeated as often."""


class Announcer:
    """Knows what is due, and when the next thing will be."""

    def __init__(self, keys: Keys, source: str) -> None:
        self._keys = keys
        self._source = source
        self._spoken: dict[str, float] = {}
        self._report: ProducerReport | None = None
        self._report_due = 0.0

    def report(self, report: ProducerReport) -> None:
        """Have this said at the next opportunity, and then each second."""
        self._report = report
        self._report_due = 0.0

    def spoke(self, symbol: str) -> None:
        """A tick of `symbol` has just been sent: no heartbeat is due for a second."""
        self._spoken[symbol] = time.monotonic()

    def wait_s(self) -> float:
        """Seconds until something is due."""
        due = [spoken + HEARTBEAT_S for spoken in self._spoken.values()]
        if self._report is not None:
            due.append(self._report_due)
        return max(0.0, min(due, default=time.monotonic() + HEARTBEAT_S) - time.monotonic())

    def quiet(self, spools: Iterable[Spool]) -> list[Spool]:
        """The spools for which nothing was said for a second, and something is about to be."""
        now = time.monotonic()
        quiet = [spool for spool in spools if now - self._spoken.get(spool.symbol, 0.0) >= HEARTBEAT_S]
        self._spoken.update((spool.symbol, now) for spool in quiet)
        return quiet

    def heartbeat(self, spool: Spool) -> Command:
        """Announce the newest tick of a quiet symbol."""
        return ("PUBLISH", self._keys.channel(spool.symbol), encode_heartbeat(spool.symbol, spool.top))

    def reports(self, spools: Iterable[Spool]) -> list[Command]:
        """Announce the producer's report, if that is due."""
        now = time.monotonic()
        if self._report is None or now < self._report_due:
            return []
        self._report_due = now + HEARTBEAT_S
        said = self._current(self._report, spools).encode()
        return [("HSET", self._keys.status, self._source, said), ("PUBLISH", self._keys.status, said)]

    def _current(self, report: ProducerReport, spools: Iterable[Spool]) -> ProducerReport:
        newest_us = {spool.symbol: spool.newest_us for spool in spools}
        symbols = {
            symbol: each.model_copy(update={"last_tick_us": newest_us.get(symbol)})
            for symbol, each in report.symbols.items()
        }
        heard_us = time.time_ns() // 1000
        return report.model_copy(update={"source": self._source, "heard_us": heard_us, "symbols": symbols})
