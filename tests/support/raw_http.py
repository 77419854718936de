"""A client that sends any bytes, and reads until the server closes the connection."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from tests.support.waiting import DEADLINE_S

HANDSHAKE = (
    b"GET %b HTTP/1.1\r\nHost: %b\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n%b\r\n"
)
"""A WebSocket handshake: path, host, further header lines."""


class RawClient:
    """A TCP connection to the server. Writing to one that the server has closed is no error."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: bytes) -> None:
        self.host = host
        self._reader = reader
        self._writer = writer

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of this side."""
        host, port = self._writer.get_extra_info("sockname")[:2]
        return host, port

    async def send(self, data: bytes) -> None:
        try:
            self._writer.write(data)
            await self._writer.drain()
        except ConnectionError:
            pass

    async def rest(self) -> bytes:
        """Return all that the server sends until it closes the connection."""
        received = b""
        async with asyncio.timeout(DEADLINE_S):
            try:
                while data := await self._reader.read(65536):
                    received += data
            except ConnectionError:
                pass
        return received

    async def until(self, text: bytes) -> None:
        """Read until the server has sent `text`."""
        async with asyncio.timeout(DEADLINE_S):
            await self._reader.readuntil(text)

    async def status(self) -> int:
        """Return the status of the next response, whose headers are read."""
        async with asyncio.timeout(DEADLINE_S):
            head = await self._reader.readuntil(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1])

    async def upgrade(self, path: bytes = b"/graphql", more: bytes = b"") -> int:
        """Send a WebSocket handshake. Returns the status of the answer."""
        await self.send(HANDSHAKE % (path, self.host, more))
        return await self.status()

    async def init(self) -> None:
        """Open a GraphQL WebSocket."""
        assert await self.upgrade() == 101
        await self.send(frame(b'{"type":"connection_init"}'))
        async with asyncio.timeout(DEADLINE_S):
            await self._reader.readuntil(b"connection_ack")
            await self._reader.readexactly(2)

    async def close_code(self) -> int:
        """Return the code of the close frame with which the server ends the connection."""
        return int(struct.unpack("!H", (await self.rest()).rpartition(b"\x88")[2][1:3])[0])


def frame(payload: bytes, opcode: int = 1, final: bool = True) -> bytes:
    """Return a masked frame; opcode 0: a continuation, 1: text, 9: ping."""
    first = opcode | (0x80 if final else 0)
    if len(payload) < 126:
        return struct.pack("!BB", first, 0x80 | len(payload)) + bytes(4) + payload
    return struct.pack("!BBH", first, 0x80 | 126, len(payload)) + bytes(4) + payload


@asynccontextmanager
async def raw_client(url: str) -> AsyncIterator[RawClient]:
    """Open a connection to the server at `url`."""
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        yield RawClient(reader, writer, where.netloc.encode())
    finally:
        writer.close()
