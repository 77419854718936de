"""Events and statuses of the feed as messages for a sink. No I/O."""

from collections.abc import Iterable, Sequence

import orjson

from tickql.feed.health import FeedStatus, SymbolHealth, public_reason
from tickql.feed.tick import Cursor, Event, Gap, Tick
from tickql.relay.sink import Batch, Message, MessageKind

FEED_KEY = "feed"
"""The key of statuses of the whole feed."""


def batch_of(statuses: Iterable[Message], events: Sequence[Event]) -> Batch:
    """Return statuses and events, whose ticks have their messages, as a batch. The statuses come first."""
    messages = list(statuses)
    places: dict[str, Cursor] = {}
    for tick, _, gap in events:
        cursor = tick.cursor
        if gap is not None:
            messages.append(gap_message(gap, tick))
        messages.append(Message(MessageKind.TICK, cursor.symbol, cursor, tick.message))
        places[cursor.symbol] = cursor
    return Batch(messages, places)


def gap_message(gap: Gap, tick: Tick) -> Message:
    """Return the message that stands for ticks that are missing before a tick."""
    body = {
        "type": "gap",
        "symbol": tick.symbol,
        "reason": gap.reason,
        "lost": gap.lost,
        "after": None if gap.after is None else str(gap.after),
        "cursor": str(tick.cursor),
    }
    return Message(MessageKind.GAP, tick.symbol, tick.cursor, orjson.dumps(body))


class StatusMessages:
    """Makes messages of the changes from status to status. The first status is a change of everything."""

    def __init__(self) -> None:
        self._feed: tuple[str, str | None] | None = None
        self._symbols: dict[str, tuple[str, str | None]] = {}

    def changes(self, status: FeedStatus) -> list[Message]:
        """Return a message for each symbol whose state or reason has changed, and one for the feed, if its has."""
        messages = []
        shown = (status.state.value, public_reason(status))
        if shown != self._feed:
            self._feed = shown
            messages.append(_status(FEED_KEY, None, status))
        for symbol in status.symbols:
            shown = (symbol.state.value, public_reason(symbol))
            if self._symbols.get(symbol.symbol) != shown:
                self._symbols[symbol.symbol] = shown
                messages.append(_status(symbol.symbol, symbol.symbol, symbol))
        return messages


def _status(key: str, symbol: str | None, status: FeedStatus | SymbolHealth) -> Message:
    body = {
        "type": "status",
        "symbol": symbol,
        "state": status.state,
        "reason": public_reason(status),
        "since_us": status.since_us,
    }
    return Message(MessageKind.STATUS, key, None, orjson.dumps(body))
