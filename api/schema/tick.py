"""Ticks and gaps as GraphQL types."""

from enum import Enum
from typing import Self

import strawberry

from tickql.api.schema.scalars import BigInt, Instant, Price
from tickql.feed import tick as feed
from tickql.feed.tick import Event


@strawberry.enum(description="Why ticks could not be delivered.")
class GapReason(Enum):
    """GraphQL type of `tickql.feed.tick.GapReason`."""

    TRIMMED = strawberry.enum_value("TRIMMED", description="They are older than the stored history.")
    RESTARTED = strawberry.enum_value(
        "RESTARTED",
        description="The numbering started again, because Redis lost ticks that the producer no longer had.",
    )
    UNKNOWN_CURSOR = strawberry.enum_value(
        "UNKNOWN_CURSOR",
        description="The cursor of the request names no tick: its number was never reached. A subscription waits 10 s, "
        "as Redis may have lost the tick and get it again, and then starts with the newest tick.",
    )
    MERGED = strawberry.enum_value(
        "MERGED",
        description="They never became ticks: the producer did not run for a while, or could not keep up. "
        "This tick replaces `lost` changes of the page.",
    )


@strawberry.type(description="A stretch of ticks that could not be delivered.")
class Gap:
    """GraphQL type of `tickql.feed.tick.Gap`."""

    after: strawberry.ID | None = strawberry.field(
        description="Cursor of the last tick before the gap; null if not known."
    )
    reason: GapReason
    lost: BigInt | None = strawberry.field(description="How many ticks are missing. Exact where known.")

    @classmethod
    def from_gap(cls, gap: feed.Gap) -> Self:
        """Convert a gap of the feed."""
        return cls(
            after=None if gap.after is None else strawberry.ID(str(gap.after)),
            reason=GapReason[gap.reason.name],
            lost=None if gap.lost is None else BigInt(gap.lost),
        )


@strawberry.type(
    description="A tick in a page of `history`: one observed quote of one symbol. A symbol has many of them, so a "
    "client's cache keeps them in their page."
)
class HistoryTick:
    """GraphQL type of a stored `tickql.feed.tick.Event`, and the fields that `Tick` has in common with it."""

    event: strawberry.Private[Event]
    symbol: str
    cursor: strawberry.ID = strawberry.field(
        description="Name of the tick, `<symbol>:<epoch>-<seq>`. Pass it as `after` to continue from here."
    )
    seq: BigInt = strawberry.field(description="The symbol's tick count, without gaps.")
    timestamp: Instant = strawberry.field(description="When the page showed it.")
    published_at: Instant = strawberry.field(description="When it was sent to Redis.")
    ask: Price | None = strawberry.field(description="Exact; null if the page shows none.")
    bid: Price | None = strawberry.field(description="Exact; null if the page shows none.")
    last: Price | None = strawberry.field(description="Price of the last trade, exact; null if the page shows none.")

    @strawberry.field(description="The exact middle of ask and bid; null if one of them is.")
    def mid(self) -> Price | None:
        """Return the exact middle. Computed only for clients that select it."""
        mid = self.event.tick.mid
        return None if mid is None else Price(mid)

    @strawberry.field(description="Ask minus bid, exact; null if one of them is.")
    def spread(self) -> Price | None:
        """Return the spread. Computed only for clients that select it."""
        spread = self.event.tick.spread
        return None if spread is None else Price(spread)

    @strawberry.field(description="Not null if ticks before this one could not be delivered.")
    def gap(self) -> Gap | None:
        """Return the gap before this tick."""
        return None if self.event.gap is None else Gap.from_gap(self.event.gap)

    @classmethod
    def from_event(cls, event: Event) -> Self:
        """Convert an event of the feed."""
        # `mid`, `spread` and `gap` are left to their resolvers: few clients select them, and decimals take time.
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
        )


@strawberry.type(
    description="One observed quote of one symbol, as subscriptions and queries of last prices give it. A client's "
    "cache can key it by `symbol`: it then has one `Tick` for each symbol."
)
class Tick(HistoryTick):
    """GraphQL type of `tickql.feed.tick.Event`."""

    @strawberry.field(
        description="How many ticks of this symbol were left out since the previous event of this subscription."
    )
    def skipped(self) -> int:
        """Return the number of ticks between this one and the previous event."""
        return self.event.skipped
