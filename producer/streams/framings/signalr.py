"""SignalR hubs: JSON texts that end with U+001E, or MessagePack behind a length. No I/O.

https://github.com/dotnet/aspnetcore/blob/main/src/SignalR/docs/specs/HubProtocol.md
"""

from collections.abc import Iterator
from typing import Any

from tickql.producer.feedfile.json_number import JsonNumber
from tickql.producer.streams.json_texts import Part, UnreadPart, json_parts, unread
from tickql.producer.streams.message_pack import message_pack_parts

# For each type of message that holds data, the keys of its list in MessagePack; `None`: not of use.
_KEYS: dict[Any, tuple[str | None, ...]] = {
    1: ("type", None, "invocationId", "target", "arguments"),
    2: ("type", None, "invocationId", "item"),
    3: ("type", None, "invocationId", None, "result"),
}
_MAX_LENGTH_BYTES = 5


def signalr_parts(data: str | bytes) -> Iterator[Part]:
    """Yield the invocations (`{type, target, arguments}`), stream items and results. Pings and the like are foreign."""
    for part in json_parts(data) if isinstance(data, str) else _packed_parts(data):
        message = _as_object(part) if isinstance(part, list) and isinstance(data, bytes) else part
        if isinstance(part, UnreadPart):
            yield part
        elif isinstance(message, dict) and _has_data(message):
            yield message
        elif isinstance(message, dict):
            yield unread(_shown(data), "is a SignalR message without data", foreign=True)
        else:
            yield unread(_shown(data), "is no SignalR message")


def _has_data(message: dict[str, Any]) -> bool:
    kind = message.get("type")
    return isinstance(kind, JsonNumber) and kind in _KEYS


def _as_object(message: list[Any]) -> Any:
    """Return a MessagePack message with the keys that it has in JSON; a list is returned that is no message."""
    if not message or not isinstance(message[0], JsonNumber):
        return message
    names = _KEYS.get(message[0], ("type",))
    return {name: value for name, value in zip(names, message, strict=False) if name is not None}


def _packed_parts(data: bytes) -> Iterator[Part]:
    start = 0
    while start < len(data):
        length, begin = _length(data, start)
        if length is None or begin + length > len(data):
            yield unread(repr(data[start : start + 40]), "is no SignalR message, or is cut off")
            return
        yield from message_pack_parts(data[begin : begin + length])
        start = begin + length


def _length(data: bytes, start: int) -> tuple[int | None, int]:
    """Return a length, written in groups of 7 bits with the lowest first, and the position behind it."""
    length = 0
    for number, byte in enumerate(data[start : start + _MAX_LENGTH_BYTES]):
        length |= (byte & 0x7F) << (7 * number)
        if byte < 0x80:
            return length, start + number + 1
    return None, start


def _shown(data: str | bytes) -> str:
    return data if isinstance(data, str) else repr(data[:40])
