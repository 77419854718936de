"""The subscriptions: async generators over the feed. Arguments are checked before the stream begins."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Annotated

import strawberry
from strawberry import UNSET

from tickql.api.context import Asked
from tickql.api.errors import BadUserInput
from tickql.api.fanout.board import Board
from tickql.api.fanout.delivery import Delivery, SubscriptionRequest, deliver
from tickql.api.fanout.handoff import Handoff, offered, sent_cursor
from tickql.api.schema.arguments import FASTEST_HZ, SLOWEST_HZ, given, read_cursor, read_pace, read_symbol, read_symbols
from tickql.api.schema.status import FeedStatus
from tickql.api.schema.tick import Tick
from tickql.feed.follower import Follower

_RANGE = f"{SLOWEST_HZ:g} to {FASTEST_HZ:g}"
_TICKS = """Ticks of a symbol: the newest at once, or with `after` the one behind that cursor, then live.
No race and no repeat between the two; what could not be delivered is said by `skipped` or `gap`.
A symbol without ticks is waited for."""
_BOARD = """The newest tick of each symbol that has changed since the previous event; the first event holds all of them.
When `symbols` is left out, symbols that appear later join in."""


@strawberry.type
class Subscription:
    """What can be watched."""

    @strawberry.subscription(description=_TICKS)
    def ticks(
        self,
        info: Asked,
        symbol: str,
        after: Annotated[
            strawberry.ID | None, strawberry.argument(description="Cursor of the last tick that the client has.")
        ] = UNSET,
        delivery: Delivery = Delivery.EVERY,
        max_hz: Annotated[
            float | None,
            strawberry.argument(description=f"Events per second at most, {_RANGE}: the newest tick at that pace."),
        ] = UNSET,
    ) -> AsyncGenerator[Tick, None]:
        """Check what was asked, then stream it."""
        place = read_cursor(given(after), "after")
        if info.context.last_event_id is not None:
            place = read_cursor(info.context.last_event_id, "Last-Event-ID")
        limit = given(max_hz)
        wish = SubscriptionRequest(read_symbol(symbol), place, delivery, None if limit is None else read_pace(limit))
        handoff = offered.get()
        if handoff is not None:
            handoff.compile(info._raw_info)
        return _ticks(info.context.follower, wish, handoff)

    @strawberry.subscription(description=_BOARD)
    def board(
        self,
        info: Asked,
        symbols: list[str] | None = UNSET,
        max_hz: Annotated[float, strawberry.argument(description=f"Events per second at most, {_RANGE}.")] = 10,
    ) -> AsyncGenerator[list[Tick], None]:
        """Check what was asked, then stream it."""
        wanted = read_symbols(given(symbols))
        if wanted == []:
            raise BadUserInput("symbols", "is empty; leave it out for all symbols")
        handoff = offered.get()
        if handoff is not None:
            handoff.compile(info._raw_info)
        return _board(Board(info.context.follower, wanted, read_pace(max_hz)), handoff)

    @strawberry.subscription(description="How well the feed is heard: at once, then whenever it changes.")
    async def feed_status(self, info: Asked) -> AsyncGenerator[FeedStatus, None]:
        """From memory."""
        status = info.context.follower.status()
        while True:
            yield FeedStatus.of(status)
            status = await info.context.follower.wait_for_status_change(status)


async def _ticks(follower: Follower, wish: SubscriptionRequest, handoff: Handoff | None) -> AsyncGenerator[Tick, None]:
    async with aclosing(deliver(follower, wish)) as events:
        async for event in events:
            sent_cursor.set(event.tick.cursor)
            if handoff is not None:
                handoff.rest = replace(wish, after=event.tick.cursor)
            yield Tick.of(event)


async def _board(board: Board, handoff: Handoff | None) -> AsyncGenerator[list[Tick], None]:
    async with board:
        while True:
            events = await board.next()
            if handoff is not None:
                handoff.rest = board.rest
            yield [Tick.of(event) for event in events]
