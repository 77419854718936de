"""The framing that a message seems to have, for error messages and for `tickql discover`. No I/O."""

import re
from collections.abc import Iterator
from typing import Any

from tickql.producer.feedfile.framing import NamedFraming
from tickql.producer.feedfile.json_number import JsonNumber
from tickql.producer.streams.json_texts import json_parts
from tickql.producer.streams.message_pack import is_message_pack

_PHOENIX_ITEMS = 5
# Only the beginning of a text is looked at: a message may be long, and nearly all are plain JSON.
_TEXTS = (
    ("~m~{length}~m~", re.compile(r"~m~[0-9]+~m~")),
    (NamedFraming.STOMP, re.compile(r"(?:[am]\[?\")?(?:MESSAGE|CONNECTED)(?:\\n|\r?\n)[\w-]+:")),
    (NamedFraming.SOCKJS, re.compile(r"a\[\"")),
    (
        NamedFraming.SOCKET_IO,
        re.compile(r"(?:[0-6][^\x1e]{0,50}\x1e)?4[2356](?:[0-9]+-)?(?:/[^,\[{]{0,200},)?[0-9]*\[|40(?:\{\"sid\"|/)"),
    ),
    (NamedFraming.SOCKET_IO, re.compile(r"[0-9]+:(?:4[2356]|0\{\"sid\")")),
    (NamedFraming.ENGINE_IO, re.compile(r"0\{\"sid\"|4[\[{]")),
)
_PREFIX = re.compile(r"[^\[{]{1,30}?(?=[\[{][\"{\[\]}])")
_SIGNALR_BYTES = re.compile(rb"[\x04-\xff][\x00-\x7f]?[\x95\x96][\x01-\x03][\x80-\x8f]")
# The keys of a packet of Socket.IO in MessagePack, each behind the byte with its type and length.
_SOCKET_IO_KEYS = (b"\xa4type", b"\xa3nsp", b"\xa4data")
MAX_LOOKED_AT = 300
"""The characters of a text that are looked at."""


def framing_of(message: str | bytes) -> str | None:
    """Return the `framing` that reads a message; `None`: none is needed, or none is known."""
    if isinstance(message, bytes):
        return _framing_of_bytes(message)
    head = message[:MAX_LOOKED_AT].lstrip()
    for name, pattern in _TEXTS:
        if pattern.match(head):
            return name
    return next((name for name in map(_framing_of_document, _documents(message)) if name), None)


def advice_for(text: str) -> str:
    """Return, for people, which key reads a text that is not JSON; empty: nothing is known."""
    name = framing_of(text[:MAX_LOOKED_AT])
    if name is not None:
        return f'; framing = "{name}" may read it'
    prefix = _PREFIX.match(text)
    if prefix is None or "\n" in prefix[0]:
        return ""
    return f'; prefix = "{re.sub("[0-9]+", "{number}", prefix[0])}" may read it'


def _framing_of_bytes(message: bytes) -> str | None:
    # Engine.IO had the type of a packet before the bytes.
    if is_message_pack(message) or (message.startswith(b"\x04") and is_message_pack(message[1:2])):
        return NamedFraming.SOCKET_IO if all(key in message for key in _SOCKET_IO_KEYS) else None
    return NamedFraming.SIGNALR if _SIGNALR_BYTES.match(message) else None


def _documents(text: str) -> Iterator[Any]:
    return iter(json_parts(text)) if text.rstrip("\x1e ").endswith(("}", "]")) else iter(())


def _framing_of_document(document: Any) -> str | None:
    if isinstance(document, list) and len(document) == _PHOENIX_ITEMS:
        is_phoenix = isinstance(document[4], dict) and all(isinstance(each, str) for each in document[2:4])
        are_refs = all(each is None or isinstance(each, str) for each in document[:2])
        return NamedFraming.PHOENIX if is_phoenix and are_refs else None
    if not isinstance(document, dict):
        return None
    if isinstance(document.get("type"), JsonNumber) and isinstance(document.get("arguments"), list):
        return NamedFraming.SIGNALR
    has_event = isinstance(document.get("event"), str) and isinstance(document.get("data"), str)
    return NamedFraming.PUSHER if has_event and document["data"].lstrip().startswith(("{", "[")) else None
