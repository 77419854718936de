"""A client that does not read delays no other client, and is disconnected."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from tests.api.conftest import RunApi, RunningApi
from tests.support.graphql_client import Api
from tests.support.http_stream import MULTIPART, SSE
from tests.support.market import Market
from tests.support.waiting import DEADLINE_S
from tickql.api.timings import Timings
from tickql.api.traffic import traffic
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor

_LONG = " ".join(f"{'x' * 120}{number}: seq" for number in range(34))
SUBSCRIPTION = f'subscription {{ ticks(symbol: "ES") {{ seq cursor {_LONG} }} }}'


class SlowClient:
    """A WebSocket client that reads only when the test calls `frame`."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._data = b""

    async def send(self, message: object) -> None:
        data = json.dumps(message).encode()
        header = struct.pack("!BBH", 0x81, 0x80 | 126, len(data)) + bytes(4)
        await asyncio.get_running_loop().sock_sendall(self._connection, header + data)

    async def frame(self) -> tuple[int, bytes]:
        """Return the opcode and payload of the next whole frame; opcode 0: the connection is closed."""
        head = await self._read(2)
        if not head:
            return 0, b""
        length = head[1]
        if length == 126:
            (length,) = struct.unpack("!H", await self._read(2))
        payload = await self._read(length)
        return (head[0] & 15, payload) if len(payload) == length else (0, b"")

    async def _read(self, count: int) -> bytes:
        async with asyncio.timeout(DEADLINE_S):
            while len(self._data) < count:
                try:
                    more = await asyncio.get_running_loop().sock_recv(self._connection, 65536)
                except ConnectionResetError:
                    more = b""
                if not more:
                    return b""
                self._data += more
        taken, self._data = self._data[:count], self._data[count:]
        return taken


async def connect_with_small_buffer(connection: socket.socket, api: Api) -> None:
    where = urlsplit(api.url)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, (where.hostname, where.port))


@asynccontextmanager
async def stuck_stream(api: Api, accept: str) -> AsyncIterator[None]:
    """A client of a streaming response that has read its beginning, and then nothing."""
    body = json.dumps({"query": SUBSCRIPTION})
    with socket.socket() as connection:
        await connect_with_small_buffer(connection, api)
        request = f"POST /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\nContent-Type: application/json\r\n"
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(connection, f"{request}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        assert (await loop.sock_recv(connection, 100)).startswith(b"HTTP/1.1 200")
        yield


@asynccontextmanager
async def slow_client(api: Api) -> AsyncIterator[SlowClient]:
    """A client that has subscribed with long messages and a small receive buffer."""
    where = urlsplit(api.url)
    loop = asyncio.get_running_loop()
    with socket.socket() as connection:
        await connect_with_small_buffer(connection, api)
        await loop.sock_sendall(
            connection,
            f"GET /graphql HTTP/1.1\r\nHost: {where.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode(),
        )
        client = SlowClient(connection)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += await client._read(1)
        await client.send({"type": "connection_init", "payload": {"a": "x" * 200}})
        assert b"connection_ack" in (await client.frame())[1]
        await client.send({"id": "1", "type": "subscribe", "payload": {"query": SUBSCRIPTION}})
        assert b'"next"' in (await client.frame())[1]
        yield client


@pytest.fixture
async def impatient(run_api: RunApi, feed_settings: FeedSettings) -> RunningApi:
    """A server that disconnects a client half a second after it has stopped reading."""
    return await run_api(feed_settings, timings=Timings(slow_client_s=0.5))


async def test_a_client_that_stops_reading_is_disconnected_and_can_resume(
    impatient: RunningApi, market: Market
) -> None:
    market.tick()
    slow_closes = traffic.slow_closes
    async with slow_client(impatient) as client, impatient.ticks() as other_client:
        await other_client.next()
        for _ in range(30):
            market.tick(count=20)
            await other_client.until(market.seqs["ES"])
        async with asyncio.timeout(DEADLINE_S):
            while impatient.readers() > 1:
                market.tick()
                await other_client.next()
        assert traffic.slow_closes == slow_closes + 1
        last, opcode, payload = Cursor("ES", 1, 0), 1, b""
        while opcode == 1:
            opcode, payload = await client.frame()
            if opcode == 1:
                last = Cursor.parse(json.loads(payload)["payload"]["data"]["ticks"]["cursor"])
    assert last.seq < market.seqs["ES"]
    # The connection may end within any message. If a close frame arrived, it is the one after which clients resume.
    assert opcode in (0, 8)
    if opcode == 8:
        assert payload == struct.pack("!H", 1013) + b"slow consumer, resume with your cursor"
    async with impatient.ticks(after=str(last)) as resumed:
        assert [tick["seq"] for tick in await resumed.until(market.seqs["ES"])] == list(
            range(last.seq + 1, market.seqs["ES"] + 1)
        )


async def test_a_client_that_stops_reading_does_not_disturb_others(impatient: RunningApi, market: Market) -> None:
    market.tick()
    async with slow_client(impatient), slow_client(impatient), impatient.ticks() as other_client:
        await other_client.next()
        for _ in range(100):
            market.tick(count=5)
            arrived = await other_client.until(market.seqs["ES"])
            assert [tick["gap"] for tick in arrived] == [None] * 5


async def test_a_client_that_reads_single_bytes_delays_nobody(impatient: RunningApi, market: Market) -> None:
    market.tick()
    loop = asyncio.get_running_loop()
    async with slow_client(impatient) as client, impatient.ticks() as other_client:
        await other_client.next()
        async with asyncio.timeout(DEADLINE_S):
            while impatient.readers() > 1:
                market.tick(count=5)
                arrived = await other_client.until(market.seqs["ES"])
                assert [tick["gap"] for tick in arrived] == [None] * 5
                await loop.sock_recv(client._connection, 1)


async def test_a_client_that_reads_slowly_gets_every_tick(api: RunningApi, market: Market) -> None:
    market.tick()
    async with slow_client(api) as client, api.ticks() as other_client:
        await other_client.next()
        market.tick(count=300)
        await other_client.until(301)
        seqs = [json.loads((await client.frame())[1])["payload"]["data"]["ticks"]["seq"] for _ in range(300)]
    assert seqs == list(range(2, 302))


@pytest.mark.parametrize("accept", [SSE, MULTIPART], ids=["sse", "multipart"])
async def test_a_stream_that_is_not_read_is_ended_and_disturbs_nobody(
    impatient: RunningApi, market: Market, accept: str
) -> None:
    market.tick()
    async with stuck_stream(impatient, accept), stuck_stream(impatient, accept), impatient.ticks() as other_client:
        await other_client.next()
        async with asyncio.timeout(DEADLINE_S):
            while impatient.readers() > 1:
                market.tick(count=20)
                arrived = await other_client.until(market.seqs["ES"])
                assert [tick["gap"] for tick in arrived] == [None] * 20
