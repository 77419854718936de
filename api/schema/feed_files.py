"""The feed files and what befell their pages, as GraphQL types. For operators."""

from enum import Enum
from typing import Self

import strawberry

from tickql.api.schema.scalars import Instant
from tickql.feed import feed_files as feed
from tickql.feed.fault_log import FeedEvent


@strawberry.enum(description="What the producer says of a page, or of one symbol on it.")
class PageState(Enum):
    """GraphQL type of `tickql.feed.feed_files.PageState`."""

    STARTING = strawberry.enum_value("STARTING", description="Nothing has been read yet.")
    LIVE = strawberry.enum_value("LIVE", description="The page works and every price is found. It may change or not.")
    DEGRADED = strawberry.enum_value("DEGRADED", description="The page works, but is not read as well as promised.")
    MISSING = strawberry.enum_value("MISSING", description="A price is not found on the page, or is no price.")
    STALE = strawberry.enum_value("STALE", description="The page does not respond, or its prices are not live.")
    STOPPED = strawberry.enum_value("STOPPED", description="The producer was shut down on purpose.")
    SILENT = strawberry.enum_value("SILENT", description="The producer does not report any more.")


@strawberry.type(description="One symbol of a feed file.")
class FeedFileSymbol:
    """GraphQL type of `tickql.feed.feed_files.FeedFileSymbol`.

    Not `SymbolStatus`: that has the feed's state and a reason that tells nothing of the page. This one has what the
    producer itself says.
    """

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
    def from_symbol(cls, symbol: feed.FeedFileSymbol) -> Self:
        """Convert the state of a symbol."""
        return cls(
            symbol=symbol.symbol,
            # By name: a test holds the two enums equal.
            state=PageState[symbol.state.name],
            reason=symbol.reason,
            since=Instant(symbol.since_us),
            last_tick_at=None if symbol.last_tick_us is None else Instant(symbol.last_tick_us),
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
    """GraphQL type of `tickql.feed.feed_files.FeedFileStatus`."""

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

    @classmethod
    def from_status(cls, status: feed.FeedFileStatus) -> Self:
        """Convert the status of a feed file."""
        return cls(
            name=status.name,
            state=PageState[status.state.name],
            reason=status.reason,
            since=Instant(status.since_us),
            reported_at=Instant(status.reported_us),
            symbols=[FeedFileSymbol.from_symbol(symbol) for symbol in status.symbols],
            events=[FeedFileEvent.from_event(event) for event in status.events],
        )
