"""Messages of a RabbitMQ stream, which are AMQP 1.0: a section of properties and one of data. No I/O.

`rstream` encodes them too, in more than ten times the CPU.
"""

import json
import struct
import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from tickql.feed.errors import InvalidCursor
from tickql.feed.tick import Cursor

MARKER = "relay"
"""The subject of the message with which a relay begins. All other subjects are kinds of messages (`MessageKind`)."""
PLACE = "place"
"""The subject of the messages in the stream of places."""

_PROPERTIES = b"\x00\x53\x73"
_DATA = b"\x00\x53\x75"
_NULL = b"\x40"
_SHORT_TEXT, _LONG_TEXT, _SHORT_SYMBOL = 0xA1, 0xB1, 0xA3
_SHORT_LIST, _LONG_LIST = 0xC0, 0xD0
_SHORT_BYTES, _LONG_BYTES = 0xA0, 0xB0
_JSON = b"\xa3\x10application/json"
# The order of AMQP 1.0, section 3.2.4. What follows the group is left out.
_FIELDS = ("message-id", "user-id", "to", "subject", "reply-to", "correlation-id", "content-type",
           "content-encoding", "absolute-expiry-time", "creation-time", "group-id")  # fmt: skip
_ID, _SUBJECT, _GROUP = (_FIELDS.index(name) for name in ("message-id", "subject", "group-id"))


class StreamEntry(NamedTuple):
    """A message of a relay as a stream has it. `message_id`: `None` if it has none."""

    subject: str
    relay: str
    message_id: str | None
    body: bytes


def encode_entry(subject: str, relay: str, message_id: str | None, body: bytes) -> bytes:
    """Return one message: the properties `message-id`, `subject`, `content-type` and `group-id`, and the body."""
    identifier, others = _NULL if message_id is None else _text(message_id), _other_fields(subject, relay)
    fields_size, size = len(identifier) + len(others), len(body)
    if fields_size < 255:
        head = _PROPERTIES + bytes((_SHORT_LIST, fields_size + 1, len(_FIELDS)))
    else:
        head = _PROPERTIES + struct.pack(">BII", _LONG_LIST, fields_size + 4, len(_FIELDS))
    tail = bytes((_SHORT_BYTES, size)) if size < 256 else struct.pack(">BI", _LONG_BYTES, size)
    return b"".join((head, identifier, others, _DATA, tail, body))


@lru_cache(maxsize=16)
def _other_fields(subject: str, relay: str) -> bytes:
    """Return the fields behind `message-id`."""
    values = _NULL, _NULL, _text(subject), _NULL, _NULL, _JSON, _NULL, _NULL, _NULL, _text(relay)
    return b"".join(values)


def decode_entry(data: bytes) -> StreamEntry | None:
    """Parse what `encode_entry` has made; `None`: the message is of another program."""
    if not data.startswith(_PROPERTIES):
        return None
    try:
        return _entry(data)
    except (IndexError, struct.error, UnicodeDecodeError):
        return None


def encode_places(offset: int, places: Mapping[str, Cursor]) -> bytes:
    """Return a record of the stream of places: every message behind these places has at least this offset."""
    record = {"offset": offset, "places": {symbol: cursor.stream_id for symbol, cursor in places.items()}}
    return zlib.compress(json.dumps(record, separators=(",", ":")).encode())


def decode_places(body: bytes) -> tuple[int, dict[str, Cursor]]:
    """Parse what `encode_places` has made.

    Raises:
        ValueError: it is damaged.
    """
    try:
        record = json.loads(zlib.decompress(body))
        places = {symbol: Cursor.parse(f"{symbol}:{place}") for symbol, place in record["places"].items()}
        return int(record["offset"]), places
    except (zlib.error, KeyError, TypeError, AttributeError, InvalidCursor) as error:
        raise ValueError("not a record of places") from error


def _text(text: str) -> bytes:
    data = text.encode()
    return (bytes((_SHORT_TEXT, len(data))) if len(data) < 256 else struct.pack(">BI", _LONG_TEXT, len(data))) + data


def _entry(data: bytes) -> StreamEntry | None:
    short = data[3] == _SHORT_LIST
    count, at = (data[5], 6) if short else (struct.unpack_from(">I", data, 8)[0], 12)
    if count != len(_FIELDS):
        return None
    values: list[str | None] = []
    for _ in range(count):
        value, at = _value(data, at)
        values.append(value)
    subject, relay = values[_SUBJECT], values[_GROUP]
    if subject is None or relay is None or not data.startswith(_DATA, at):
        return None
    begin = at + len(_DATA) + (2 if data[at + len(_DATA)] == _SHORT_BYTES else 5)
    return StreamEntry(subject, relay, values[_ID], data[begin:])


def _value(data: bytes, at: int) -> tuple[str | None, int]:
    kind = data[at]
    if kind == _NULL[0]:
        return None, at + 1
    if kind in {_SHORT_TEXT, _SHORT_SYMBOL}:
        begin, size = at + 2, data[at + 1]
    elif kind == _LONG_TEXT:
        begin, size = at + 5, struct.unpack_from(">I", data, at + 1)[0]
    else:
        raise IndexError
    return data[begin : begin + size].decode(), begin + size
