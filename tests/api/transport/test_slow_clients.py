"""A client that takes nothing costs nobody else anything, and is let go."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from tests.api.conftest import RunningApi
from tests.support.graphql_client import DEADLINE_S
from tests.support.market import Market
from tickql.api.transport import websocket_connection
from tickql.feed.tick import Cursor

_LONG = " ".join(f"{'x' * 200}{number}: seq" for number in range(20))
QUESTION = f'subscription {{ ticks(symbol: "ES") {{ seq cursor {_LONG} }} }}'


class StuckClient:
    """A WebSocket client that reads only when told to."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._data = b""

    async def send(self, message: object) -> None:
        data = json.dumps(message).encode()
        header = struct.pack("!BBH", 0x81, 0x80 | 126, len(data)) + bytes(4)
        await asyncio.get_running_loop().sock_sendall(self._connection, header + data)

    async def frame(self) -> tuple[int, bytes]:
        """The next whole frame's opcode and payload; opcode 0: the connection is gone."""
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


@asynccontextmanager
async def stuck(running: RunningApi) -> AsyncIterator[StuckClient]:
    """A client that has subscribed with long messages and a small receive buffer."""
    where = urlsplit(running.url)
    loop = asyncio.get_running_loop()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setblocking(False)
        await loop.sock_connect(connection, (where.hostname, where.port))
        await loop.sock_sendall(
            connection,
            f"GET /graphql HTTP/1.1\r\nHost: {where.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode(),
        )
        client = StuckClient(connection)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += await client._read(1)
        await client.send({"type": "connection_init", "payload": {"a": "x" * 200}})
        assert b"connection_ack" in (await client.frame())[1]
        await client.send({"id": "1", "type": "subscribe", "payload": {"query": QUESTION}})
        assert b'"next"' in (await client.frame())[1]
        yield client


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket_connection, "STUCK_S", 0.5)


@pytest.mark.usefixtures("impatient")
async def test_a_client_that_stops_reading_is_let_go_and_can_resume(running: RunningApi, market: Market) -> None:
    market.tick()
    async with stuck(running) as client, running.ticks() as neighbour:
        await neighbour.next()
        for _ in range(30):
            market.tick(count=20)
            await neighbour.until(market.seqs["ES"])
        async with asyncio.timeout(DEADLINE_S):
            while running.readers() > 1:
                market.tick()
                await neighbour.next()
        last, opcode, payload = Cursor(1, 0), 1, b""
        while opcode == 1:
            opcode, payload = await client.frame()
            if opcode == 1:
                last = Cursor.parse(json.loads(payload)["payload"]["data"]["ticks"]["cursor"])
    assert last.seq < market.seqs["ES"]
    # What it had already been sent may end anywhere; where the reason got through, it is the one to resume on.
    assert opcode in (0, 8)
    if opcode == 8:
        assert payload == struct.pack("!H", 1013) + b"slow consumer, resume with your cursor"
    async with running.ticks(after=str(last)) as resumed:
        assert [tick["seq"] for tick in await resumed.until(market.seqs["ES"])] == list(
            range(last.seq + 1, market.seqs["ES"] + 1)
        )


@pytest.mark.usefixtures("impatient")
async def test_neighbours_of_a_stuck_client_notice_nothing(running: RunningApi, market: Market) -> None:
    market.tick()
    async with stuck(running), stuck(running), running.ticks() as neighbour:
        await neighbour.next()
        for _ in range(100):
            market.tick(count=5)
            arrived = await neighbour.until(market.seqs["ES"])
            assert [tick["gap"] for tick in arrived] == [None] * 5


@pytest.mark.usefixtures("impatient")
async def test_a_client_that_reads_a_byte_at_a_time_holds_nobody_up(running: RunningApi, market: Market) -> None:
    market.tick()
    loop = asyncio.get_running_loop()
    async with stuck(running) as client, running.ticks() as neighbour:
        await neighbour.next()
        async with asyncio.timeout(DEADLINE_S):
            while running.readers() > 1:
                market.tick(count=5)
                arrived = await neighbour.until(market.seqs["ES"])
                assert [tick["gap"] for tick in arrived] == [None] * 5
                await loop.sock_recv(client._connection, 1)


async def test_a_client_that_reads_slowly_gets_every_tick(running: RunningApi, market: Market) -> None:
    market.tick()
    async with stuck(running) as client, running.ticks() as neighbour:
        await neighbour.next()
        market.tick(count=300)
        await neighbour.until(301)
        seqs = [json.loads((await client.frame())[1])["payload"]["data"]["ticks"]["seq"] for _ in range(300)]
    assert seqs == list(range(2, 302))


@pytest.fixture
async def running(api: RunningApi) -> RunningApi:
    """The server; `api` is the package here."""
    return api
