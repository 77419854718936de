"""A connection of an attacker: it sends any bytes, and reports in one word how the server took them."""

import asyncio
import itertools
import json
import re
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from bench.websocket import CLOSE, TEXT, client_frame, upgrade_request, walk

_SOURCES = itertools.cycle([f"127.0.0.{number}" for number in range(20, 30)])
"""Source addresses: one alone has some 28,000 ports, and the server limits the connections of each."""
_IP_BIND_ADDRESS_NO_PORT = 24
_CODE = re.compile(rb'"code":\s*"([A-Z_]+)"')
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
PROTOCOL = "graphql-transport-ws"
INVENTED = ["".join(letters) for letters in itertools.product("ABCDEFGHIJKLMNOPQRST", repeat=3)]
"""8,000 symbols that nobody publishes, short enough for one request to name them all."""


@dataclass(slots=True)
class Target:
    """The attacked port, and how it answered so far."""

    port: int
    answers: Counter[str] = field(default_factory=Counter)
    """Counts by HTTP status, close code, or error code; `no answer`: none came in time."""
    patience_s: float = 1.0
    """How long an attacker waits before it attacks again. The port that does nothing closes no connection."""

    @asynccontextmanager
    async def client(self, receive_bytes: int | None = None) -> AsyncIterator["HostileClient"]:
        """Open a connection. `receive_bytes`: size of its receive buffer, `None`: the system's."""
        connection = socket.socket()
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
        if receive_bytes is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        connection.bind((next(_SOURCES), 0))
        client = HostileClient(connection, self)
        try:
            await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", self.port))
            yield client
        except OSError:
            self.answers["reset"] += 1
        finally:
            connection.close()


class HostileClient:
    """One connection. Sending to a server that has closed it is no error."""

    def __init__(self, connection: socket.socket, target: Target) -> None:
        self._connection = connection
        self._is_closed = False
        self._target = target
        self._host = f"127.0.0.1:{target.port}"

    async def send(self, data: bytes) -> bool:
        """Send all of it. Returns whether the connection still took it."""
        try:
            async with asyncio.timeout(self._target.patience_s):
                await asyncio.get_running_loop().sock_sendall(self._connection, data)
        except (OSError, TimeoutError):
            return False
        return True

    async def receive(self, size: int = 65_536) -> bytes:
        """Return what comes next; empty: the connection is closed, or nothing came in time."""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(self._target.patience_s):
                return await asyncio.get_running_loop().sock_recv(self._connection, size)
        return b""

    async def post(self, body: bytes, headers: Iterable[str] = ()) -> None:
        """Send a request, and count its answer."""
        await self.send(self.request(body, headers))
        await self.answer()

    def request(self, body: bytes, headers: Iterable[str] = (), path: str = "/graphql") -> bytes:
        """Return a POST of JSON."""
        lines = [f"POST {path} HTTP/1.1", f"Host: {self._host}", "Content-Type: application/json", *headers]
        return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body

    async def answer(self) -> None:
        """Count the next HTTP answer."""
        data = b""
        while not _is_whole(data) and (received := await self.receive()):
            data += received
        if not data:
            self._target.answers["no answer"] += 1
            return
        status = data[9:12].decode(errors="replace")
        code = _CODE.search(data)
        self._target.answers[f"{status} {code[1].decode()}" if code else status] += 1

    async def upgrade(self, path: str = "/graphql", protocol: str | None = PROTOCOL) -> bool:
        """Become a WebSocket."""
        await self.send(upgrade_request(self._host, path, protocol))
        return (await self.receive()).startswith(b"HTTP/1.1 101")

    async def init(self) -> bool:
        """Become a GraphQL WebSocket that has been acknowledged."""
        if not await self.upgrade():
            self._target.answers["no WebSocket"] += 1
            return False
        await self.send(client_frame(b'{"type":"connection_init"}'))
        return b"connection_ack" in await self.receive()

    async def subscribe(self, identifier: str, query: str, **variables: Any) -> bool:
        """Send a `subscribe` message."""
        payload = {"query": query, "variables": variables}
        message = {"id": identifier, "type": "subscribe", "payload": payload}
        return await self.send(client_frame(json.dumps(message).encode()))

    async def closed(self) -> None:
        """Read until the connection is closed, as long as patience lasts. Counts errors, the close code, and `closed`.

        A close code that comes while this side still sends may be lost.
        """
        if await self.frames(self._target.patience_s):
            self._target.answers["closed"] += 1

    async def frames(self, for_s: float) -> bool:
        """Read for a time, or until the connection is closed, and count the same. Returns whether it was closed."""
        data = b""
        try:
            async with asyncio.timeout(for_s):
                while not self._is_closed and (
                    received := await asyncio.get_running_loop().sock_recv(self._connection, 65_536)
                ):
                    data = self._count(data + received)
        except TimeoutError:
            return False
        except OSError:
            pass
        return True

    def _count(self, data: bytes) -> bytes:
        end = 0
        for kind, start, end in walk(data):
            if kind == CLOSE:
                self._is_closed = True
                self._target.answers[str(struct.unpack_from("!H", data, start)[0])] += 1
            elif kind == TEXT and b'"error"' in data[start : start + 200]:
                code = _CODE.search(data, start, end)
                self._target.answers[code[1].decode() if code else "error"] += 1
        return data[end:]


def _is_whole(answer: bytes) -> bool:
    """Whether an HTTP answer is complete. A stream, which has no length, counts as soon as it has begun."""
    head, end, body = answer.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return bool(end) and len(body) >= (int(length[1]) if length else 0)
