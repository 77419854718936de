"""The root type of subscriptions. Arguments are checked before a stream begins."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry
from strawberry import UNSET

from tickql.api.context import ResolverInfo
from tickql.api.errors import BadUserInput
from tickql.api.fanout.board import Board
from tickql.api.fanout.delivery import Delivery
from tickql.api.fanout.handoff import hand_off, last_sent_cursor, nothing
from tickql.api.schema.arguments import (
    MAX_RATE_HZ,
    MIN_RATE_HZ,
    given,
    read_cursor,
    read_max_hz,
    read_symbol,
    read_symbols,
)
from tickql.api.schema.status import FeedStatus
from tickql.api.schema.tick import Tick
from tickql.feed import health as feed_health
from tickql.feed.tick import Event

_RATES = f"{MIN_RATE_HZ:g} to {MAX_RATE_HZ:g}"
_TICKS = """Ticks of a symbol. The first event is the newest tick, or with `after` the tick that follows that cursor.
Each new tick follows; none is lost or repeated between stored and new ticks. `skipped` counts ticks that were left out,
and `gap` stands for ticks that could not be delivered. A symbol may have no ticks yet: the first event is then its
first tick."""
_BOARD = """The newest tick of each symbol that has changed since the previous event. The first event has every symbol
that has a tick. More than 256 KiB come as several events, each with some of the symbols. Without `symbols`, the board
has every symbol, including symbols that appear later."""


@strawberry.type
class Subscription:
    """All subscriptions. Each resolver offers its request to the engine (see `handoff`), and else serves it itself."""

    @strawberry.subscription(description=_TICKS)
    def ticks(
        self,
        info: ResolverInfo,
        symbol: str,
        after: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Cursor of the last tick of this symbol that the client has received."),
        ] = UNSET,
        delivery: Delivery = Delivery.EVERY,
        max_hz: Annotated[
            float | None,
            strawberry.argument(description=f"The most events per second, {_RATES}. Each event has the newest tick."),
        ] = UNSET,
    ) -> AsyncGenerator[Tick, None]:
        """Return the stream of one symbol's ticks."""
        cursor = read_cursor(given(after), "after", read_symbol(symbol))
        # A browser's `EventSource` reconnects with the document of its first request: `after` is then out of date.
        if info.context.last_event_id is not None:
            cursor = read_cursor(info.context.last_event_id, "Last-Event-ID", symbol)
        rate_hz = given(max_hz)
        max_rate_hz = None if rate_hz is None else read_max_hz(rate_hz)
        request = info.context.feed.ticks_request(symbol, cursor, delivery, max_rate_hz)
        # The selection is part of graphql-core's own `info`: Strawberry's has no public access to it.
        if hand_off(info._raw_info, request):
            return nothing()
        return _ticks(info.context.feed.ticks(request))

    @strawberry.subscription(description=_BOARD)
    def board(
        self,
        info: ResolverInfo,
        symbols: list[str] | None = UNSET,
        max_hz: Annotated[float, strawberry.argument(description=f"The most events per second, {_RATES}.")] = 10,
    ) -> AsyncGenerator[list[Tick], None]:
        """Return the stream of many symbols' newest ticks."""
        wanted = read_symbols(given(symbols))
        if wanted == []:
            raise BadUserInput("symbols", "is empty; leave it out for all symbols")
        rate_hz = read_max_hz(max_hz)
        request = info.context.feed.board_request(wanted, rate_hz)
        return nothing() if hand_off(info._raw_info, request) else _board(info.context.feed.board(request))

    @strawberry.subscription(
        description="The state of the price feed: now, then at each change, at most twice a second."
    )
    def feed_status(self, info: ResolverInfo) -> AsyncGenerator[FeedStatus, None]:
        """Return the stream of states."""
        request = info.context.feed.status_request()
        return nothing() if hand_off(info._raw_info, request) else _statuses(info.context.feed.statuses(request))


async def _ticks(events: AsyncGenerator[Event, None]) -> AsyncGenerator[Tick, None]:
    # A client that disconnects closes this generator. Without `aclosing`, `events` would keep its reader until the
    # garbage collector runs.
    async with aclosing(events):
        async for event in events:
            last_sent_cursor.set(event.tick.cursor)
            yield Tick.from_event(event)


async def _board(board: Board) -> AsyncGenerator[list[Tick], None]:
    async with board:
        while True:
            yield [Tick.from_event(event) for event in await board.next()]


async def _statuses(statuses: AsyncGenerator[feed_health.FeedStatus, None]) -> AsyncGenerator[FeedStatus, None]:
    async with aclosing(statuses):
        async for status in statuses:
            yield FeedStatus.from_status(status)
