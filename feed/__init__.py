"""The price feed in Redis: what its writer and its readers agree on. Knows no page and no GraphQL.

For programs that want ticks straight from Redis:

    from feed import follow, history, latest

    newest = await latest("ES")
    page = await history("ES", last=100)
    async for event in follow("ES", after=newest.cursor):
        print(event.tick.last, event.gap)
"""

from collections.abc import AsyncGenerator

from tickql.feed.follower import Follower
from tickql.feed.history import History, Page
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor, Event, Gap, GapReason, Quote, Tick

__all__ = [
    "Cursor",
    "Event",
    "FeedSettings",
    "Gap",
    "GapReason",
    "Page",
    "Quote",
    "Tick",
    "follow",
    "history",
    "latest",
]


async def latest(symbol: str, settings: FeedSettings | None = None) -> Tick | None:
    """The newest tick of `symbol`; `None`: it has none.

    Raises:
        InvalidSymbol: not a symbol.
        FeedUnavailable: Redis does not answer.
    """
    async with History(settings or FeedSettings()) as reader:
        return await reader.latest(symbol)


async def history(
    symbol: str,
    *,
    first: int | None = None,
    last: int | None = None,
    after: Cursor | None = None,
    before: Cursor | None = None,
    from_us: int | None = None,
    to_us: int | None = None,
    settings: FeedSettings | None = None,
) -> Page:
    """Past ticks of `symbol`, oldest first; see `tickql.feed.history.History.page`. Without a count the last 100.

    Raises:
        InvalidSymbol: not a symbol.
        FeedUnavailable: Redis does not answer.
    """
    if first is None and last is None:
        last = 100
    async with History(settings or FeedSettings()) as reader:
        return await reader.page(
            symbol, first=first, last=last, after=after, before=before, from_us=from_us, to_us=to_us
        )


async def follow(
    symbol: str, after: Cursor | None = None, settings: FeedSettings | None = None
) -> AsyncGenerator[Event, None]:
    """Every tick of `symbol` in order: the newest at once (or the one after a cursor), then live, for ever.

    Waits while Redis is away and goes on without a hole; what could not be delivered is said in `Event.gap`. Whoever
    leaves the loop early closes the generator (`contextlib.aclosing`). A program that follows many symbols shares one
    `tickql.feed.follower.Follower` instead.

    Raises:
        InvalidSymbol: not a symbol.
    """
    async with Follower(settings or FeedSettings()) as follower, follower.tail(symbol, after) as tail:
        while True:
            yield await tail.next()
