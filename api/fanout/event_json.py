"""One event as JSON. Each leaf field is encoded at most once, for all selections that ask for it.

The schema's scalars (`tickql.api.schema.scalars`) define how a leaf looks; a property test compares both.
"""

from collections.abc import Callable

from tickql.feed.tick import Event, second_text


class _Leaf:
    """A lazy attribute: encoded at the first access, then stored in the instance like any other attribute."""

    def __init__(self, encode: Callable[[Event], bytes]) -> None:
        self._encode = encode

    def __set_name__(self, _: type, name: str) -> None:
        self._name = name

    def __get__(self, json: "EventJson", _: type) -> bytes:
        # This class has no `__set__`, so Python reads the instance's dictionary first from the next access on.
        encoded = json.__dict__[self._name] = self._encode(json.event)
        return encoded


def format_instant(unix_us: int) -> str:
    """Format Unix microseconds as `2025-02-19T08:02:05.053123Z`: UTC, always six digits after the second."""
    second, microseconds = divmod(unix_us, 1_000_000)
    return f"{second_text(second)}.{microseconds:06}Z"


def _text(value: object | None) -> bytes:
    # No escaping: symbols, cursors, prices and times contain no character that JSON escapes (`feed.codec` checks them).
    return b"null" if value is None else f'"{value}"'.encode()


class EventJson:
    """The leaf fields of `Tick` and `Gap` for one event, as JSON bytes, under the names that the schema gives them."""

    def __init__(self, event: Event) -> None:
        self.event = event

    symbol = _Leaf(lambda event: _text(event.tick.symbol))
    cursor = _Leaf(lambda event: _text(event.tick.cursor))
    seq = _Leaf(lambda event: b"%d" % event.tick.seq)
    timestamp = _Leaf(lambda event: _text(format_instant(event.tick.observed_us)))
    publishedAt = _Leaf(lambda event: _text(format_instant(event.tick.published_us)))  # noqa: N815 - the schema's name
    ask = _Leaf(lambda event: _text(event.tick.ask))
    bid = _Leaf(lambda event: _text(event.tick.bid))
    last = _Leaf(lambda event: _text(event.tick.last))
    mid = _Leaf(lambda event: _text(event.tick.mid))
    spread = _Leaf(lambda event: _text(event.tick.spread))
    skipped = _Leaf(lambda event: b"%d" % event.skipped)
    # Fields of `Gap`. A template asks for them only when the event has a gap.
    after = _Leaf(lambda event: _text(event.gap and event.gap.after))
    reason = _Leaf(lambda event: _text(event.gap and event.gap.reason))
    lost = _Leaf(lambda event: b"null" if event.gap is None or event.gap.lost is None else b"%d" % event.gap.lost)


LEAVES = frozenset(name for name, member in vars(EventJson).items() if isinstance(member, _Leaf))
"""The names of all leaf fields that a selection may be compiled from."""
