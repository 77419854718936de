from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.http_stream import chunk_header_bytes, walk_chunks
from bench.websocket import (
    TEXT,
    client_frame,
    frame_header_bytes,
    server_frame,
    upgrade_answer,
    upgrade_request,
    walk,
    walk_lines,
)

PAYLOADS = st.one_of(st.binary(max_size=200), st.integers(120, 130).map(bytes), st.integers(65_530, 65_540).map(bytes))


def chunk(payload: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(payload), payload)


@pytest.mark.parametrize(("frame", "walk", "end"), [(server_frame, walk, b""), (chunk, walk_chunks, b"\r\n")])
@given(payloads=st.lists(PAYLOADS.filter(len), max_size=5), data=st.data())
def test_messages_are_found_however_the_stream_is_cut(
    frame: Callable[[bytes], bytes],
    walk: Callable[[bytes], Iterator[tuple[int, int, int]]],
    end: bytes,
    payloads: list[bytes],
    data: st.DataObject,
) -> None:
    stream = b"".join(map(frame, payloads))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=4)))
    found, rest = [], b""
    for begin, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        piece, done = rest + stream[begin:stop], 0
        for kind, start, done in walk(piece):
            found.append((kind, piece[start:done]))
        rest = piece[done:]
    assert found == [(TEXT, payload + end) for payload in payloads]
    assert rest == b""


def test_messages_that_share_a_frame_are_told_apart() -> None:
    stream = server_frame(b"{}") + server_frame(b'{"id":1}\n{"id":2}') + server_frame(b'{"id":3}')[:-1]
    found = list(walk_lines(stream))
    assert [stream[start:end] for _, start, end in found] == [b"{}", b'{"id":1}', b'{"id":2}']
    assert stream[found[-1][2] :] == server_frame(b'{"id":3}')[:-1]


def test_the_handshake_is_that_of_the_standard() -> None:
    request = upgrade_request("127.0.0.1:80", "/", "graphql-transport-ws")
    key = b"dGhlIHNhbXBsZSBub25jZQ=="  # the example of RFC 6455, section 1.3
    begin = request.index(b"Sec-WebSocket-Key: ") + 19
    request = request[:begin] + key + request[request.index(b"\r\n", begin) :]
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in upgrade_answer(request)


def test_a_client_masks_with_zero_so_that_the_payload_stays_readable() -> None:
    assert client_frame(b"hello") == b"\x81\x85\0\0\0\0hello"


@given(PAYLOADS.filter(len))
def test_the_bytes_before_a_payload_are_known_from_its_length(payload: bytes) -> None:
    assert frame_header_bytes(len(payload)) == len(server_frame(payload)) - len(payload)
    assert chunk_header_bytes(len(payload) + 2) == len(chunk(payload)) - len(payload) - 2
