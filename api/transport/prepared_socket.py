"""A subscriber's socket on our own uvicorn connections: messages are framed here and written straight to the kernel."""

import asyncio
import os
import struct
import sys
from abc import ABC, abstractmethod
from typing import Any

from tickql.api.transport.light_queue import LightEvent

_HIGH_WATER_BYTES = 16 * 1024
"""Bytes in the transport's buffer above which a socket is full. The system buffers far more (`server`), so a client
that reads is never slowed by it, and 500 clients that do not read take 30 MB less than with the usual 64 KiB."""
CHUNK_END = b"\r\n"
"""Ends the data of a chunk. Part of each payload of a `ChunkSocket`."""


class PreparedSocket(ABC):
    """A `Socket` that writes messages to the connection's file descriptor.

    While the transport has nothing buffered, messages bypass it, which saves a copy and a queue. All writes to the
    connection go through this object (see `PreparedTransport`), so no message overtakes another.
    """

    __slots__ = ("_bypass", "_descriptor", "_transport", "_writable", "batch", "full", "is_closing")

    def __init__(self, transport: asyncio.Transport, writable: LightEvent) -> None:
        self.full = False
        """Set by `BackPressure` while the transport's buffer is above its high-water mark."""
        self.is_closing = False
        """Whether the connection is being closed. After a WebSocket's close frame no message may follow (RFC 6455,
        5.5.1)."""
        self.batch: list[bytes] = []
        self._transport = transport
        self._writable = writable
        transport.set_write_buffer_limits(high=_HIGH_WATER_BYTES)
        # With TLS the transport encrypts all data; on Windows a socket is no file descriptor.
        cannot_bypass = transport.get_extra_info("sslcontext") is not None or sys.platform == "win32"
        self._descriptor: int = -1 if cannot_bypass else transport.get_extra_info("socket").fileno()
        self._bypass = not cannot_bypass

    @abstractmethod
    def message_start(self, prefix: bytes, payload_bytes: int) -> bytes:
        """Return what the protocol puts before a message, followed by the prefix."""

    def send(self, message: bytes) -> None:
        """Write messages. Writes nothing if the connection is lost or being closed."""
        if self._bypass:
            try:
                written = os.write(self._descriptor, message)
            except BlockingIOError:
                written = 0
            except OSError:
                # The connection is broken; the transport finds that out by reading.
                return
            if written == len(message):
                return
            message = message[written:]
        if not self.is_closing:
            self.write(message)

    def write(self, data: bytes) -> None:
        """Write through the transport, like uvicorn does."""
        self._transport.write(data)
        self._bypass = self._descriptor >= 0 and not (self.is_closing or self._transport.get_write_buffer_size())

    def close(self) -> None:
        """Send no more messages."""
        self.is_closing = True
        self._bypass = False

    def flush(self) -> None:
        """Write the messages of `batch` at once."""
        data = b"".join(self.batch)
        self.batch.clear()
        self.send(data)

    async def drained(self) -> None:
        """Wait until the transport's buffer is below its low-water mark, or the connection is lost."""
        await self._writable.wait()

    def connection_lost(self) -> None:
        """Write nothing more, because the file descriptor may soon belong to another connection."""
        self.close()
        self._descriptor = -1


class FrameSocket(PreparedSocket):
    """The messages of a WebSocket: a frame each (RFC 6455, 5.2: final, text, not masked)."""

    __slots__ = ()

    def message_start(self, prefix: bytes, payload_bytes: int) -> bytes:
        """Return a frame header, followed by the prefix."""
        return _frame_header(len(prefix) + payload_bytes) + prefix


class ChunkSocket(PreparedSocket):
    """The messages of a streaming HTTP response: a chunk each (RFC 9112, 7.1).

    A payload ends with the CRLF that ends its chunk, so that nothing has to follow it.
    """

    __slots__ = ("last_words",)

    def __init__(self, transport: asyncio.Transport, writable: LightEvent) -> None:
        super().__init__(transport, writable)
        self.last_words = b""
        """Written by the connection when the server stops: messages, and what ends the response."""

    def message_start(self, prefix: bytes, payload_bytes: int) -> bytes:
        """Return the size of a chunk, followed by the prefix."""
        return b"%x\r\n%b" % (len(prefix) + payload_bytes - len(CHUNK_END), prefix)


class PreparedTransport:
    """The transport that uvicorn gets: writes go through the socket, and closing it stops the socket."""

    def __init__(self, transport: asyncio.Transport, socket: PreparedSocket) -> None:
        self.write = socket.write
        self._socket = socket
        self._transport = transport

    def close(self) -> None:
        """Close the transport. The socket sends no more messages."""
        self._socket.close()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def _frame_header(length: int) -> bytes:
    if length < len(_SHORT_HEADERS):
        return _SHORT_HEADERS[length]
    return struct.pack("!BBH", 0x81, 126, length) if length < 1 << 16 else struct.pack("!BBQ", 0x81, 127, length)


def _short_header(length: int) -> bytes:
    return struct.pack("!BB", 0x81, length) if length < 126 else struct.pack("!BBH", 0x81, 126, length)


_SHORT_HEADERS = [_short_header(length) for length in range(2048)]
"""Frame headers by length, for the lengths that messages of ticks have."""
