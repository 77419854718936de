"""The queries."""

import asyncio
from typing import Annotated

import strawberry
from strawberry import UNSET

from tickql.api.cache.query_cache import noted
from tickql.api.context import Asked
from tickql.api.schema.arguments import DEFAULT_PAGE, LARGEST_PAGE, given, read_range, read_symbol, read_symbols
from tickql.api.schema.history import TickConnection
from tickql.api.schema.scalars import Instant
from tickql.api.schema.status import FeedStatus
from tickql.api.schema.tick import Tick
from tickql.feed.tick import Event

_HISTORY = f"""Ticks of a symbol that are still kept, as a page, oldest first.
`first` takes the oldest ticks behind `after` and from `from` on, `last` the newest ones before `before` and `to`;
each takes 1 to {LARGEST_PAGE}. With neither, it is the first {DEFAULT_PAGE} if `after` or `from` is given,
and the last {DEFAULT_PAGE} otherwise. `from` is included and `to` is not; both mean `timestamp`."""


@strawberry.type
class Query:
    """What can be asked once."""

    @strawberry.field(description="The newest tick of a symbol; null when there is none. Its cursor works as `after`.")
    async def last_price(self, info: Asked, symbol: str) -> Tick | None:
        """From memory once the symbol is followed: the same tick that the stream shows."""
        if (recipe := noted.get()) is not None:
            recipe.add(info._raw_info, [symbol])
        tick = await info.context.follower.latest(read_symbol(symbol))
        return None if tick is None else Tick.of(Event(tick))

    @strawberry.field(
        description="The newest tick of each symbol that has one, in the order asked; of all symbols when left out."
    )
    async def last_prices(self, info: Asked, symbols: list[str] | None = UNSET) -> list[Tick]:
        """Like `last_price`, for many."""
        follower = info.context.follower
        wanted = read_symbols(given(symbols))
        if (recipe := noted.get()) is not None:
            recipe.add(info._raw_info, wanted)
        if wanted is None:
            wanted = await follower.symbols()
        ticks = await asyncio.gather(*(follower.latest(symbol) for symbol in wanted))
        return [Tick.of(Event(tick)) for tick in ticks if tick is not None]

    @strawberry.field(description="Every symbol seen so far, sorted.")
    async def symbols(self, info: Asked) -> list[str]:
        """As of the last second."""
        if (recipe := noted.get()) is not None:
            recipe.add(info._raw_info, None)
        return await info.context.follower.symbols()

    @strawberry.field(description=_HISTORY)
    async def history(
        self,
        info: Asked,
        symbol: str,
        first: int | None = UNSET,
        after: strawberry.ID | None = UNSET,
        last: int | None = UNSET,
        before: strawberry.ID | None = UNSET,
        from_: Annotated[Instant | None, strawberry.argument(name="from")] = UNSET,
        to: Instant | None = UNSET,
    ) -> TickConnection:
        """One page of the symbol's stream in Redis."""
        asked = read_range(
            first=given(first),
            after=given(after),
            last=given(last),
            before=given(before),
            from_us=given(from_),
            to_us=given(to),
        )
        page = await info.context.follower.history.page(
            read_symbol(symbol),
            first=asked.first,
            last=asked.last,
            after=asked.after,
            before=asked.before,
            from_us=asked.from_us,
            to_us=asked.to_us,
        )
        return TickConnection.of(page)

    @strawberry.field(description="How well the feed is heard right now.")
    def feed_status(self, info: Asked) -> FeedStatus:
        """From memory, so that it answers whatever has failed."""
        return FeedStatus.of(info.context.follower.status())
