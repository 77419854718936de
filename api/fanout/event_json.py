"""One delivery as JSON, each leaf encoded at most once however many questions ask for it.

What a leaf looks like is settled by the schema's scalars (`tickql.api.schema.scalars`); a test holds the two together.
"""

from collections.abc import Callable

from tickql.feed.tick import Event, second_text


class _Leaf:
    """Encoded when it is first asked for; from then on an attribute like any other."""

    def __init__(self, encode: Callable[[Event], bytes]) -> None:
        self._encode = encode

    def __set_name__(self, _: type, name: str) -> None:
        self._name = name

    def __get__(self, json: "EventJson", _: type) -> bytes:
        encoded = json.__dict__[self._name] = self._encode(json.event)
        return encoded


def format_instant(unix_us: int) -> str:
    """Unix microseconds as `2025-02-19T08:02:05.053123Z`: UTC, always six digits of a second."""
    second, microseconds = divmod(unix_us, 1_000_000)
    return f"{second_text(second)}.{microseconds:06}Z"


def _text(value: object | None) -> bytes:
    """Quoted without escaping: symbols, cursors, prices and times hold nothing that JSON would escape."""
    return b"null" if value is None else f'"{value}"'.encode()


class EventJson:
    """The leaves of `Tick` for one event, as JSON bytes, under the names of the schema's fields."""

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
    # Of the gap, reached only when there is one.
    after = _Leaf(lambda event: _text(event.gap and event.gap.after))
    reason = _Leaf(lambda event: _text(event.gap and event.gap.reason))
    lost = _Leaf(lambda event: b"null" if event.gap is None or event.gap.lost is None else b"%d" % event.gap.lost)


LEAVES = frozenset(name for name, member in vars(EventJson).items() if isinstance(member, _Leaf))
