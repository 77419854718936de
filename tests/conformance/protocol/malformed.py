"""Malformed input by the number: frames of a WebSocket, bodies and whole heads of requests."""

import json
import random
import struct
from dataclasses import dataclass

from tests.conformance.protocol.operations import PAYLOADS
from tests.support.raw_http import HANDSHAKE

_BYTES = b"\x00\r\n\t \x7f\xff\xc3\xed:;,=/{}[]\"'\\0129aZ"
_VALUES: list[object] = [
    None,
    True,
    0,
    -1,
    1e308,
    10**30,
    "",
    "x",
    "\ud800",
    "\x00",
    [],
    {},
    [[]],
    {"a": {}},
    "x" * 3000,
]
_HEADERS = (
    b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip", b"Content-Length: -1", b"Content-Length: 1e3",
    b"Content-Length: 99999999999999999999", b"Content-Length: 0", b"Expect: 100-continue", b"Expect: x",
    b"Host: evil.test", b"Host:", b": x", b"X", b" folded", b"Accept: " + b"a/b;q=0.1," * 200,
    b"Cookie: " + b"x" * 9000, b"Origin: http://\xff", b"Upgrade: h2c", b"Upgrade: websocket",
    b"Connection: close, upgrade", b"Sec-WebSocket-Version: 7", b"Sec-WebSocket-Key: x",
    b"Sec-WebSocket-Protocol: graphql-ws, \x80", b"Content-Type: text/plain",
    b"Content-Type: application/json; charset=utf-7", b"Content-Encoding: gzip", b"Last-Event-ID: \xc3\x28",
    b"Range: bytes=9-1",
)  # fmt: skip
_STARTS = (
    b"GET / HTTP/1.1", b"GET /graphql HTTP/1.1", b"GET /graphql?query={symbols} HTTP/1.1",
    b"GET /graphql?query=%ff&a HTTP/1.1", b"POST /graphql HTTP/1.0", b"POST /graphql HTTP/2.0", b"PRI * HTTP/2.0",
    b"CONNECT a:1 HTTP/1.1", b"OPTIONS * HTTP/1.1", b"GET http://evil.test/graphql HTTP/1.1", b"GET /ws/ES HTTP/1.1",
    b"GET /ws/%2e%2e HTTP/1.1", b"BREW /graphql HTTP/1.1", b"GET /" + b"a" * 9000 + b" HTTP/1.1",
    b"GET /../../etc HTTP/1.1", b"GET  /graphql HTTP/1.1", b"\x16\x03\x01\x02\x00\x01",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """The bytes of a request. `complete`: whether a server has to answer, and may not wait for more."""

    data: bytes
    complete: bool


def damaged(choose: random.Random, data: bytes) -> bytes:
    """Return data with one to three bytes dropped, doubled, replaced or added."""
    made = bytearray(data)
    for _ in range(choose.randint(1, 3)):
        place = choose.randrange(len(made) + 1)
        made[place : place + choose.randint(0, 2)] = choose.choice(
            [b"", bytes([choose.choice(_BYTES)]), b"\r\n", b"\xed\xa0"]
        )
    return bytes(made)


def body(choose: random.Random) -> bytes:
    """Return the body of a request: an operation with a wrong member, or one whose bytes are damaged."""
    payload = dict(choose.choice(PAYLOADS))
    if choose.random() < 0.5:
        payload[choose.choice(["query", "variables", "operationName", "extensions", "x"])] = choose.choice(_VALUES)
    text = json.dumps(payload if choose.random() < 0.95 else choose.choice([*_VALUES, [payload]])).encode()
    return damaged(choose, text) if choose.random() < 0.6 else text


def request(choose: random.Random, host: bytes) -> Request:
    """Return a whole request whose head is malformed, odd or cut off."""
    content = body(choose) if choose.random() < 0.5 else b'{"query":"{ symbols }"}'
    head = b"POST /graphql HTTP/1.1\r\nHost: %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    data = head % (host, len(content)) + content if choose.random() < 0.6 else HANDSHAKE % (b"/graphql", host, b"")
    kind = choose.randrange(4)
    if kind == 0:
        data = choose.choice(_STARTS) + data[data.index(b"\r\n") :]
    elif kind == 1:
        lines = data.split(b"\r\n")
        lines.insert(choose.randint(1, 4), choose.choice(_HEADERS))
        data = b"\r\n".join(lines)
    elif kind == 2:
        end = data.index(b"\r\n\r\n")
        data = damaged(choose, data[:end]) + data[end:]
    else:
        data = data[: choose.randrange(len(data))]
    return Request(data, _is_complete(data))


def _is_complete(data: bytes) -> bool:
    """Whether the request needs no more bytes, as far as it can be told without a parser: in doubt it may."""
    head, end, content = data.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    lengths = [line.partition(b":")[2].strip() for line in lines if line.startswith(b"content-length:")]
    if (
        not end
        or b"chunked" in head.lower()
        or b"\n\n" in data
        or head.lower().count(b"content-length") != len(lengths)
    ):
        return False
    return all(not length.isdigit() or int(length) <= len(content) for length in lengths)


def frames(choose: random.Random) -> Request:
    """Return one to three malformed frames of a client. `complete`: whether the last one ends."""
    made = [_frame(choose) for _ in range(choose.randint(1, 3))]
    return Request(b"".join(each.data for each in made), all(each.complete for each in made))


def _frame(choose: random.Random) -> Request:
    opcode = choose.choice([*[1] * 8, 0, 2, 3, 8, 8, 9, 9, 10, 15])
    first = opcode | choose.choice([*[0x80] * 12, 0, 0, 0xC0, 0xA0, 0x90, 0xF0])
    content = _content(choose, opcode)
    size, stated = len(content), len(content)
    if choose.random() < 0.1:
        stated = choose.choice([size + 1, 70_000, 2**31, 2**63 - 1, 2**63, 2**64 - 1])
    masked = 0x80 if choose.random() < 0.97 else 0
    mask = choose.randbytes(4)
    if stated < 126 and choose.random() < 0.9:
        head = struct.pack("!BB", first, masked | stated)
    elif stated < 65536 and choose.random() < 0.9:
        head = struct.pack("!BBH", first, masked | 126, stated)
    else:
        head = struct.pack("!BBQ", first, masked | 127, stated)
    data = bytes(byte ^ mask[place % 4] for place, byte in enumerate(content))
    return Request(head + (mask + data if masked else content), stated == size)


def _content(choose: random.Random, opcode: int) -> bytes:
    if opcode == 8:
        code = choose.choice([0, 999, 1000, 1001, 1004, 1005, 1006, 1015, 1100, 2000, 3000, 4400, 4999, 5000, 65535])
        return choose.choice(
            [b"", b"\x03", struct.pack("!H", code), struct.pack("!H", code) + b"\xff" * choose.choice([1, 124])]
        )
    if opcode in (9, 10):
        return choose.randbytes(choose.choice([0, 1, 125, 126, 300]))
    text = b'{"type":"subscribe","id":"1","payload":' + body(choose) + b"}"
    return choose.choice([text, damaged(choose, text), choose.randbytes(choose.choice([0, 1, 130, 2000]))])
