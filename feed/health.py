"""Assesses the feed: a quiet market (QUIET) and a broken feed (STALE, DOWN) are different states. No I/O."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from tickql.feed.status import ProducerReport, ProducerState

UNREACHABLE = "redis is not reachable"
REFUSED = "redis refuses what the feed needs"
QUIET_AFTER_US = 5_000_000
"""Time without a tick after which a symbol is quiet."""
SILENT_AFTER_US = 3_500_000
"""Time without a report after which a producer counts as failed. Producers report each second: three may be lost."""
_FORGOTTEN_AFTER_US = 60_000_000
"""A producer whose last report is this much older than the newest report of any producer is ignored.

Redis keeps reports without end. A feed file that is no longer in use must not make the feed stale.
"""


_PUBLIC_REASONS = {
    "LIVE": "some prices of the page are missing, or are not read as they should be",
    "QUIET": "some prices of the page are missing, or are not read as they should be",
    "STALE": "prices may be old: the page or its producer does not respond, or the page lacks its prices",
}


class FeedState(StrEnum):
    """Whether prices can be trusted."""

    LIVE = "LIVE"
    """Ticks are arriving."""
    QUIET = "QUIET"
    """The page is alive and its prices do not change."""
    STALE = "STALE"
    """The page or its producer does not respond, or the page shows none of its prices: prices may be old."""
    DOWN = "DOWN"
    """This process cannot reach Redis."""


@dataclass(frozen=True, slots=True)
class SymbolHealth:
    """The state of one symbol. Times are Unix microseconds; `last_tick_us` is `None` before the first tick."""

    symbol: str
    state: FeedState
    reason: str | None
    since_us: int
    last_tick_us: int | None


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """The state of the whole feed, and of each symbol, sorted by symbol. `reason` is `None` while nothing is wrong.

    `caution`: what may go wrong with Redis, though it works now; `None`: nothing.
    """

    state: FeedState
    reason: str | None
    since_us: int
    symbols: tuple[SymbolHealth, ...]
    caution: str | None = None


def public_reason(status: FeedStatus | SymbolHealth) -> str | None:
    """Return the reason of a state for clients of the API; `None` while nothing is wrong.

    The reason itself is for the operator: it may quote the page, name addresses and files, and say what to do.
    """
    if status.state is FeedState.DOWN:
        return (REFUSED if status.reason == REFUSED else UNREACHABLE).capitalize()
    if status.reason is not None:
        return _PUBLIC_REASONS[status.state]
    return status.caution if isinstance(status, FeedStatus) else None


def restrict(status: FeedStatus, covers: Callable[[str], bool]) -> FeedStatus:
    """Return what a status says of the symbols that are covered, as if there were no others.

    Without a covered symbol the feed is STALE, unless Redis is away.
    """
    symbols = tuple(each for each in status.symbols if covers(each.symbol))
    if status.state is FeedState.DOWN or not symbols:
        state = FeedState.DOWN if status.state is FeedState.DOWN else FeedState.STALE
        return replace(status, state=state, reason=status.reason or "no producer has reported yet", symbols=symbols)
    state = next(state for state in FeedState if any(each.state is state for each in symbols))
    reason = next((each.reason for each in symbols if each.reason is not None), None)
    # The feed is live since its first symbol is, and anything else since its last symbol is.
    since = [each.since_us for each in symbols if each.state is state]
    return FeedStatus(state, reason, min(since) if state is FeedState.LIVE else max(since), symbols, status.caution)


def visible_part(status: FeedStatus) -> object:
    """Return what must change before the status counts as changed. Times do not count: each tick changes them."""
    return (
        status.state,
        status.reason,
        status.caution,
        [(each.symbol, each.state, each.reason) for each in status.symbols],
    )


def assess(
    now_us: int,
    reports: Iterable[ProducerReport],
    last_tick_us: Mapping[str, int],
    redis_fault: str | None,
    caution: str | None = None,
) -> FeedStatus:
    """Return the status of the feed, with every `since_us` equal to `now_us`.

    `last_tick_us`: when the newest tick of each symbol was observed, as far as this process follows it. `redis_fault`:
    why Redis is not reachable; `None`: it is.
    """
    current = current_reports(reports)
    symbols: dict[str, SymbolHealth] = {}
    for report in current:
        for symbol in report.symbols:
            symbols[symbol] = _symbol(symbol, report, now_us, last_tick_us.get(symbol), redis_fault)
    state, reason = _overall(now_us, current, symbols.values(), redis_fault)
    return FeedStatus(state, reason, now_us, tuple(symbols[symbol] for symbol in sorted(symbols)), caution)


def carry_since(status: FeedStatus, before: FeedStatus | None) -> FeedStatus:
    """Return `status`, with `since_us` copied from `before` wherever the state has not changed."""
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


def current_reports(reports: Iterable[ProducerReport]) -> list[ProducerReport]:
    """Return the reports that are not outdated, the newest last, so that it wins where two report the same symbol."""
    # Compared with the newest report and not with the clock: if all producers are silent, all count.
    ordered = sorted(reports, key=lambda report: report.heard_us)
    return [report for report in ordered if report.heard_us > ordered[-1].heard_us - _FORGOTTEN_AFTER_US]


def _producer_fault(report: ProducerReport, now_us: int) -> str | None:
    if report.state is ProducerState.STOPPED:
        return f"the producer of {report.source} has stopped"
    silent_us = now_us - report.heard_us
    if silent_us > SILENT_AFTER_US:
        return f"the producer of {report.source} does not report"
    if report.state is ProducerState.STARTING:
        return f"the producer of {report.source} is starting"
    if report.state is ProducerState.STALE:
        return f"{report.source}: {report.reason or 'the page does not respond'}"
    return None


def _symbol(
    symbol: str, report: ProducerReport, now_us: int, seen_us: int | None, redis_fault: str | None
) -> SymbolHealth:
    own = report.symbols[symbol]
    # This process knows newer ticks than the report, but only of followed symbols: use the later time.
    known = [at for at in (seen_us, own.last_tick_us) if at is not None]
    last_us = max(known, default=None)
    ticking = last_us is not None and now_us - last_us <= QUIET_AFTER_US
    fault = _producer_fault(report, now_us)
    state, reason = (FeedState.LIVE if ticking else FeedState.QUIET), own.reason
    if redis_fault is not None:
        state, reason = FeedState.DOWN, redis_fault
    elif fault is not None:
        state, reason = FeedState.STALE, fault
    elif own.state not in (ProducerState.LIVE, ProducerState.DEGRADED) and not ticking:
        state = FeedState.STALE
    return SymbolHealth(symbol, state, reason, now_us, last_us)


def _overall(
    now_us: int, reports: list[ProducerReport], symbols: Iterable[SymbolHealth], redis_fault: str | None
) -> tuple[FeedState, str | None]:
    if redis_fault is not None:
        return FeedState.DOWN, redis_fault
    if not reports:
        return FeedState.STALE, "no producer has reported yet"
    for report in reports:
        fault = _producer_fault(report, now_us)
        if fault is not None:
            return FeedState.STALE, fault
    reason = next((report.reason for report in reports if report.reason), None)
    states = {each.state for each in symbols}
    if FeedState.LIVE in states:
        return FeedState.LIVE, reason
    # No symbol is quiet and a producer names a reason: the page shows none of its prices, so the market is not "quiet".
    is_quiet = FeedState.QUIET in states or reason is None
    return (FeedState.QUIET if is_quiet else FeedState.STALE), reason
