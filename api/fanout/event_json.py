"""One event as JSON: the GraphQL types `Tick`, `HistoryTick` and `Gap`.

The schema's scalars (`tickql.api.schema.scalars`) define how a leaf looks; a property test compares both.
"""

from tickql.api.fanout.json_source import Derived, JsonSource, Leaf, Nested
from tickql.feed.tick import Event, Gap, second_text


def format_instant(unix_us: int) -> str:
    """Format Unix microseconds as `2025-02-19T08:02:05.053123Z`: UTC, always six digits after the second."""
    second, microseconds = divmod(unix_us, 1_000_000)
    return f"{second_text(second)}.{microseconds:06}Z"


def plain_text(value: object | None) -> bytes:
    """Return a JSON string for a text without a character that JSON escapes; `None`: null."""
    return b"null" if value is None else f'"{value}"'.encode()


class GapJson(JsonSource[Gap]):
    """The fields of a `Gap`."""

    after = Leaf(lambda gap: plain_text(gap.after))
    reason = Leaf(lambda gap: plain_text(gap.reason))
    lost = Leaf(lambda gap: b"null" if gap.lost is None else b"%d" % gap.lost)


class HistoryTickJson(JsonSource[Event]):
    """The fields of a `HistoryTick`. Symbols, cursors, prices and times need no escaping: `feed.codec` checks them."""

    symbol = Leaf(lambda event: plain_text(event.tick.symbol))
    cursor = Leaf(lambda event: plain_text(event.tick.cursor))
    seq = Leaf(lambda event: b"%d" % event.tick.seq)
    timestamp = Leaf(lambda event: plain_text(format_instant(event.tick.observed_us)))
    publishedAt = Leaf(lambda event: plain_text(format_instant(event.tick.published_us)))  # noqa: N815
    ask = Leaf(lambda event: plain_text(event.tick.ask))
    bid = Leaf(lambda event: plain_text(event.tick.bid))
    last = Leaf(lambda event: plain_text(event.tick.last))
    mid = Leaf(lambda event: plain_text(event.tick.mid))
    spread = Leaf(lambda event: plain_text(event.tick.spread))
    gap = Nested(lambda event: None if event.gap is None else GapJson(event.gap))


class EventJson(HistoryTickJson):
    """The fields of a `Tick`."""

    skipped = Leaf(lambda event: b"%d" % event.skipped)

    cursor_text = Derived(lambda event: str(event.tick.cursor).encode())
    """The cursor outside JSON: the id of a server-sent event."""
