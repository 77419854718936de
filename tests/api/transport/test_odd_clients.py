"""Clients and proxies that are odd, but no attack: slow bytes, long headers, other line ends."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from tests.api.conftest import RunningApi
from tests.support.graphql_client import Api
from tests.support.http_stream import SSE
from tests.support.market import Market
from tests.support.raw_http import frame, raw_client
from tests.support.waiting import DEADLINE_S

_SUBSCRIPTION = 'subscription { ticks(symbol: "ES") { seq } }'


async def test_a_message_that_comes_a_byte_at_a_time_is_a_message(api: RunningApi, market: Market) -> None:
    market.tick()
    message = {"id": "1", "type": "subscribe", "payload": {"query": _SUBSCRIPTION}}
    async with raw_client(api.url) as client:
        await client.init()
        for byte in frame(json.dumps(message).encode()):
            await client.send(bytes([byte]))
            await asyncio.sleep(0)
        await client.until(b'"seq":1}')


async def test_an_accept_header_of_8_kb_is_read_to_its_end(api: RunningApi) -> None:
    kinds = ", ".join(f"application/x-{number};q=0.{number % 9 + 1}" for number in range(340))
    assert len(kinds) > 8000
    answer = await api.post("{ symbols }", headers={"accept": f"{kinds}, application/graphql-response+json"})
    assert answer == {"data": {"symbols": []}}


@asynccontextmanager
async def _line_end_proxy(api: Api) -> AsyncIterator[Api]:
    """A proxy that turns each LF into CRLF, in both directions."""
    where = urlsplit(api.url)

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                writer.write(data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_server = await asyncio.open_connection(where.hostname, where.port)
        await asyncio.gather(copy(reader, to_server[1]), copy(to_server[0], writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield Api(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")


async def test_a_stream_is_the_same_through_a_proxy_that_turns_lf_into_crlf(api: RunningApi, market: Market) -> None:
    market.tick()
    body = json.dumps({"query": _SUBSCRIPTION})
    async with _line_end_proxy(api) as proxy, raw_client(proxy.url) as client:
        # HTTP/1.0: no chunks, whose sizes would no longer be right.
        await client.send(
            f"POST /graphql HTTP/1.0\nHost: localhost\nAccept: {SSE}\nContent-Type: application/json\n"
            f"Content-Length: {len(body)}\n\n{body}".encode()
        )
        assert await client.status() == 200
        for seq in (1, 2):
            await client.until(b'data: {"data":{"ticks":{"seq":%d}}}\r\n\r\n' % seq)
            market.tick()


async def test_line_ends_that_a_proxy_has_made_wrong_cost_that_client_only(api: RunningApi, market: Market) -> None:
    market.tick()
    async with api.ticks() as neighbour:
        await neighbour.next()
        async with raw_client(api.url) as client:
            await client.send(b"POST /graphql HTTP/1.1\r\r\nHost: localhost\r\r\nContent-Length: 0\r\r\n\r\r\n")
            assert await client.status() == 400
            await asyncio.wait_for(client.rest(), DEADLINE_S)
        async with raw_client(api.url) as client:
            await client.init()
            message = b'{"type":"ping","payload":{"a":"\n"}}'
            # The payload is a byte longer than its frame says: the rest is read as another frame, which is none.
            await client.send(frame(message).replace(b"\n", b"\r\n") + frame(message))
            assert await client.close_code() in (1002, 1007, 4400)
        market.tick()
        assert (await neighbour.next())["seq"] == 2
