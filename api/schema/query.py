"""The root type of queries."""

from typing import Annotated, cast

import orjson
import strawberry
from strawberry import UNSET

from tickql.api.cache.cached_query import recorded_query
from tickql.api.context import ResolverInfo
from tickql.api.fanout.event_json import EventJson
from tickql.api.fanout.feed_file_json import FeedFileJson, PageViewJson, ViewOfSource
from tickql.api.fanout.page_json import TickConnectionJson
from tickql.api.fanout.status_json import StatusJson
from tickql.api.schema.arguments import (
    DEFAULT_PAGE_TICKS,
    MAX_PAGE_TICKS,
    given,
    read_range,
    read_symbol,
    read_symbols,
)
from tickql.api.schema.encoded_value import EncodedValue, encode_value
from tickql.api.schema.feed_files import FeedFile
from tickql.api.schema.history import TickConnection
from tickql.api.schema.page_view import PageView
from tickql.api.schema.scalars import Instant
from tickql.api.schema.status import FeedStatus
from tickql.api.schema.tick import Tick
from tickql.feed.page_view import NotSeen
from tickql.feed.tick import Event

_HISTORY = f"""A page of the stored ticks of a symbol, oldest first.
`first`: the oldest ticks after the cursor `after` and from the time `from` on. `last`: the newest ticks before the
cursor `before` and the time `to`. Each is 1 to {MAX_PAGE_TICKS}. Without both, the page has the first
{DEFAULT_PAGE_TICKS} ticks if `after` or `from` is given, and the last {DEFAULT_PAGE_TICKS} otherwise.
`from` is included, `to` is not; both are compared with `timestamp`. `gap` says when a cursor names no stored tick."""


@strawberry.type
class Query:
    """All queries. A resolver whose answer the query cache can repeat records itself in `recorded_query`."""

    @strawberry.field(
        description="The newest tick of a symbol; null if it has none. Its cursor can be passed as `after`."
    )
    async def last_price(self, info: ResolverInfo, symbol: str) -> Tick | None:
        """Return the newest tick, from memory if the symbol is followed: the same tick as subscribers get."""
        # The symbol is not checked yet. If it is invalid, the query has errors and is not cached.
        if (query := recorded_query.get()) is not None:
            query.record(info._raw_info, info.context.feed.rights, [symbol])
        tick = await info.context.feed.latest(read_symbol(symbol))
        return None if tick is None else Tick.from_event(Event(tick))

    @strawberry.field(
        description="The newest tick of each symbol that has one, in the order of `symbols`. Default: all symbols."
    )
    async def last_prices(self, info: ResolverInfo, symbols: list[str] | None = UNSET) -> list[Tick]:
        """Return the newest ticks of many symbols, like `last_price`."""
        wanted = read_symbols(given(symbols))
        if (query := recorded_query.get()) is not None:
            query.record(info._raw_info, info.context.feed.rights, wanted)
        ticks = await info.context.feed.latest_of(wanted)
        encoded = await encode_value(info._raw_info, [EventJson(Event(tick)) for tick in ticks])
        return [Tick.from_event(Event(tick)) for tick in ticks] if encoded is None else cast(list[Tick], encoded)

    @strawberry.field(description="Every symbol that has ever had a tick, sorted.")
    async def symbols(self, info: ResolverInfo) -> list[str]:
        """Return all symbols, at most a second old."""
        if (query := recorded_query.get()) is not None:
            query.record(info._raw_info, info.context.feed.rights, None)
        return cast(list[str], EncodedValue(orjson.dumps(await info.context.feed.symbols())))

    @strawberry.field(description=_HISTORY)
    async def history(
        self,
        info: ResolverInfo,
        symbol: str,
        first: int | None = UNSET,
        after: strawberry.ID | None = UNSET,
        last: int | None = UNSET,
        before: strawberry.ID | None = UNSET,
        from_: Annotated[Instant | None, strawberry.argument(name="from")] = UNSET,
        to: Instant | None = UNSET,
    ) -> TickConnection:
        """Return one page of the symbol's stream in Redis."""
        page_range = read_range(
            read_symbol(symbol),
            first=given(first),
            after=given(after),
            last=given(last),
            before=given(before),
            from_us=given(from_),
            to_us=given(to),
        )
        page = await info.context.feed.history(
            symbol,
            first=page_range.first,
            last=page_range.last,
            after=page_range.after,
            before=page_range.before,
            from_us=page_range.from_us,
            to_us=page_range.to_us,
        )
        encoded = await encode_value(info._raw_info, TickConnectionJson(page))
        return TickConnection.from_page(page) if encoded is None else cast(TickConnection, encoded)

    @strawberry.field(description="The state of the price feed now.")
    async def feed_status(self, info: ResolverInfo) -> FeedStatus:
        """Return the state from memory, so that this query works whatever else has failed."""
        status = info.context.feed.status()
        encoded = await encode_value(info._raw_info, StatusJson(status))
        return FeedStatus.from_status(status) if encoded is None else cast(FeedStatus, encoded)

    @strawberry.field(
        description="Every feed file with its state, its symbols and its faults of the last hour. For operators: with "
        "a token of one, or on a server without tokens at a loopback address."
    )
    async def feed_files(self, info: ResolverInfo) -> list[FeedFile]:
        """Return what producers report, in full."""
        files = await info.context.feed.feed_files()
        encoded = await encode_value(info._raw_info, list(map(FeedFileJson, files)))
        return list(map(FeedFile.from_status, files)) if encoded is None else cast(list[FeedFile], encoded)

    @strawberry.field(
        description="What the producer of a feed file sees: it takes a picture now, unless one is less than 2 s old. "
        "For operators, as `feedFiles`."
    )
    async def page_view(self, info: ResolverInfo, feed_file: str) -> PageView:
        """Ask the producer, and wait for its answer."""
        try:
            seen = ViewOfSource(feed_file, await info.context.feed.page_view(feed_file))
        except NotSeen as reason:
            seen = ViewOfSource(feed_file, None, str(reason))
        encoded = await encode_value(info._raw_info, PageViewJson(seen))
        return PageView.from_view(seen) if encoded is None else cast(PageView, encoded)
