"""What a publisher sends besides ticks: heartbeats of quiet symbols, reports on pages and symbols, registrations."""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from tickql.feed.codec import encode_heartbeat
from tickql.feed.connection import Command
from tickql.feed.fault_log import FaultLog, FeedEvent
from tickql.feed.keys import Keys
from tickql.feed.spool import Spool
from tickql.feed.status import ProducerReport, ProducerState

HEARTBEAT_S = 1.0
"""Pause without a tick after which a symbol's heartbeat is due, and pause between two reports of a source.

A reader that lost the last message of a symbol learns of it from the heartbeat: within 2 s, as promised.
"""

REGISTER_S = 2.0
"""Pause between two registrations of the symbols. Somebody may have deleted the set of all symbols."""


class Announcer:
    """Decides what is due, and builds the Redis commands of it. Sends nothing itself."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._last_sent_s: dict[str, float] = {}
        self._heartbeats_due_s = 0.0
        """No heartbeat is due before this time: thousands of symbols need not be compared at each turn."""
        self._reports: dict[str, ProducerReport] = {}
        self._report_due_s: dict[str, float] = {}
        self._registration_due_s = 0.0
        self._faults: defaultdict[str, FaultLog] = defaultdict(FaultLog)
        self._faults_sent_s: dict[str, float] = {}
        self.may_keep_faults = True
        """Whether Redis lets the publisher store the faults of its pages."""

    def load_faults(self, source: str, events: Iterable[FeedEvent]) -> None:
        """Continue the list of faults that Redis has of a source, and store it as a whole."""
        self._faults[source].load(events)

    def set_report(self, report: ProducerReport) -> None:
        """Replace the report of its source. The new report is due at once, and then each second."""
        self._reports[report.source] = report
        self._faults[report.source].note(report)
        # 0 is before every time of the monotonic clock: due now.
        self._report_due_s[report.source] = 0.0

    def tick_sent(self, symbol: str) -> None:
        """Record that a tick of `symbol` is being sent: its next heartbeat is due a second later."""
        self._last_sent_s[symbol] = time.monotonic()

    def due_in_s(self) -> float:
        """Return the seconds until the next heartbeat or report is due; 0: one is due now."""
        due_s = min(self._report_due_s.values(), default=self._heartbeats_due_s)
        return max(0.0, min(due_s, self._heartbeats_due_s) - time.monotonic())

    def due_heartbeats(self, symbols: Collection[str]) -> list[str]:
        """Return the symbols whose heartbeat is due, and count these heartbeats as sent."""
        now_s = time.monotonic()
        if now_s < self._heartbeats_due_s:
            return []
        due = [symbol for symbol in symbols if now_s - self._last_sent_s.get(symbol, 0.0) >= HEARTBEAT_S]
        self._last_sent_s.update((symbol, now_s) for symbol in due)
        self._heartbeats_due_s = min((self._last_sent_s[symbol] for symbol in symbols), default=now_s) + HEARTBEAT_S
        return due

    def heartbeat_command(self, spool: Spool) -> Command:
        """Return the command that announces the newest confirmed tick of a symbol."""
        return self._keys.publish(self._keys.channel(spool.symbol), encode_heartbeat(spool.top))

    def due_registration(self, symbols: Collection[str]) -> list[Command]:
        """Return the command that registers these symbols, if it is due, and count it as sent."""
        now_s = time.monotonic()
        if not symbols or now_s < self._registration_due_s:
            return []
        self._registration_due_s = now_s + REGISTER_S
        return [("SADD", self._keys.symbols, *symbols)]

    def due_report_commands(self, spools: Iterable[Spool]) -> list[Command]:
        """Return the commands that store and announce the reports that are due, and count these reports as sent."""
        now_s = time.monotonic()
        due = [source for source, due_s in self._report_due_s.items() if now_s >= due_s]
        if not due:
            return []
        # Filled in at sending: the producer makes a report at each change, and ticks follow until it is sent again.
        newest_us = {spool.symbol: spool.newest_us for spool in spools}
        commands: list[Command] = []
        for source in due:
            self._report_due_s[source] = now_s + HEARTBEAT_S
            message = _up_to_date(self._reports[source], newest_us).encode()
            commands += [("HSET", self._keys.status, source, message), self._keys.publish(self._keys.status, message)]
            if self._is_fault_list_due(source, now_s):
                self._faults_sent_s[source] = now_s
                commands.append(("HSET", self._keys.faults, source, self._faults[source].encode(_now_us())))
        return commands

    def _is_fault_list_due(self, source: str, now_s: float) -> bool:
        """Return whether the faults of a source are to be stored: what is new, at most once a second and at the end."""
        if not (self.may_keep_faults and self._faults[source].has_changed):
            return False
        is_last = self._reports[source].state is ProducerState.STOPPED
        return is_last or now_s - self._faults_sent_s.get(source, 0.0) >= HEARTBEAT_S


def _up_to_date(report: ProducerReport, newest_us: Mapping[str, int | None]) -> ProducerReport:
    """Return the report with the time of sending and with the time of each symbol's newest tick."""
    symbols = {
        symbol: each.model_copy(update={"last_tick_us": newest_us.get(symbol)})
        for symbol, each in report.symbols.items()
    }
    return report.model_copy(update={"heard_us": _now_us(), "symbols": symbols})


def _now_us() -> int:
    return time.time_ns() // 1000
