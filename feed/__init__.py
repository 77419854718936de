"""The price feed in Redis: the keys, messages and scripts that its writer and its readers share.

The feed knows no web page and no GraphQL, and imports no other package of tickql. Programs of users follow it with
`tickql_client`. What Redis keeps, a test of a recording, say, reads with the functions here:

    from tickql.feed import history, latest

    newest = await latest("ES")
    page = await history("ES", last=100)

The producer and the API import the modules of this package: `publisher` and `lease` to write, `follower` and `history`
to read, `tick`, `codec` and `status` for the values and messages, `embedded` for a server of their own.
"""

from tickql.feed.history import History
from tickql.feed.page import Page
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
    "history",
    "latest",
]

_HISTORY_TICKS = 100
"""How many ticks `history` returns without a count: a screenful."""


async def latest(symbol: str, settings: FeedSettings | None = None) -> Tick | None:
    """Return the newest tick of `symbol`; `None`: it has none.

    Raises:
        InvalidSymbol: `symbol` is not a symbol.
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
    """Return past ticks of `symbol`, oldest first: those that `tickql.feed.history.History.page` selects.

    Without `first` and `last`, the newest 100 ticks of the range.

    Raises:
        InvalidSymbol: `symbol` is not a symbol.
        InvalidCursor: a cursor belongs to another symbol.
        FeedUnavailable: Redis does not answer.
    """
    if first is None and last is None:
        last = _HISTORY_TICKS
    async with History(settings or FeedSettings()) as reader:
        return await reader.page(
            symbol, first=first, last=last, after=after, before=before, from_us=from_us, to_us=to_us
        )
