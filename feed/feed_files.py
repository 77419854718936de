"""The feed files that producers watch, as their reports tell them, with what befell their pages. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tickql.feed.fault_log import FeedEvent, of_last_hour
from tickql.feed.health import SILENT_AFTER_US
from tickql.feed.status import ProducerReport, ProducerState


class PageState(StrEnum):
    """What a producer says of a page, or of one symbol on it."""

    STARTING = "STARTING"
    LIVE = "LIVE"
    DEGRADED = "DEGRADED"
    MISSING = "MISSING"
    STALE = "STALE"
    STOPPED = "STOPPED"
    """These are the states of `tickql.feed.status.ProducerState`."""
    SILENT = "SILENT"
    """The producer does not report any more."""


@dataclass(frozen=True, slots=True)
class FeedFileSymbol:
    """One symbol of a feed file. Times are Unix microseconds; `last_tick_us` is `None` before the first tick."""

    symbol: str
    state: PageState
    reason: str | None
    since_us: int
    last_tick_us: int | None


@dataclass(frozen=True, slots=True)
class FeedFileStatus:
    """A feed file. `events`: what befell its page in the last hour, the oldest first. Times are Unix microseconds."""

    name: str
    state: PageState
    reason: str | None
    since_us: int
    reported_us: int
    symbols: Sequence[FeedFileSymbol]
    events: Sequence[FeedEvent]


def feed_file_statuses(
    reports: Iterable[ProducerReport], events: Mapping[str, Sequence[FeedEvent]], now_us: int
) -> list[FeedFileStatus]:
    """Return the status of each feed file that has a report, sorted by name. `events`: by the name."""
    return [
        _status(report, of_last_hour(events.get(report.source, ()), now_us), now_us)
        for report in sorted(reports, key=lambda report: report.source)
    ]


def _status(report: ProducerReport, events: Sequence[FeedEvent], now_us: int) -> FeedFileStatus:
    is_silent = report.state is not ProducerState.STOPPED and now_us - report.heard_us > SILENT_AFTER_US
    symbols = [
        FeedFileSymbol(
            symbol,
            PageState.SILENT if is_silent else PageState[each.state.name],
            each.reason,
            each.since_us,
            each.last_tick_us,
        )
        for symbol, each in sorted(report.symbols.items())
    ]
    if is_silent:
        reason = "the producer does not report"
        return FeedFileStatus(
            report.source, PageState.SILENT, reason, report.heard_us, report.heard_us, symbols, events
        )
    state = PageState[report.state.name]
    return FeedFileStatus(report.source, state, report.reason, report.since_us, report.heard_us, symbols, events)
