"""The little of WebSocket (RFC 6455) that a load generator needs: no extensions, no fragments. No I/O."""

import base64
import hashlib
import struct
from collections.abc import Iterator

TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A
"""First bytes of whole frames."""

_MASKED = 0x80
_ZERO_MASK = bytes(4)
_KEY = base64.b64encode(b"tickql benchmark").decode()
_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def upgrade_request(host: str, path: str, protocol: str | None) -> bytes:
    """What a client says first. `protocol`: the subprotocol that it offers, `None` for none."""
    offered = f"Sec-WebSocket-Protocol: {protocol}\r\n" if protocol else ""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {_KEY}\r\nSec-WebSocket-Version: 13\r\n{offered}\r\n"
    ).encode()


def upgrade_answer(request: bytes) -> bytes:
    """What a server answers to `upgrade_request`.

    Raises:
        ValueError: the request has no key.
    """
    for line in request.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "sec-websocket-key":
            digest = hashlib.sha1((value.strip() + _MAGIC).encode(), usedforsecurity=False).digest()
            return (
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}\r\n\r\n"
            ).encode()
    raise ValueError("no Sec-WebSocket-Key in the request")


def client_frame(payload: bytes, kind: int = TEXT) -> bytes:
    """A frame from a client. Its mask is zero, which the protocol allows, so that the payload stays readable."""
    return bytes([kind]) + _size(len(payload), _MASKED) + _ZERO_MASK + payload


def server_frame(payload: bytes, kind: int = TEXT) -> bytes:
    """A frame from a server."""
    return bytes([kind]) + _size(len(payload), 0) + payload


def _size(length: int, flag: int) -> bytes:
    if length < 126:
        return bytes([flag | length])
    if length < 65_536:
        return bytes([flag | 126]) + struct.pack("!H", length)
    return bytes([flag | 127]) + struct.pack("!Q", length)


def frame_header_bytes(length: int) -> int:
    """How many bytes precede a payload in a server's frame."""
    return 2 if length < 126 else 4 if length < 65_536 else 10


def walk(data: bytes) -> Iterator[tuple[int, int, int]]:
    """The whole frames of a server at the beginning of `data`: kind, begin and end of the payload.

    The last end is where the rest begins, which is to be put before what comes next.
    """
    at, size = 0, len(data)
    while size - at >= 2:
        length, start = data[at + 1], at + 2
        if length == 126:
            if size - at < 4:
                return
            length, start = data[at + 2] << 8 | data[at + 3], at + 4
        elif length == 127:
            if size - at < 10:
                return
            length, start = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
        end = start + length
        if end > size:
            return
        yield data[at], start, end
        at = end


def walk_lines(data: bytes) -> Iterator[tuple[int, int, int]]:
    """The lines of the whole frames, like `walk`: several messages of Centrifugo may share a frame."""
    for kind, start, end in walk(data):
        while (line_end := data.find(b"\n", start, end)) >= 0:
            yield kind, start, line_end
            start = line_end + 1
        yield kind, start, end
