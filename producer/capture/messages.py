"""The messages of the observer: flushes of readings, heartbeats and requests. No I/O.

This module alone knows the shape of the JSON. The page cannot reach the observer's isolated world, but it shares its
process with the observer, so its messages are not trusted: one of any other shape is refused as a whole.
"""

import json
from typing import Any, Literal, NamedTuple

import orjson

from tickql.feed.tick import MAX_MERGED, MAX_UNIX_US
from tickql.producer.errors import MalformedMessage


class Reading(NamedTuple):
    """The raw texts of one symbol at one moment, as one rule of the feed file finds them.

    `None`: the field was not found. An empty text: the field is there and shows nothing.
    """

    us: int
    """Time by the page's clock, Unix microseconds."""
    rule: int
    """Index of the rule in the feed file."""
    symbol: str
    """As the page writes it. Not checked."""
    texts: tuple[str | None, ...]
    """The texts of ask, bid and last."""
    merged: int = 0
    """Earlier changes that this reading replaced, because this program did not process messages for too long."""


class FieldPlace(NamedTuple):
    """Where one field of one symbol was found on the page."""

    matches: int
    """Elements that match the selector; -1: one matches, but lacks what is to be read (such as an attribute)."""
    candidate: int
    """Which of the field's selectors is in use, from 0."""
    is_rendered: bool = True
    """Whether the browser renders the element. If not, as in a hidden tab, only the structure tells what a person sees
    there: the text is read by stricter rules."""


NOT_FOUND = FieldPlace(0, 0)


class Flush(NamedTuple):
    """The readings since the flush before, in order of time for each symbol."""

    readings: tuple[Reading, ...]
    seq: int = 0
    """Number of the message in its document, as in `Heartbeat`."""


class Heartbeat(NamedTuple):
    """A sign of life of one frame, each second and on important changes. Counts begin when the document opens."""

    generation: int
    """A random number of this document: another number means that the frame shows another document."""
    seq: int
    """Number of the message in this document, from 1; flushes and requests count too."""
    us: int
    """Time by the page's clock, Unix microseconds."""
    top: bool
    """Whether this is the page itself, not a frame in it."""
    href: str
    title: str
    visible: bool
    timer_hz: float | None
    """How often a 10 ms timer fires in a second; `None`: not measured yet. Far below 100: the page is short of time."""
    behind: bool
    """Whether this program has not kept up since the heartbeat before: changes were merged, or would be now."""
    conflated: int
    """Changes that came faster than the sample interval, and were replaced by newer ones."""
    merged: int
    """Changes that were replaced by newer ones because this program did not process messages for too long."""
    missed: int
    """Changes that no mutation announced: only the sweep found them."""
    faults: int
    """Exceptions in the observer. `fault` is the newest of them, for 10 s."""
    fault: str | None
    invalid: tuple[tuple[str, str], ...]
    """Selectors that the browser refuses, each with the browser's message."""
    groups: dict[int, tuple[int, int]]
    """For each table and labelled rule: how many rows or boxes there are, and how many of them show no symbol."""
    places: dict[tuple[int, str], tuple[FieldPlace | None, ...]]
    """For each rule and symbol that the page shows: the places of ask, bid and last; `None`: not in the feed file."""
    markers: frozenset[int] = frozenset()
    """Indexes of the markers that are on the page (see `feedfile.markers.page_markers`)."""


class ObserverRequest(NamedTuple):
    """A request for something that no script in the page can get, but the DevTools Protocol can."""

    what: Literal["names", "roots"]
    """`names`: keep the accessible names of elements ready. `roots`: the document's closed shadow roots."""


def decode_message(payload: str) -> Flush | Heartbeat | ObserverRequest:
    """Decode one message.

    Raises:
        MalformedMessage: the text is not a message of the observer.
    """
    try:
        fields = _load_json(payload)
        match fields["kind"]:
            case "flush":
                return Flush(tuple(_reading(*row) for row in fields["readings"]), int(fields["seq"]))
            case "beat":
                return _heartbeat(fields)
            case "want" if fields["what"] in ("names", "roots"):
                return ObserverRequest(fields["what"])
        raise MalformedMessage(f"kind {fields['kind']!r:.40}")
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise MalformedMessage(f"{type(error).__name__}: {error}") from error


def _load_json(payload: str) -> Any:
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        # A page may cut a text in the middle of a character, in half a surrogate pair. orjson refuses such a half; the
        # standard library reads it, and encoding makes it a "?".
        return orjson.loads(json.dumps(json.loads(payload), ensure_ascii=False).encode(errors="replace"))


def _reading(us: Any, rule: Any, symbol: Any, ask: Any, bid: Any, last: Any, merged: Any) -> Reading:
    if type(us) is not int or not 0 <= us <= MAX_UNIX_US or type(rule) is not int or type(symbol) is not str:
        raise TypeError("unexpected shape of a reading")
    for text in (texts := (ask, bid, last)):
        if text is not None and type(text) is not str:
            raise TypeError("unexpected shape of the texts of a reading")
    if type(merged) is not int or not 0 <= merged <= MAX_MERGED:
        raise TypeError("unexpected count of merged changes")
    return Reading(us, rule, symbol, texts, merged)


def _field_place(matches: Any, candidate: Any, is_rendered: Any) -> FieldPlace:
    return FieldPlace(int(matches), int(candidate), bool(is_rendered))


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
        behind=bool(fields["behind"]),
        conflated=int(fields["conflated"]),
        merged=int(fields["merged"]),
        missed=int(fields["missed"]),
        faults=int(fields["faults"]),
        fault=None if fields["fault"] is None else str(fields["fault"]),
        invalid=tuple((str(selector), str(why)) for selector, why in fields["invalid"]),
        groups={int(rule): (int(units), int(nameless)) for rule, units, nameless in fields["groups"]},
        places={
            (int(rule), str(symbol)): tuple(None if place is None else _field_place(*place) for place in places)
            for rule, symbol, *places in fields["places"]
        },
        markers=frozenset(map(int, fields["marks"])),
    )
