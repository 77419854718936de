"""The JSON texts in a received message, decoded to documents whose numbers keep every digit. No I/O."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from tickql.producer.errors import UnreadableMessage
from tickql.producer.feedfile.exact_json import DECODE_ERRORS, DECODER, describe_json_error

MAX_CHARACTERS = 4_000_000
"""The longest message that is parsed: to parse a longer one would delay all other messages."""

_BETWEEN = re.compile(r"[\s\x00\ufeff]*")
_STARTS = ("{", "[")
# Text such as "ping", or "Welcome [v1.2]", was never meant as JSON.
_JSON_INSIDE = re.compile(r"[{\[][\"{\[]")
# The separator before each text of `application/json-seq` (RFC 7464), which cannot be inside a JSON text.
_SEPARATOR = "\x1e"
# What wraps JSON has a short head. Further inside, other texts have JSON too: a page of HTML, a script.
_MAX_HEAD_CHARACTERS = 100


class UnreadPart(NamedTuple):
    """A part of a message that could not be read."""

    fault: UnreadableMessage
    document: Any = None
    """What could be read of it, only to tell whether the rule asks for it; `None`: nothing."""


Part = Any
"""A document, or an `UnreadPart`."""


def unread(raw: str, why: str, *, foreign: bool = False) -> UnreadPart:
    """Return a part that cannot be read. See `UnreadableMessage`."""
    return UnreadPart(UnreadableMessage(raw, why, foreign=foreign))


def json_parts(text: str) -> Iterable[Part]:
    """Return the documents of a text: one JSON text, or several objects and lists one after another.

    White space, U+001E, U+0000 or nothing may separate them. What follows a broken JSON text is not read, unless U+001E
    marks where the next one begins.
    """
    body = text.strip()
    try:
        document, end = DECODER.raw_decode(body)
    except DECODE_ERRORS as error:
        return _otherwise(body, f"is not JSON: {describe_json_error(error)}")
    # Nearly all messages are one JSON text: they are read in this one step.
    return (document,) if end == len(body) else _several(body, document, end)


def holds_json(text: str) -> bool:
    """Return whether a text that is not JSON has JSON near its beginning, so that its content is probably lost."""
    return text.startswith(_STARTS) or _JSON_INSIDE.search(text, 0, _MAX_HEAD_CHARACTERS) is not None


def _otherwise(body: str, why: str) -> Iterable[Part]:
    """Return the parts of a text that does not begin with JSON."""
    if _SEPARATOR in body:
        return _separated(body)
    start = _next_start(body, 0)
    if start:
        return json_parts(body[start:])
    return (unread(body, why, foreign=not holds_json(body)),)


def _separated(body: str) -> Iterator[Part]:
    for text in body.split(_SEPARATOR):
        if text and not text.isspace():
            yield from json_parts(text)


def _several(body: str, document: Any, end: int) -> Iterable[Part]:
    """Return the first document of a text, which ends at `end`, and those behind it."""
    start = _next_start(body, end)
    if start == len(body):
        return (document,)
    # Two objects may touch. Two numbers may not: `1.5` and `2` would be `1.52`.
    if not body.startswith(_STARTS):
        return _otherwise(body, f"is not JSON: extra data at character {start + 1}")
    return _separated(body) if _SEPARATOR in body else _following(body, document, start)


def _following(body: str, document: Any, start: int) -> Iterator[Part]:
    """Yield a document, and those of the JSON texts behind it, of which the first begins at `start`."""
    yield document
    while start < len(body):
        try:
            if not body.startswith(_STARTS, start):
                raise ValueError(body)
            document, end = DECODER.raw_decode(body, start)
        except DECODE_ERRORS:
            yield unread(body[start:], f"follows the JSON before it at character {start + 1}, and is not JSON")
            return
        yield document
        start = _next_start(body, end)


def _next_start(body: str, end: int) -> int:
    between = _BETWEEN.match(body, end)
    assert between is not None
    return between.end()
