"""The state of the feed as GraphQL types."""

from enum import Enum
from typing import Self

import strawberry

from tickql.api.schema.scalars import Instant
from tickql.feed import health


@strawberry.enum(description="Whether prices arrive, and if not, why.")
class FeedState(Enum):
    """GraphQL type of `tickql.feed.health.FeedState`."""

    LIVE = strawberry.enum_value("LIVE", description="Prices arrive.")
    QUIET = strawberry.enum_value("QUIET", description="The page works and its prices do not change.")
    STALE = strawberry.enum_value(
        "STALE",
        description="The page or its producer does not respond, or the page lacks its prices: prices may be old.",
    )
    DOWN = strawberry.enum_value("DOWN", description="Redis cannot be reached.")


@strawberry.type(description="The state of one symbol.")
class SymbolStatus:
    """GraphQL type of `tickql.feed.health.SymbolHealth`."""

    symbol: str
    state: FeedState
    reason: str | None = strawberry.field(
        description="The reason as a sentence for people; null while the state is normal."
    )
    since: Instant = strawberry.field(description="When this state began.")
    last_tick_at: Instant | None = strawberry.field(
        description="When the page showed the newest tick; null if there is none yet."
    )

    @classmethod
    def from_health(cls, symbol: health.SymbolHealth) -> Self:
        """Convert the feed's state of a symbol."""
        return cls(
            symbol=symbol.symbol,
            # By name: a test holds the two enums equal.
            state=FeedState[symbol.state.name],
            reason=health.public_reason(symbol),
            since=Instant(symbol.since_us),
            last_tick_at=None if symbol.last_tick_us is None else Instant(symbol.last_tick_us),
        )


@strawberry.type(description="The state of the price feed, as a whole and of each symbol.")
class FeedStatus:
    """GraphQL type of `tickql.feed.health.FeedStatus`."""

    state: FeedState
    reason: str | None = strawberry.field(
        description="The reason as a sentence for people; null while the state is normal."
    )
    since: Instant = strawberry.field(description="When this state began.")
    symbols: list[SymbolStatus]

    @classmethod
    def from_status(cls, status: health.FeedStatus) -> Self:
        """Convert the feed's state."""
        return cls(
            state=FeedState[status.state.name],
            reason=health.public_reason(status),
            since=Instant(status.since_us),
            symbols=[SymbolStatus.from_health(symbol) for symbol in status.symbols],
        )
