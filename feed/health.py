"""Assesses the feed: a quiet market (QUIET) and a broken feed (STALE, DOWN) are different states. No I/O."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import starmap
from typing import NamedTuple

from tickql.feed.partial_outage import PartialOutage
from tickql.feed.status import ProducerReport, ProducerState, SymbolReport

_LIVE, _DEGRADED = ProducerState.LIVE, ProducerState.DEGRADED
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


PUBLIC_REFUSAL = "Redis refuses what the feed needs"
"""What clients read while a user of Redis lacks a right."""
PUBLIC_PART = "part of Redis is not reachable"
"""What clients read of the feed while some nodes of a cluster are away."""
PUBLIC_REASONS = {
    "LIVE": "some prices of the page are missing, or are not read as they should be",
    "QUIET": "some prices of the page are missing, or are not read as they should be",
    "STALE": "prices may be old: the page or its producer does not respond, or the page lacks its prices",
    "DOWN": "Redis is not reachable",
}
"""What clients read in each state in which something is wrong."""


class FeedState(StrEnum):
    """Whether prices can be trusted."""

    LIVE = "LIVE"
    """Ticks are arriving."""
    QUIET = "QUIET"
    """The page is alive and its prices do not change."""
    STALE = "STALE"
    """The page or its producer does not respond, or the page shows none of its prices: prices may be old."""
    DOWN = "DOWN"
    """This process cannot reach Redis, or the node of a cluster that has the symbol."""


class SymbolHealth(NamedTuple):
    """The state of one symbol. Times are Unix microseconds; `last_tick_us` is `None` before the first tick.

    A tuple, because thousands are made twice a second.
    """

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
    if status.state is FeedState.DOWN and status.reason == REFUSED:
        return PUBLIC_REFUSAL
    is_down = status.state is FeedState.DOWN
    if not is_down and status.reason is not None and status.reason.startswith((UNREACHABLE, REFUSED)):
        return PUBLIC_PART
    if is_down or status.reason is not None:
        return PUBLIC_REASONS[status.state]
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


def looks_equal(one: FeedStatus, other: FeedStatus) -> bool:
    """Whether two statuses count as the same. Times do not count: each tick changes them."""
    return (
        (one.state, one.reason, one.caution) == (other.state, other.reason, other.caution)
        and len(one.symbols) == len(other.symbols)
        and all(starmap(_looks_equal, zip(one.symbols, other.symbols, strict=True)))
    )


def _looks_equal(one: SymbolHealth, other: SymbolHealth) -> bool:
    return one is other or (one.symbol, one.state, one.reason) == (other.symbol, other.state, other.reason)


def assess(
    now_us: int,
    reports: Iterable[ProducerReport],
    last_tick_us: Mapping[str, int],
    redis_fault: str | None,
    caution: str | None = None,
    before: FeedStatus | None = None,
    part: PartialOutage | None = None,
) -> FeedStatus:
    """Return the status of the feed.

    `last_tick_us`: when the newest tick of each symbol was observed, as far as this process follows it. `redis_fault`:
    why Redis is not reachable; `None`: it is. `before`: the status before this one, `None`: there is none. `since_us`
    is copied from it wherever the state has not changed, and is `now_us` elsewhere. `part`: what of Redis is not
    reachable while the rest is; `None`: nothing.
    """
    current = current_reports(reports)
    earlier = {} if before is None else {each.symbol: each for each in before.symbols}
    symbols: dict[str, SymbolHealth] = {}
    for report in current:
        fault = _fault(report, now_us, redis_fault, part)
        for symbol, own in (report if part is None else _as_known(report, now_us, part)).symbols.items():
            seen_us = last_tick_us.get(symbol)
            away = None if part is None else part.reason_of(symbol)
            known = fault if away is None or redis_fault is not None else (FeedState.DOWN, away)
            symbols[symbol] = _symbol(symbol, own, now_us, seen_us, known, earlier.get(symbol))
    state, reason = _overall(now_us, current, symbols.values(), redis_fault, part)
    since_us = before.since_us if before is not None and before.state is state else now_us
    return FeedStatus(state, reason, since_us, tuple(map(symbols.__getitem__, sorted(symbols))), caution)


def current_reports(reports: Iterable[ProducerReport]) -> list[ProducerReport]:
    """Return the reports that are not outdated, the newest last, so that it wins where two report the same symbol."""
    # Compared with the newest report and not with the clock: if all producers are silent, all count.
    ordered = sorted(reports, key=lambda report: report.heard_us)
    return [report for report in ordered if report.heard_us > ordered[-1].heard_us - _FORGOTTEN_AFTER_US]


def _is_silent(report: ProducerReport, now_us: int) -> bool:
    return now_us - report.heard_us > SILENT_AFTER_US


def _as_known(report: ProducerReport, now_us: int, part: PartialOutage) -> ProducerReport:
    """Return a report as far as it counts: while newer ones are out of reach, only ticks prove that a page is alive."""
    if not (part.hides_reports and _is_silent(report, now_us)):
        return report
    unknown = {"state": ProducerState.STALE, "reason": part.reason}
    symbols = {symbol: own.model_copy(update=unknown) for symbol, own in report.symbols.items()}
    return report.model_copy(update={"symbols": symbols})


def _producer_fault(report: ProducerReport, now_us: int, part: PartialOutage | None) -> str | None:
    if report.state is ProducerState.STOPPED:
        return f"the producer of {report.source} has stopped"
    if _is_silent(report, now_us) and not (part is not None and part.hides_reports):
        return f"the producer of {report.source} does not report"
    if report.state is ProducerState.STARTING:
        return f"the producer of {report.source} is starting"
    if report.state is ProducerState.STALE:
        return f"{report.source}: {report.reason or 'the page does not respond'}"
    return None


def _fault(
    report: ProducerReport, now_us: int, redis_fault: str | None, part: PartialOutage | None
) -> tuple[FeedState, str] | None:
    """Return what all symbols of a report are in, and why; `None`: each is in a state of its own."""
    if redis_fault is not None:
        return FeedState.DOWN, redis_fault
    fault = _producer_fault(report, now_us, part)
    return None if fault is None else (FeedState.STALE, fault)


def _symbol(
    symbol: str,
    own: SymbolReport,
    now_us: int,
    seen_us: int | None,
    fault: tuple[FeedState, str] | None,
    before: SymbolHealth | None,
) -> SymbolHealth:
    # This process knows newer ticks than the report, but only of followed symbols: use the later time.
    last_us = own.last_tick_us
    if last_us is None or (seen_us is not None and seen_us > last_us):
        last_us = seen_us
    ticking = last_us is not None and now_us - last_us <= QUIET_AFTER_US
    state, reason = (FeedState.LIVE if ticking else FeedState.QUIET), own.reason
    if fault is not None:
        state, reason = fault
    elif not ticking and own.state is not _LIVE and own.state is not _DEGRADED:
        state = FeedState.STALE
    since_us = now_us if before is None or before.state is not state else before.since_us
    return SymbolHealth(symbol, state, reason, since_us, last_us)


def _overall(
    now_us: int,
    reports: list[ProducerReport],
    symbols: Iterable[SymbolHealth],
    redis_fault: str | None,
    part: PartialOutage | None,
) -> tuple[FeedState, str | None]:
    if redis_fault is not None:
        return FeedState.DOWN, redis_fault
    if not reports:
        return FeedState.STALE, "no producer has reported yet" if part is None else part.reason
    for report in reports:
        fault = _producer_fault(report, now_us, part)
        if fault is not None:
            return FeedState.STALE, fault
    reason = next((report.reason for report in reports if report.reason), None) if part is None else part.reason
    states = {each.state for each in symbols}
    if states == {FeedState.DOWN}:
        return FeedState.DOWN, reason
    if FeedState.LIVE in states:
        return FeedState.LIVE, reason
    # No symbol is quiet and a producer names a reason: the page shows none of its prices, so the market is not "quiet".
    is_quiet = FeedState.QUIET in states or reason is None
    return (FeedState.QUIET if is_quiet else FeedState.STALE), reason
