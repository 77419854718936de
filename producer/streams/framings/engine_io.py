"""Engine.IO packets, and Socket.IO packets inside them. No I/O.

https://socket.io/docs/v4/engine-io-protocol and https://socket.io/docs/v4/socket-io-protocol
"""

import re
from base64 import b64decode
from collections.abc import Iterable, Iterator

from tickql.producer.streams.framings.length_head import split_by_length
from tickql.producer.streams.json_texts import Part, UnreadPart, holds_json, json_parts, unread
from tickql.producer.streams.message_pack import is_message_pack, message_pack_parts

_SEPARATOR = "\x1e"
# Before version 4 a polled response was packets behind their lengths.
_POLLED = re.compile("([0-9]{1,8}):")
_POLLED_START = re.compile("[0-9]{1,8}:(?:[0-6]|b4)")
# The same in bytes: text or binary, the digits of the length in a byte each, 255.
_POLLED_BYTES = re.compile(rb"([\x00\x01])([\x00-\x09]{1,8})\xff(?=[0-6\x04])")
_BINARY_MESSAGE = b"\x04"
_MESSAGE = "4"
_CONTROL = {"0": "open", "1": "close", "2": "ping", "3": "pong", "5": "upgrade", "6": "noop"}
# Type, number of attachments, namespace, number of an acknowledgement; then JSON.
_HEAD = re.compile(r"([0-6])(?:([0-9]{1,6})-)?(?:/[^,\[{]{0,200}(?:,|$))?(?:[0-9]{1,19})?(?=[\[{\"]|$)")
_EVENTS = ("2", "3")
_WITH_ATTACHMENTS = ("5", "6")
_ATTACHMENTS = "has binary attachments, which are not read"


def engine_io_parts(data: str | bytes) -> Iterator[Part]:
    """Yield the documents of the messages in an Engine.IO payload. Pings and the like are foreign."""
    for packet in _packets(data):
        if isinstance(packet, UnreadPart):
            yield packet
        elif isinstance(packet, bytes):
            yield from _bytes(packet, "is bytes that are not MessagePack")
        elif packet.startswith(_MESSAGE):
            yield from json_parts(packet[1:])
        else:
            yield _control(packet)


def socket_io_parts(data: str | bytes) -> Iterator[Part]:
    """Yield the events and acknowledgements in an Engine.IO payload: lists such as `["quote", {...}]`.

    An event with binary attachments is an unread part: its bytes come in messages of their own. Those messages are
    foreign, unless they are whole packets in MessagePack, as another parser of Socket.IO sends them.
    """
    for packet in _packets(data):
        if isinstance(packet, UnreadPart):
            yield packet
        elif isinstance(packet, bytes):
            yield from _packed_events(packet)
        elif packet.startswith(_MESSAGE):
            yield from _socket_io_packet(packet[1:])
        else:
            yield _control(packet)


def _packets(data: str | bytes) -> Iterable[str | bytes | UnreadPart]:
    """Return the packets of a payload. A binary one is bytes, without its type."""
    if isinstance(data, bytes):
        return map(_without_type, _split_bytes(data) if _POLLED_BYTES.match(data) else (data,))
    if _POLLED_START.match(data):
        return map(_unpacked, split_by_length(data, _POLLED))
    return (_unpacked(packet) for packet in data.split(_SEPARATOR) if packet)


def _split_bytes(data: bytes) -> Iterator[str | bytes | UnreadPart]:
    start = 0
    while start < len(data):
        head = _POLLED_BYTES.match(data, start)
        end = 0 if head is None else head.end() + int("".join(map(str, head[2])))
        if head is None or end > len(data):
            yield unread(repr(data[start : start + 40]), "is no Engine.IO packet, or is cut off")
            return
        packet = data[head.end() : end]
        yield packet if head[1] == b"\x01" else packet.decode(errors="replace")
        start = end


def _without_type(packet: str | bytes | UnreadPart) -> str | bytes | UnreadPart:
    # Only before version 4 a binary packet has a type.
    if isinstance(packet, bytes) and packet.startswith(_BINARY_MESSAGE) and is_message_pack(packet[1:2]):
        return packet[1:]
    return packet


def _unpacked(packet: str | UnreadPart) -> str | bytes | UnreadPart:
    """Return the bytes of a packet that is `b` and base64, as binary ones are in text; others are returned as is."""
    if isinstance(packet, UnreadPart) or not packet.startswith("b"):
        return packet
    # Before version 4 the type stands in between. Base64 fills groups of four characters.
    encoded = packet[2:] if packet.startswith("b4") and len(packet) % 4 == 2 else packet[1:]
    try:
        return b64decode(encoded, validate=True) or packet
    except ValueError:
        return packet


def _control(packet: str) -> UnreadPart:
    name = _CONTROL.get(packet[:1])
    if name is None:
        # A short attachment may be text too: it belongs to an event that is reported already.
        return unread(packet, "is no Engine.IO packet", foreign=not holds_json(packet))
    return unread(packet, f"is an Engine.IO packet of type {name}", foreign=True)


def _socket_io_packet(packet: str) -> Iterable[Part]:
    head = _HEAD.match(packet)
    if head is None:
        return (unread(packet, "is no Socket.IO packet"),)
    if head[1] not in (*_EVENTS, *_WITH_ATTACHMENTS):
        return (unread(packet, "is a Socket.IO packet without data", foreign=True),)
    parts = json_parts(packet[head.end() :])
    return parts if head[1] in _EVENTS else map(_without_attachments, parts)


def _without_attachments(part: Part) -> UnreadPart:
    if isinstance(part, UnreadPart):
        return part
    name = part[0] if isinstance(part, list) and part else part
    return UnreadPart(unread(str(name), _ATTACHMENTS).fault, part)


def _packed_events(data: bytes) -> Iterator[Part]:
    for part in _bytes(data, "is a binary attachment", foreign=True):
        if isinstance(part, dict) and {"type", "nsp"} <= part.keys():
            if "data" in part and str(part["type"]) in _EVENTS:
                yield part["data"]
            else:
                yield unread(repr(data[:40]), "is a Socket.IO packet without data", foreign=True)
        elif isinstance(part, UnreadPart):
            yield part
        else:
            yield unread(repr(data[:40]), "is a binary attachment", foreign=True)


def _bytes(data: bytes, why: str, *, foreign: bool = False) -> Iterable[Part]:
    return message_pack_parts(data) if is_message_pack(data) else (unread(repr(data[:40]), why, foreign=foreign),)
