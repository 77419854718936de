"""What a producer says when it has no tick to send: each symbol's heartbeat, and its reports on pages and symbols."""

import time
from collections.abc import Iterable, Mapping

from tickql.feed.codec import encode_heartbeat
from tickql.feed.connection import Command
from tickql.feed.keys import Keys
from tickql.feed.spool import Spool
from tickql.feed.status import ProducerReport

HEARTBEAT_S = 1.0
"""A symbol with no tick for this long is announced with its top; the report is repeated as often."""


class Announcer:
    """Knows what is due, and when the next thing will be."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._spoken: dict[str, float] = {}
        self._reports: dict[str, ProducerReport] = {}
        self._report_due: dict[str, float] = {}

    def report(self, report: ProducerReport) -> None:
        """Have this said of its source at the next opportunity, and then each second."""
        self._reports[report.source] = report
        self._report_due[report.source] = 0.0

    def spoke(self, symbol: str) -> None:
        """A tick of `symbol` has just been sent: no heartbeat is due for a second."""
        self._spoken[symbol] = time.monotonic()

    def wait_s(self) -> float:
        """Seconds until something is due."""
        due = [spoken + HEARTBEAT_S for spoken in self._spoken.values()]
        due += self._report_due.values()
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
        """Announce those of the producer's reports that are due."""
        now = time.monotonic()
        due = [source for source, due in self._report_due.items() if now >= due]
        if not due:
            return []
        newest_us = {spool.symbol: spool.newest_us for spool in spools}
        commands: list[Command] = []
        for source in due:
            self._report_due[source] = now + HEARTBEAT_S
            said = _current(self._reports[source], newest_us).encode()
            commands += [("HSET", self._keys.status, source, said), ("PUBLISH", self._keys.status, said)]
        return commands


def _current(report: ProducerReport, newest_us: Mapping[str, int | None]) -> ProducerReport:
    symbols = {
        symbol: each.model_copy(update={"last_tick_us": newest_us.get(symbol)})
        for symbol, each in report.symbols.items()
    }
    return report.model_copy(update={"heard_us": time.time_ns() // 1000, "symbols": symbols})
