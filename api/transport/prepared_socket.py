"""A socket for a uvicorn connection: WebSocket frames are prepared here and written straight to the kernel.

All writes to the connection go through this socket, so that no frame overtakes another.
"""

import asyncio
import os
import struct
import sys
from typing import Any

from tickql.api.transport.light_queue import LightEvent


class PreparedSocket:
    """Frames for a uvicorn connection, ready made.

    While the transport holds nothing back, data goes past it straight to the kernel, which saves a copy and a queue.
    Everything that is written to the connection comes through here, so nothing overtakes anything.
    """

    __slots__ = ("_descriptor", "_straight", "_transport", "_writable", "finished", "full", "held")

    def __init__(self, transport: asyncio.Transport, writable: LightEvent) -> None:
        self.full = False
        self.finished = False
        """Whether the connection is being closed. After a close frame no message may follow (RFC 6455, 5.5.1)."""
        self.held: list[bytes] = []
        self._transport = transport
        self._writable = writable
        # TLS records are the transport's business; on Windows a socket is no file.
        apart = transport.get_extra_info("sslcontext") is not None or sys.platform == "win32"
        self._descriptor: int = -1 if apart else transport.get_extra_info("socket").fileno()
        self._straight = not apart

    def frame(self, head: bytes, length: int) -> bytes:
        """A frame's header (RFC 6455, 5.2: final, text, not masked), and the head."""
        return _header(len(head) + length) + head

    def send(self, message: bytes) -> None:
        """Write a frame; nothing to a client that is gone."""
        if self._straight:
            try:
                written = os.write(self._descriptor, message)
            except BlockingIOError:
                written = 0
            except OSError:
                return
            if written == len(message):
                return
            message = message[written:]
        if not self.finished:
            self.write(message)

    def write(self, data: bytes) -> None:
        """Write through the transport, as uvicorn does."""
        self._transport.write(data)
        self._straight = self._descriptor >= 0 and not (self.finished or self._transport.get_write_buffer_size())

    def close(self) -> None:
        """Send no more messages."""
        self.finished = True
        self._straight = False

    def flush(self) -> None:
        """Write what is held."""
        data = b"".join(self.held)
        self.held.clear()
        self.send(data)

    async def drained(self) -> None:
        """Wait until the transport takes more, or the connection is lost."""
        await self._writable.wait()

    def lost(self) -> None:
        """Write nothing more: the descriptor will soon be another connection's."""
        self.close()
        self._descriptor = -1


class PreparedTransport:
    """A transport as uvicorn has it, but that its socket writes and knows when it is closed."""

    def __init__(self, transport: asyncio.Transport, socket: PreparedSocket) -> None:
        self.write = socket.write
        self._socket = socket
        self._transport = transport

    def close(self) -> None:
        """Close the transport; the socket sends no more messages."""
        self._socket.close()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def _header(length: int) -> bytes:
    if length < len(_SHORT_HEADERS):
        return _SHORT_HEADERS[length]
    return struct.pack("!BBH", 0x81, 126, length) if length < 1 << 16 else struct.pack("!BBQ", 0x81, 127, length)


def _short_header(length: int) -> bytes:
    return struct.pack("!BB", 0x81, length) if length < 126 else struct.pack("!BBH", 0x81, 126, length)


_SHORT_HEADERS = [_short_header(length) for length in range(2048)]
