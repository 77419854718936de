"""How the ticks of one symbol reach one subscriber: every tick in order, or the newest at a pace.

Nothing is queued here: a subscriber that is not ready for its next tick simply does not ask its `Tail` for one.
"""

import asyncio
import itertools
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from enum import Enum

import strawberry

from tickql.api.fanout.pace import Pace
from tickql.feed.follower import Follower
from tickql.feed.tick import Cursor, Event

_TURN = 16
"""Ticks that one subscriber may get in a row: whoever catches up must not hold up its neighbours."""


@strawberry.enum(description="Which ticks a subscriber gets.")
class Delivery(Enum):
    """The client's choice between completeness and freshness."""

    EVERY = strawberry.enum_value(
        "EVERY", description="Each tick in order. Whoever is slow gets them later; what is no longer kept is a `gap`."
    )
    LATEST = strawberry.enum_value(
        "LATEST", description="The newest tick whenever the connection can take one; `skipped` counts those merged."
    )


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """What a subscriber asked of one symbol.

    `after`: go on behind this tick; `None`: begin with the newest. `max_hz`: events per second at most; `None`: as many
    as there are.
    """

    symbol: str
    after: Cursor | None = None
    delivery: Delivery = Delivery.EVERY
    max_hz: float | None = None

    @property
    def merges(self) -> bool:
        """Whether ticks may be merged into a newer one."""
        return self.delivery is Delivery.LATEST or self.max_hz is not None


async def deliver(follower: Follower, wish: SubscriptionRequest) -> AsyncGenerator[Event, None]:
    """The events of one subscriber, without end; closing it frees its place.

    The first comes at once (as soon as the symbol has a tick). The last state always comes: pacing delays, never drops.
    """
    async with follower.tail(wish.symbol, wish.after) as tail:
        if not wish.merges:
            for count in itertools.count(1):
                yield await tail.next()
                if count % _TURN == 0:
                    await asyncio.sleep(0)
        pace = None if wish.max_hz is None else Pace(wish.max_hz)
        while True:
            if pace is not None:
                await pace.wait()
            event = await tail.skip_to_newest()
            if pace is not None:
                pace.sent()
            yield event
