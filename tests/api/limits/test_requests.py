"""Requests that are too large, too slow or malformed: refused, and nobody else notices."""

import json
from contextlib import suppress

import httpx
import pytest

from tests.api.conftest import RunApi, RunningApi
from tests.api.limits.conftest import Neighbour
from tests.support.market import Market
from tests.support.raw_http import raw_client
from tests.support.waiting import tries, until
from tickql.api.limits.values import LIMITS, Limits
from tickql.feed.settings import FeedSettings

_GET = b"GET /healthz%b HTTP/1.1\r\nHost: localhost\r\n%b\r\n"
_POST = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
_HOST = len("Hostlocalhost")


async def _status(api: RunningApi, request: bytes) -> int:
    async with raw_client(api.url) as client:
        await client.send(request)
        return await client.status()


def _header(size: int) -> bytes:
    return b"X-A: " + b"a" * (size - 3) + b"\r\n"


@pytest.mark.parametrize(
    ("at_the_limit", "beyond", "refusal"),
    [
        (
            _GET % (b"", _header(LIMITS.header_bytes - _HOST)),
            _GET % (b"", _header(LIMITS.header_bytes - _HOST + 1)),
            431,
        ),
        (_GET % (b"", b"X: 1\r\n" * (LIMITS.headers - 1)), _GET % (b"", b"X: 1\r\n" * LIMITS.headers), 431),
        (
            _POST + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % LIMITS.body_bytes,
            _POST + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % (LIMITS.body_bytes + 1),
            413,
        ),
        (_GET % (b"", b""), (_GET % (b"", b"")).replace(b"/1.1", b"/2.0"), 505),
        (
            _GET % (b"?" + b"a" * (LIMITS.url_bytes - len("/healthz?")), b""),
            _GET % (b"?" + b"a" * (LIMITS.url_bytes - len("/healthz?") + 1), b""),
            414,
        ),
    ],
    ids=["bytes", "headers", "asks for too much", "version", "url"],
)
async def test_a_head_that_is_too_large_is_refused(
    api: RunningApi, neighbour: Neighbour, at_the_limit: bytes, beyond: bytes, refusal: int
) -> None:
    assert await _status(api, at_the_limit) in (100, 200)
    assert await _status(api, beyond) == refusal


async def test_what_is_refused_before_the_application_sees_it_is_told_as_a_graphql_error(api: RunningApi) -> None:
    async with raw_client(api.url) as client:
        await client.send(b"nonsense\r\n\r\n")
        head, _, body = (await client.rest()).partition(b"\r\n\r\n")
    assert b"content-type: application/json" in head
    assert json.loads(body) == {"errors": [{"message": "Bad Request", "extensions": {"code": "BAD_REQUEST"}}]}


@pytest.mark.parametrize(
    ("begin", "piece", "refusal"),
    [
        (b"GET / HTTP/1.1\r\nX: ", b"a" * 65536, b"431"),
        (b"GET / HTTP/1.1\r\n", b"X: 1\r\n" * 10_000, b"431"),
        (b"GET /", b"a" * 65536, b"414"),
    ],
)
async def test_a_head_without_an_end_is_refused_early(
    api: RunningApi, neighbour: Neighbour, begin: bytes, piece: bytes, refusal: bytes
) -> None:
    async with raw_client(api.url) as client:
        await client.send(begin)
        for _ in range(16):
            await client.send(piece)
        # A client that still sends may see a reset instead of the answer.
        assert (await client.rest()).split(b" ")[1:2] in ([refusal], [])


async def test_trailers_count_as_headers_and_are_dropped(api: RunningApi, neighbour: Neighbour) -> None:
    chunked = _POST + b"Transfer-Encoding: chunked\r\n\r\n15\r\n" + b'{"query":"{symbols}"}' + b"\r\n0\r\n"
    headers = chunked.partition(b"\r\n\r\n")[0].count(b"\r\n")
    assert await _status(api, chunked + b"X: 1\r\n" * (LIMITS.headers - headers) + b"\r\n") == 200
    assert await _status(api, chunked + b"X: 1\r\n" * (LIMITS.headers - headers + 1) + b"\r\n") == 431


@pytest.mark.parametrize("piece", [b"X: 1\r\n" * 10_000, b"X: " + b"a" * 65_536, b"1;" + b"a" * 65_536])
async def test_trailers_and_extensions_of_chunks_without_an_end_are_refused_early(
    api: RunningApi, neighbour: Neighbour, piece: bytes
) -> None:
    last = b"" if piece.startswith(b"1;") else b"0\r\n"
    async with raw_client(api.url) as client:
        await client.send(_POST + b"Transfer-Encoding: chunked\r\n\r\n" + last)
        for _ in range(16):
            await client.send(piece)
        assert (await client.rest()).split(b" ")[1:2] in ([b"431"], [])


async def test_a_body_in_too_many_pieces_is_refused(api: RunningApi, neighbour: Neighbour) -> None:
    head = _POST + b"Transfer-Encoding: chunked\r\n\r\n"
    body = b'{"query":"{symbols}"}'
    pieces = b"1\r\n \r\n" * (LIMITS.body_pieces - 1) + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    assert await _status(api, head + pieces) == 200
    assert await _status(api, head + b"1\r\n \r\n" + pieces) == 413


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n",
        b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HT",
    ],
)
async def test_a_connection_that_sends_no_whole_request_is_closed(
    run_api: RunApi, feed_settings: FeedSettings, data: bytes
) -> None:
    api = await run_api(feed_settings, limits=Limits(header_s=0.2, body_s=0.2, keep_alive_s=1))
    async with raw_client(api.url) as client:
        await client.send(data)
        await client.rest()

        async def answers() -> bool:
            # On a machine that stands still a whole request may be too late, too.
            with suppress(httpx.TransportError):
                return (await api.get("/healthz")).status_code == 200
            return False

        await until(answers)


@pytest.mark.parametrize("path", [b"/graphql", b"/graphql?x"])
async def test_a_body_that_does_not_arrive_in_time_is_answered_with_408(
    run_api: RunApi, feed_settings: FeedSettings, path: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    api = await run_api(feed_settings, limits=Limits(body_s=0.2))
    head = _POST.replace(b"/graphql", path) + b"Content-Length: 100\r\n\r\n"
    assert await _status(api, head + b"{") == 408
    async with raw_client(api.url) as client:
        await client.send(head)
        await client.send(b"{")
        assert (await client.rest()).startswith(b"HTTP/1.1 408 ")
    async with raw_client(api.url) as client:
        await client.send(_GET % (b"", b"") + head + b"{")
        assert await client.status() == 200
        assert b"HTTP/1.1 408 " in await client.rest()
    assert {record.levelname for record in caplog.records} <= {"INFO", "WARNING"}


async def test_too_many_pieces_of_a_body_are_refused_in_whatever_way_they_arrive(
    api: RunningApi, neighbour: Neighbour
) -> None:
    async with raw_client(api.url) as client:
        await client.send(_POST + b"Transfer-Encoding: chunked\r\n\r\n")
        assert (await api.get("/healthz")).status_code == 200
        await client.send(b"1\r\n \r\n" * (LIMITS.body_pieces + 1))
        assert await client.status() == 413


async def test_a_body_that_arrives_in_time_is_answered(run_api: RunApi, feed_settings: FeedSettings) -> None:
    async def is_answered(header_s: float) -> None:
        api = await run_api(feed_settings, limits=Limits(header_s=header_s))
        async with raw_client(api.url) as client:
            await client.send(b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n")
            await client.send(b"Content-Length: 21\r\n\r\n{")
            async with raw_client(api.url) as silent:
                # The deadline for headers, which passes meanwhile, is none for the body.
                await silent.rest()
            await client.send(b'"query":"{symbols}"}')
            assert await client.status() == 200

    await tries(is_answered)


async def test_a_stream_outlives_all_deadlines(run_api: RunApi, feed_settings: FeedSettings, market: Market) -> None:
    body = b'{"query":"subscription{ticks(symbol:\\"ES\\"){seq}}"}'
    request = _POST + b"Accept: text/event-stream\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    market.tick()

    async def outlives(limit_s: float) -> None:
        limits = Limits(header_s=limit_s, body_s=limit_s, keep_alive_s=1)
        api = await run_api(feed_settings, limits=limits)
        async with raw_client(api.url) as client, raw_client(api.url) as silent:
            await client.send(request)
            assert await client.status() == 200
            await silent.rest()
            market.tick(count=5)
            await client.until(b'"seq":%d}' % market.seqs["ES"])

    await tries(outlives)


@pytest.mark.parametrize(
    "more",
    [
        b"".join(b"X-%d: 1\r\n" % number for number in range(129)),
        b"X: " + b"a" * 9000 + b"\r\n",
        b"Content-Length: 5\r\n",
        b"Transfer-Encoding: chunked\r\n",
    ],
)
async def test_a_malformed_handshake_is_answered_and_closed(api: RunningApi, neighbour: Neighbour, more: bytes) -> None:
    async with raw_client(api.url) as client:
        assert await client.upgrade(more=more) in (400, 431)
        await client.rest()


async def test_an_upgrade_of_http_1_0_is_refused(api: RunningApi, neighbour: Neighbour) -> None:
    async with raw_client(api.url) as client:
        await client.send(
            b"GET /ws/ES HTTP/1.0\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert await client.status() == 400
