"""What Redis keeps of a symbol, in one call: its newest tick, and its past ticks."""

from tickql.feed.history import History
from tickql.feed.page import Page
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor, Tick

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
