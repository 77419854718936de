"""Delivery of one symbol's ticks to one subscriber: every tick in order, or the newest tick at a limited rate.

Nothing is queued here: a subscriber that is not ready for its next tick does not ask its `TickReader` for one.
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

MAX_TICKS_IN_A_ROW = 16
"""How many ticks one subscriber gets before the event loop serves other tasks.

A subscriber that catches up has thousands of ticks to read without ever having to wait."""


@strawberry.enum(description="Which ticks a subscriber gets.")
class Delivery(Enum):
    """The client's choice between completeness and freshness."""

    EVERY = strawberry.enum_value(
        "EVERY",
        description="Each tick in order. A slow client gets its ticks later; a `gap` stands for ticks that are no "
        "longer stored.",
    )
    LATEST = strawberry.enum_value(
        "LATEST",
        description="The newest tick whenever the connection can send one; `skipped` counts the ticks left out.",
    )


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """A request for the ticks of one symbol.

    `after`: the stream starts after this tick; `None`: it starts with the newest tick. `max_hz`: the most events per
    second; `None`: no limit.
    """

    symbol: str
    after: Cursor | None = None
    delivery: Delivery = Delivery.EVERY
    max_hz: float | None = None

    @property
    def merges(self) -> bool:
        """Whether the subscriber gets the newest tick in place of several."""
        return self.delivery is Delivery.LATEST or self.max_hz is not None


async def deliver(follower: Follower, request: SubscriptionRequest) -> AsyncGenerator[Event, None]:
    """Yield the events of one subscriber, without end. Closing the generator ends the subscription.

    The first event comes as soon as the symbol has a tick. A rate limit delays the newest tick and never drops it.
    """
    async with follower.tail(request.symbol, request.after) as reader:
        if not request.merges:
            for count in itertools.count(1):
                yield await reader.next()
                if count % MAX_TICKS_IN_A_ROW == 0:
                    await asyncio.sleep(0)
        pace = None if request.max_hz is None else Pace(request.max_hz)
        while True:
            if pace is not None:
                await pace.wait()
            event = await reader.skip_to_newest()
            if pace is not None:
                pace.sent()
            yield event
