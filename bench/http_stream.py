"""The little of HTTP/1.1 that a load generator needs to read a stream: one request, and an answer in chunks. No I/O."""

import json
from collections.abc import Iterator
from typing import Any

from bench.websocket import TEXT

SSE = "text/event-stream"
MULTIPART = "multipart/mixed;subscriptionSpec=1.0"
_LONGEST_SIZE = 10
"""Bytes of the line with a chunk's size."""


def stream_request(host: str, path: str, accept: str, document: str, variables: dict[str, Any]) -> bytes:
    """What a client sends to subscribe. `accept`: `SSE` or `MULTIPART`."""
    body = json.dumps({"query": document, "variables": variables}).encode()
    return (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAccept: {accept}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def chunk_header_bytes(length: int) -> int:
    """How many bytes precede a payload, as `walk_chunks` yields it: the size of the chunk, and a line end."""
    return len(f"{length - 2:x}") + 2


def walk_chunks(data: bytes) -> Iterator[tuple[int, int, int]]:
    """The whole chunks at the beginning of `data`, like `bench.websocket.walk`. A payload includes its line end."""
    at = 0
    while (line_end := data.find(b"\r\n", at, at + _LONGEST_SIZE)) > 0:
        start = line_end + 2
        end = start + int(data[at:line_end], 16) + 2
        if end > len(data):
            return
        yield TEXT, start, end
        at = end
