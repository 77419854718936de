"""One delivery as JSON, each leaf encoded at most once however many questions ask for it.

What a leaf looks like is settled by the schema's scalars (`api.schema.scalars`); a test holds the two together.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from feed.tick import Event


class EventJson:
    """The leaves of `Tick` for one event, as JSON bytes, under the names of the schema's fields."""

    def __init__(self, event: Event) -> None:
        self.event = event

    def __getattr__(self, leaf: str) -> bytes:
        """Encode a leaf when it is first asked for; from then on it is an attribute like any other."""
        encoded = _LEAVES[leaf](self.event)
        setattr(self, leaf, encoded)
        return encoded


def format_instant(at: datetime) -> str:
    """`2025-02-19T08:02:05.053123Z`: UTC, always six digits of a second."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _text(value: object | None) -> bytes:
    """Quoted without escaping: symbols, cursors, prices and times hold nothing that JSON would escape."""
    return b"null" if value is None else f'"{value}"'.encode()


_LEAVES: dict[str, Callable[[Event], bytes]] = {
    "symbol": lambda event: _text(event.tick.symbol),
    "cursor": lambda event: _text(event.tick.cursor),
    "seq": lambda event: b"%d" % event.tick.seq,
    "timestamp": lambda event: _text(format_instant(event.tick.observed_at)),
    "publishedAt": lambda event: _text(format_instant(event.tick.published_at)),
    "ask": lambda event: _text(event.tick.ask),
    "bid": lambda event: _text(event.tick.bid),
    "last": lambda event: _text(event.tick.last),
    "mid": lambda event: _text(event.tick.mid),
    "spread": lambda event: _text(event.tick.spread),
    "skipped": lambda event: b"%d" % event.skipped,
    # Of the gap, reached only when there is one.
    "after": lambda event: _text(event.gap and event.gap.after),
    "reason": lambda event: _text(event.gap and event.gap.reason),
    "lost": lambda event: b"null" if event.gap is None or event.gap.lost is None else b"%d" % event.gap.lost,
}
LEAVES = frozenset(_LEAVES)
