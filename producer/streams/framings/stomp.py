"""STOMP: frames of a command, headers and a body, up to a NUL; also inside SockJS. No I/O.

https://stomp.github.io/stomp-specification-1.2.html
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tickql.producer.streams.framings.json_protocols import json_or_text
from tickql.producer.streams.framings.sockjs import split_sockjs
from tickql.producer.streams.json_texts import Part, UnreadPart, unread
from tickql.producer.streams.line_parsers import LINE_END

_HEAD = re.compile(r"([A-Z]{3,20})\r?\n((?:[^\r\n\x00]+\r?\n)*)\r?\n")
_LINE_ENDS = re.compile(r"[\r\n]*")
_ESCAPES = {r"\r": "\r", r"\n": "\n", r"\c": ":", r"\\": "\\"}
_ESCAPED = re.compile(r"\\[rnc\\]")
_SOCKJS = re.compile(r"\s*(?:a\[|m\"|c\[|[oh]\s*$)")


class _Frame(NamedTuple):
    command: str
    headers: dict[str, str]
    body: str
    end: int
    """The position behind the frame."""


def stomp_parts(data: str | bytes) -> Iterator[Part]:
    """Yield `{command, headers, body}` of each MESSAGE frame; a body that is JSON is decoded. Other frames are foreign.

    An ERROR frame is an unread part that is not foreign: the server says that it will send no more.
    """
    if isinstance(data, bytes):
        yield unread(repr(data[:40]), "is bytes: only texts of STOMP are read")
    elif _SOCKJS.match(data):
        for message in split_sockjs(data):
            yield from [message] if isinstance(message, UnreadPart) else _frames(message)
    else:
        yield from _frames(data)


def _frames(text: str) -> Iterator[Part]:
    start = _behind_line_ends(text, 0)
    if start == len(text):
        yield unread(text, "is a heart-beat of STOMP", foreign=True)
    while start < len(text):
        frame = _frame(text, start)
        if frame is None:
            yield unread(text[start:], "is no whole STOMP frame: command, headers, empty line, body, NUL")
            return
        yield _document(frame)
        start = _behind_line_ends(text, frame.end)


def _frame(text: str, start: int) -> _Frame | None:
    head = _HEAD.match(text, start)
    if head is None:
        return None
    headers: dict[str, str] = {}
    for line in filter(None, LINE_END.split(head[2])):
        name, _, value = line.partition(":")
        # Of a header that is repeated, the first value counts.
        headers.setdefault(_unescaped(name), _unescaped(value))
    end = _body_end(text, head.end(), headers.get("content-length", ""))
    if end is None or not text.startswith("\x00", end):
        return None
    return _Frame(head[1], headers, text[head.end() : end], end + 1)


def _body_end(text: str, start: int, length: str) -> int | None:
    """Return where the body ends: after `length` bytes of UTF-8, or before the next NUL; `None`: it is cut off."""
    next_null = text.find("\x00", start)
    if next_null < 0:
        return None
    if not re.fullmatch("[0-9]{1,8}", length):
        return next_null
    # Nearly always the body has no NUL in it. Then nothing is to be counted.
    if len(text[start:next_null].encode(errors="surrogatepass")) == int(length):
        return next_null
    body = text[start : start + int(length)].encode(errors="surrogatepass")[: int(length)]
    return start + len(body.decode(errors="ignore")) if len(body) == int(length) else None


def _document(frame: _Frame) -> Part:
    shown = f"{frame.command} {frame.headers.get('message') or frame.body}"
    if frame.command == "ERROR":
        return unread(shown, "is an ERROR frame of STOMP: the server has closed the subscription")
    if frame.command != "MESSAGE":
        return unread(shown, "is no MESSAGE frame of STOMP", foreign=True)
    document = {"command": frame.command, "headers": frame.headers, "body": frame.body}
    try:
        return {**document, "body": json_or_text(frame.body)}
    except ValueError as error:
        return UnreadPart(unread(shown, f"has a body that is not JSON: {error}").fault, document)


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: _ESCAPES[found[0]], text)


def _behind_line_ends(text: str, start: int) -> int:
    found = _LINE_ENDS.match(text, start)
    assert found is not None
    return found.end()
