"""The feed files and what befell their pages, as GraphQL types. For operators."""

from enum import Enum
from typing import Self

import strawberry

from tickql.api.permitted_feed import FeedFileStatus
from tickql.api.schema.scalars import Instant
from tickql.feed.fault_log import FeedEvent
from tickql.feed.status import SymbolReport


@strawberry.enum(description="What the producer says of a page, or of one symbol on it.")
class PageState(Enum):
    """GraphQL type of `tickql.feed.status.ProducerState`, with a state for a producer that says nothing."""

    STARTING = strawberry.enum_value("STARTING", description="Nothing has been read yet.")
    LIVE = strawberry.enum_value("LIVE", description="The page works and every price is found. It may change or not.")
    DEGRADED = strawberry.enum_value("DEGRADED", description="The page works, but is not read as well as promised.")
    MISSING = strawberry.enum_value("MISSING", description="A price is not found on the page, or is no price.")
    STALE = strawberry.enum_value("STALE", description="The page does not respond, or its prices are not live.")
    STOPPED = strawberry.enum_value("STOPPED", description="The producer was shut down on purpose.")
    SILENT = strawberry.enum_value("SILENT", description="The producer does not report any more.")


@strawberry.type(description="One symbol of a feed file.")
class FeedFileSymbol:
    """GraphQL type of `tickql.feed.status.SymbolReport`."""

    symbol: str
    state: PageState
    reason: str | None = strawberry.field(
        description="Why the state is not better, as a sentence for people; null if nothing is wrong."
    )
    since: Instant = strawberry.field(description="When this state began.")
    last_tick_at: Instant | None = strawberry.field(
        description="When the page showed the newest tick; null if there is none yet."
    )

    @classmethod
    def from_report(cls, symbol: str, report: SymbolReport, *, is_silent: bool) -> Self:
        """Convert the report on a symbol."""
        last_us = report.last_tick_us
        return cls(
            symbol=symbol,
            state=PageState.SILENT if is_silent else PageState[report.state.name],
            reason=report.reason,
            since=Instant(report.since_us),
            last_tick_at=None if last_us is None else Instant(last_us),
        )


@strawberry.type(description="A page, or a symbol on it, entered a state, or its state got another reason.")
class FeedFileEvent:
    """GraphQL type of `tickql.feed.fault_log.FeedEvent`."""

    at: Instant
    symbol: str | None = strawberry.field(description="The symbol; null for the page as a whole.")
    others: int = strawberry.field(description="How many other symbols entered the same state at the same moment.")
    state: PageState
    reason: str | None

    @classmethod
    def from_event(cls, event: FeedEvent) -> Self:
        """Convert an event."""
        return cls(
            at=Instant(event.at_us),
            symbol=event.symbol,
            others=event.others,
            state=PageState[event.state.name],
            reason=event.reason,
        )


@strawberry.type(description="A feed file that a producer watches, or watched until it ended.")
class FeedFile:
    """GraphQL type of `tickql.api.permitted_feed.FeedFileStatus`."""

    name: str
    state: PageState
    reason: str | None = strawberry.field(
        description="Why the state is not better, as a sentence for people; null if nothing is wrong."
    )
    since: Instant = strawberry.field(description="When this state began.")
    reported_at: Instant = strawberry.field(description="When the producer reported last. It does so each second.")
    symbols: list[FeedFileSymbol]
    events: list[FeedFileEvent] = strawberry.field(
        description="Faults and recoveries of the last hour, the oldest first: at most 100 of the page and 200 of its "
        "symbols. While the page as a whole has a fault, its symbols have no events of their own."
    )


def feed_file(status: FeedFileStatus) -> FeedFile:
    """Convert the status of a feed file."""
    report, is_silent = status.report, status.silent_since_us is not None
    return FeedFile(
        name=report.source,
        state=PageState.SILENT if is_silent else PageState[report.state.name],
        reason="the producer does not report" if is_silent else report.reason,
        since=Instant(report.since_us if status.silent_since_us is None else status.silent_since_us),
        reported_at=Instant(report.heard_us),
        symbols=[
            FeedFileSymbol.from_report(symbol, each, is_silent=is_silent)
            for symbol, each in sorted(report.symbols.items())
        ],
        events=[FeedFileEvent.from_event(event) for event in status.events],
    )
