"""How well the feed is heard, as GraphQL types."""

from enum import Enum
from typing import Self

import strawberry

from tickql.api.schema.scalars import Instant
from tickql.feed import health


@strawberry.enum(description="How well prices are heard.")
class FeedState(Enum):
    """GraphQL face of `tickql.feed.health.FeedState`."""

    LIVE = strawberry.enum_value("LIVE", description="Prices arrive.")
    QUIET = strawberry.enum_value("QUIET", description="The page is alive and shows no change.")
    STALE = strawberry.enum_value(
        "STALE",
        description="The page or its producer is not heard, or shows nothing of what it should: prices may be old.",
    )
    DOWN = strawberry.enum_value("DOWN", description="Redis is not reachable.")


def reason_of(status: health.FeedStatus | health.SymbolHealth) -> str | None:
    """A status's reason for the eyes of clients: where Redis is, and what it said, is not for them."""
    return "Redis is not reachable" if status.state is health.FeedState.DOWN else status.reason


@strawberry.type(description="How well one symbol is heard.")
class SymbolStatus:
    """GraphQL face of `tickql.feed.health.SymbolHealth`."""

    symbol: str
    state: FeedState
    reason: str | None = strawberry.field(description="A sentence for people; null while all is well.")
    since: Instant = strawberry.field(description="Since when it is in this state.")
    last_tick_at: Instant | None = strawberry.field(
        description="When the page showed the newest tick; null when there is none yet."
    )

    @classmethod
    def of(cls, symbol: health.SymbolHealth) -> Self:
        """Show what the feed knows of a symbol."""
        return cls(
            symbol=symbol.symbol,
            state=FeedState[symbol.state.name],
            reason=reason_of(symbol),
            since=Instant(symbol.since_us),
            last_tick_at=None if symbol.last_tick_us is None else Instant(symbol.last_tick_us),
        )


@strawberry.type(description="How well the feed is heard, as a whole and symbol by symbol.")
class FeedStatus:
    """GraphQL face of `tickql.feed.health.FeedStatus`."""

    state: FeedState
    reason: str | None = strawberry.field(description="A sentence for people; null while all is well.")
    since: Instant = strawberry.field(description="Since when it is in this state.")
    symbols: list[SymbolStatus]

    @classmethod
    def of(cls, status: health.FeedStatus) -> Self:
        """Show what the feed knows of itself."""
        return cls(
            state=FeedState[status.state.name],
            reason=reason_of(status),
            since=Instant(status.since_us),
            symbols=[SymbolStatus.of(symbol) for symbol in status.symbols],
        )
