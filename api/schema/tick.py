"""`Tick` and `Gap` as GraphQL types."""

from enum import Enum
from typing import Self

import strawberry

from tickql.api.schema.scalars import BigInt, Instant, Price
from tickql.feed import tick as feed
from tickql.feed.tick import Event


@strawberry.enum(description="Why ticks could not be delivered.")
class GapReason(Enum):
    """GraphQL face of `tickql.feed.tick.GapReason`."""

    TRIMMED = strawberry.enum_value("TRIMMED", description="They are older than what the server keeps.")
    RESTARTED = strawberry.enum_value(
        "RESTARTED",
        description="The numbering had to start anew: Redis lost ticks that the producer no longer had.",
    )
    UNKNOWN_CURSOR = strawberry.enum_value(
        "UNKNOWN_CURSOR", description="The cursor asked for names no tick of this symbol."
    )


@strawberry.type(description="A stretch of ticks that could not be delivered.")
class Gap:
    """GraphQL face of `tickql.feed.tick.Gap`."""

    after: strawberry.ID | None = strawberry.field(
        description="Cursor of the last tick before the gap; null when not known."
    )
    reason: GapReason
    lost: BigInt | None = strawberry.field(description="How many ticks are missing. Exact where known.")

    @classmethod
    def of(cls, gap: feed.Gap) -> Self:
        """Show a gap of the feed."""
        return cls(
            after=None if gap.after is None else strawberry.ID(str(gap.after)),
            reason=GapReason[gap.reason.name],
            lost=None if gap.lost is None else BigInt(gap.lost),
        )


@strawberry.type(description="One observed quote of one symbol.")
class Tick:
    """GraphQL face of `tickql.feed.tick.Event`."""

    event: strawberry.Private[Event]
    symbol: str
    cursor: strawberry.ID = strawberry.field(
        description="Place in the symbol's stream. Pass it as `after` to go on from here."
    )
    seq: BigInt = strawberry.field(description="Gap-free count of the symbol's ticks.")
    timestamp: Instant = strawberry.field(description="When the page showed it.")
    published_at: Instant = strawberry.field(description="When it was handed to Redis.")
    ask: Price | None = strawberry.field(description="Exact; null when the page shows none.")
    bid: Price | None = strawberry.field(description="Exact; null when the page shows none.")
    last: Price | None = strawberry.field(description="Price of the last trade, exact; null when the page shows none.")

    @strawberry.field(description="Exact middle of ask and bid; null unless both sides are there.")
    def mid(self) -> Price | None:
        """Computed only when asked for."""
        mid = self.event.tick.mid
        return None if mid is None else Price(mid)

    @strawberry.field(description="Ask less bid, exact; null unless both sides are there.")
    def spread(self) -> Price | None:
        """Computed only when asked for."""
        spread = self.event.tick.spread
        return None if spread is None else Price(spread)

    skipped: int = strawberry.field(
        description="Ticks of this symbol merged away since the previous event of this subscription."
    )

    @strawberry.field(description="Set when ticks before this one could not be delivered.")
    def gap(self) -> Gap | None:
        """Computed only when asked for."""
        return None if self.event.gap is None else Gap.of(self.event.gap)

    @classmethod
    def of(cls, event: Event) -> Self:
        """Show one delivery."""
        tick = event.tick
        return cls(
            event=event,
            symbol=tick.symbol,
            cursor=strawberry.ID(str(tick.cursor)),
            seq=BigInt(tick.seq),
            timestamp=Instant(tick.observed_us),
            published_at=Instant(tick.published_us),
            ask=None if tick.ask is None else Price(tick.ask),
            bid=None if tick.bid is None else Price(tick.bid),
            last=None if tick.last is None else Price(tick.last),
            skipped=event.skipped,
        )
