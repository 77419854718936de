from hypothesis import given
from hypothesis import strategies as st

from bench.websocket import TEXT, client_frame, server_frame, upgrade_answer, upgrade_request, walk

payloads = st.one_of(st.binary(max_size=200), st.integers(120, 130).map(bytes), st.integers(65_530, 65_540).map(bytes))


@given(st.lists(payloads, max_size=5), st.data())
def test_frames_are_found_however_the_stream_is_cut(payloads: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(map(server_frame, payloads))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=4)))
    found, rest = [], b""
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        piece, done = rest + stream[begin:end], 0
        for kind, start, done in walk(piece):
            found.append((kind, piece[start:done]))
        rest = piece[done:]
    assert found == [(TEXT, payload) for payload in payloads]
    assert rest == b""


def test_the_handshake_is_that_of_the_standard() -> None:
    request = upgrade_request("127.0.0.1:80", "/", "graphql-transport-ws")
    key = b"dGhlIHNhbXBsZSBub25jZQ=="  # the example of RFC 6455, section 1.3
    begin = request.index(b"Sec-WebSocket-Key: ") + 19
    request = request[:begin] + key + request[request.index(b"\r\n", begin) :]
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in upgrade_answer(request)


def test_a_client_masks_with_zero_so_that_the_payload_stays_readable() -> None:
    assert client_frame(b"hello") == b"\x81\x85\0\0\0\0hello"
