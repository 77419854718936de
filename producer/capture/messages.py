"""What the observer says: readings and beats. Nothing else knows the shape of its messages. No I/O.

The observer's world is out of the page's reach, but its process is not: a message of another shape is refused whole.
"""

import json
from typing import Any, Literal, NamedTuple

import orjson

from tickql.feed.tick import MAX_UNIX_US
from tickql.producer.errors import MalformedMessage
from tickql.producer.feedfile.price_fields import FIELD_NAMES


class Reading(NamedTuple):
    """One symbol's raw texts at one moment, as one rule of the feed file finds them.

    `None` is a field that was not found; an empty text is one that is there and shows nothing.
    """

    us: int
    """The page's clock, Unix microseconds."""
    rule: int
    symbol: str
    """As the page writes it: not checked."""
    texts: tuple[str | None, ...]
    """Of ask, bid and last."""


class Place(NamedTuple):
    """Where one field of one symbol is: by the `candidate`-th selector, `matches` elements.

    -1 matches: there is one, but it has not what is to be read of it.
    """

    matches: int
    candidate: int


NOWHERE = Place(0, 0)


class Flush(NamedTuple):
    """What changed since the flush before."""

    readings: tuple[Reading, ...]


class Heartbeat(NamedTuple):
    """The page is alive, and this is how well it is seen. Counts are since the document was opened."""

    generation: int
    """One document of one frame."""
    seq: int
    us: int
    """The page's clock, Unix microseconds."""
    top: bool
    """The page itself, not a frame in it."""
    href: str
    title: str
    visible: bool
    timer_hz: float | None
    """How often a 10 ms timer fires a second; `None`: not measured yet."""
    interval_ms: float
    """The sample interval, wider than the feed file's if this side cannot keep up."""
    conflated: int
    """Changes that came faster than the sample interval."""
    missed: int
    """Changes that only the sweep found."""
    faults: int
    """Errors in the observer; `fault` is the last of them."""
    fault: str | None
    invalid: tuple[tuple[str, str], ...]
    """Selectors that the browser refuses, and why."""
    groups: dict[int, tuple[int, int]]
    """Of each table and labelled rule: rows or boxes, and how many of them say no symbol."""
    places: dict[tuple[int, str], tuple[Place | None, ...]]
    """Of each rule and symbol with anything on the page: ask, bid and last; `None`: not in the feed file."""
    marks: frozenset[int] = frozenset()
    """Which marks are there (see `tickql.producer.feedfile.markers`)."""


class Want(NamedTuple):
    """What the observer cannot get by itself, and the debugging protocol can."""

    what: Literal["names", "roots"]
    """`names`: accessible names that are kept ready; `roots`: the document's closed shadow roots."""


def decode(payload: str) -> Flush | Heartbeat | Want:
    """Read one message.

    Raises:
        MalformedMessage: any other text.
    """
    try:
        fields = _object(payload)
        match fields["kind"]:
            case "flush":
                return Flush(tuple(_reading(*row) for row in fields["readings"]))
            case "beat":
                return _heartbeat(fields)
            case "want" if fields["what"] in ("names", "roots"):
                return Want(fields["what"])
        raise MalformedMessage(f"kind {fields['kind']!r:.40}")
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise MalformedMessage(f"{type(error).__name__}: {error}") from error


def _object(payload: str) -> Any:
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        # A page may cut a text in the middle of a character. orjson refuses the half of one; here it becomes a "?".
        return orjson.loads(json.dumps(json.loads(payload), ensure_ascii=False).encode(errors="replace"))


def _reading(us: Any, rule: Any, symbol: Any, *texts: Any) -> Reading:
    if type(us) is not int or not 0 <= us <= MAX_UNIX_US or type(rule) is not int or type(symbol) is not str:
        raise TypeError("a reading of another shape")
    if len(texts) != len(FIELD_NAMES) or not all(text is None or type(text) is str for text in texts):
        raise TypeError("texts of another shape")
    return Reading(us, rule, symbol, texts)


def _heartbeat(fields: dict[str, Any]) -> Heartbeat:
    return Heartbeat(
        generation=int(fields["generation"]),
        seq=int(fields["seq"]),
        us=int(fields["us"]),
        top=bool(fields["top"]),
        href=str(fields["href"]),
        title=str(fields["title"]),
        visible=bool(fields["visible"]),
        timer_hz=None if fields["timer_hz"] is None else float(fields["timer_hz"]),
        interval_ms=float(fields["interval_ms"]),
        conflated=int(fields["conflated"]),
        missed=int(fields["missed"]),
        faults=int(fields["faults"]),
        fault=None if fields["fault"] is None else str(fields["fault"]),
        invalid=tuple((str(selector), str(why)) for selector, why in fields["invalid"]),
        groups={int(rule): (int(units), int(nameless)) for rule, units, nameless in fields["groups"]},
        places={
            (int(rule), str(symbol)): tuple(None if place is None else Place(*map(int, place)) for place in places)
            for rule, symbol, *places in fields["places"]
        },
        marks=frozenset(map(int, fields["marks"])),
    )
