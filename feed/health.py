"""Is the feed alive? "The market is quiet" and "the feed is broken" are different answers. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from tickql.feed.status import ProducerReport, ProducerState

QUIET_AFTER_US = 5_000_000
"""A symbol with no tick for so long is quiet."""
SILENT_AFTER_US = 3_500_000
"""A producer, which speaks each second, is no longer heard after so long."""
_FORGOTTEN_AFTER_US = 60_000_000


class FeedState(StrEnum):
    """What a reader of prices needs to know before trusting them."""

    LIVE = "LIVE"
    """Prices are arriving."""
    QUIET = "QUIET"
    """The page is alive and shows no change."""
    STALE = "STALE"
    """The page or its producer is not heard, or shows nothing of what it should: prices may be old."""
    DOWN = "DOWN"
    """Redis is not reachable from here."""


@dataclass(frozen=True, slots=True)
class SymbolHealth:
    """One symbol's state. Times are Unix microseconds; `last_tick_us` is `None` before its first tick."""

    symbol: str
    state: FeedState
    reason: str | None
    since_us: int
    last_tick_us: int | None


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """The whole feed's state and each symbol's, in order of symbol. `reason` is `None` while all is well."""

    state: FeedState
    reason: str | None
    since_us: int
    symbols: tuple[SymbolHealth, ...]


def assess(
    now_us: int, reports: Iterable[ProducerReport], last_tick_us: Mapping[str, int], down: str | None
) -> FeedStatus:
    """Judge the feed by what was heard. `down`: why Redis is not reachable; `last_tick_us`: newest ticks seen here."""
    current = _current(reports)
    symbols: dict[str, SymbolHealth] = {}
    for report in current:
        for symbol in report.symbols:
            symbols[symbol] = _symbol(symbol, report, now_us, last_tick_us.get(symbol), down)
    state, reason = _overall(now_us, current, symbols.values(), down)
    return FeedStatus(state, reason, now_us, tuple(symbols[symbol] for symbol in sorted(symbols)))


def carry_since(status: FeedStatus, before: FeedStatus | None) -> FeedStatus:
    """Return `status` with every `since_us` taken over from `before` where the state is still the same."""
    if before is None:
        return status
    old = {each.symbol: each for each in before.symbols}
    symbols = tuple(
        replace(each, since_us=old[each.symbol].since_us)
        if each.symbol in old and old[each.symbol].state is each.state
        else each
        for each in status.symbols
    )
    since_us = before.since_us if before.state is status.state else status.since_us
    return replace(status, since_us=since_us, symbols=symbols)


def _current(reports: Iterable[ProducerReport]) -> list[ProducerReport]:
    """The producers of today, the last heard last: one that fell silent long before another is history."""
    ordered = sorted(reports, key=lambda report: report.heard_us)
    return [report for report in ordered if report.heard_us > ordered[-1].heard_us - _FORGOTTEN_AFTER_US]


def _trouble(report: ProducerReport, now_us: int) -> str | None:
    if report.state is ProducerState.STOPPED:
        return f"the producer of {report.source} has stopped"
    silent_us = now_us - report.heard_us
    if silent_us > SILENT_AFTER_US:
        return f"the producer of {report.source} is not heard"
    if report.state is ProducerState.STARTING:
        return f"the producer of {report.source} is starting"
    if report.state is ProducerState.STALE:
        return f"{report.source}: {report.reason or 'the page is not heard'}"
    return None


def _symbol(symbol: str, report: ProducerReport, now_us: int, seen_us: int | None, down: str | None) -> SymbolHealth:
    own = report.symbols[symbol]
    known = [at for at in (seen_us, own.last_tick_us) if at is not None]
    last_us = max(known, default=None)
    ticking = last_us is not None and now_us - last_us <= QUIET_AFTER_US
    trouble = _trouble(report, now_us)
    state, reason = (FeedState.LIVE if ticking else FeedState.QUIET), own.reason
    if down is not None:
        state, reason = FeedState.DOWN, down
    elif trouble is not None:
        state, reason = FeedState.STALE, trouble
    elif own.state not in (ProducerState.LIVE, ProducerState.DEGRADED) and not ticking:
        state = FeedState.STALE
    return SymbolHealth(symbol, state, reason, now_us, last_us)


def _overall(
    now_us: int, reports: list[ProducerReport], symbols: Iterable[SymbolHealth], down: str | None
) -> tuple[FeedState, str | None]:
    if down is not None:
        return FeedState.DOWN, down
    if not reports:
        return FeedState.STALE, "no producer has been heard"
    for report in reports:
        trouble = _trouble(report, now_us)
        if trouble is not None:
            return FeedState.STALE, trouble
    reason = next((report.reason for report in reports if report.reason), None)
    states = {each.state for each in symbols}
    if FeedState.LIVE in states:
        return FeedState.LIVE, reason
    # What shows nothing of what it should show is not quiet.
    well = FeedState.QUIET in states or reason is None
    return (FeedState.QUIET if well else FeedState.STALE), reason
