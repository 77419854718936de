"""One client's WebSocket as the fan-out sees it: takes messages without waiting, and says when it is full.

Two kinds. On uvicorn, frames are prepared here and written straight to the connection. On any other ASGI server one
task sends what was written. Whoever finds a socket full leaves it alone and goes on when it has drained: nothing is
queued beyond what the connection itself holds.
"""

import asyncio
import os
import struct
import sys
from contextlib import suppress
from typing import Any, Protocol, cast

from starlette.types import Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from api.inbox import Gate, Inbox

EXTENSION = "tickql.socket"
"""Under this name an ASGI scope's `extensions` hold the `Socket` of a connection."""

STUCK_S = 8.0
"""A client that takes nothing for so long is let go."""
_FAREWELL_S = 1.0
_TRY_AGAIN_LATER = 1013
_SLOW = "slow consumer, resume with your cursor"


class Socket(Protocol):
    """Where messages to one client go. A message is a head of its own and a tail that many share."""

    @property
    def full(self) -> bool:
        """Whether the client has yet to take what was sent. It may still be sent more."""

    def frame(self, head: bytes, length: int) -> bytes:
        """What to put in front of a tail of `length` bytes to make a message of the two."""

    def send(self, message: bytes) -> None:
        """Send a message."""

    @property
    def held(self) -> list[bytes]:
        """Messages for the next `flush`, always the same list: whoever has many adds them here."""

    def flush(self) -> None:
        """Send what is held, all in one."""

    async def drained(self) -> None:
        """Wait until the socket is not full."""

    def close(self) -> None:
        """Send nothing more. The connection is somebody else's to close."""


class PreparedSocket:
    """Frames for a uvicorn connection, ready made.

    While the transport holds nothing back, data goes past it straight to the kernel, which saves a copy and a queue.
    Everything that is written to the connection comes through here, so nothing overtakes anything.
    """

    __slots__ = ("_descriptor", "_straight", "_transport", "_writable", "finished", "full", "held")

    def __init__(self, transport: asyncio.Transport, writable: Gate) -> None:
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


class _Transport:
    """A transport as uvicorn has it, but that its socket writes and knows when it is closed."""

    def __init__(self, transport: asyncio.Transport, socket: PreparedSocket) -> None:
        self.write = socket.write
        self._socket = socket
        self._transport = transport

    def close(self) -> None:
        self._socket.close()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class AsgiSocket:
    """Messages for a connection of any ASGI server: one task sends them, one batch at a time."""

    def __init__(self, send: Send) -> None:
        self.held: list[bytes] = []
        self._send = send
        self._empty = asyncio.Event()
        self._empty.set()
        self._task: asyncio.Task[None] | None = None

    @property
    def full(self) -> bool:
        """Whether a batch is still being sent."""
        return not self._empty.is_set()

    def frame(self, head: bytes, length: int) -> bytes:
        """Frames are the server's business."""
        return head

    def send(self, message: bytes) -> None:
        """Have a message sent."""
        self.held.append(message)
        self.flush()

    def flush(self) -> None:
        """Have what is held sent."""
        self._empty.clear()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())

    async def drained(self) -> None:
        """Wait until everything was sent, or the connection is lost."""
        await self._empty.wait()

    def close(self) -> None:
        """Send nothing more."""
        if self._task is not None:
            self._task.cancel()

    async def _write(self) -> None:
        # A lost connection is noticed by whoever reads from it.
        with suppress(WebSocketDisconnect, OSError, RuntimeError):
            while self.held:
                messages = self.held.copy()
                self.held.clear()
                for message in messages:
                    await self._send({"type": "websocket.send", "text": message.decode()})
        self._empty.set()


def socket_of(websocket: WebSocket) -> Socket:
    """The socket of a connection."""
    prepared: Socket | None = websocket.scope.get("extensions", {}).get(EXTENSION)
    return AsgiSocket(websocket.send) if prepared is None else prepared


class WebSocketConnection(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket with prepared frames, that lets go of clients which are stuck or gone.

    uvicorn itself waits for such clients for ever: its close after a ping timeout waits for the full buffer to empty,
    and code 1011 is one after which the npm client `graphql-ws` does not reconnect.
    """

    _socket: PreparedSocket | None = None
    _stuck: asyncio.TimerHandle | None = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.queue = Inbox()  # type: ignore[assignment]
        self.writable = Gate()  # type: ignore[assignment]
        self.writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection over, or rather its transport."""
        own = cast(asyncio.Transport, transport)
        self._socket = PreparedSocket(own, cast(Gate, self.writable))
        super().connection_made(cast(asyncio.BaseTransport, _Transport(own, self._socket)))

    @property
    def close_sent(self) -> bool:
        """Whether this side has sent its last frame."""
        return self._close_sent

    @close_sent.setter
    def close_sent(self, sent: bool) -> None:
        self._close_sent = sent
        if sent and self._socket is not None:
            self._socket.close()

    def handle_connect(self, event: Any) -> None:
        """Offer the application this socket."""
        super().handle_connect(event)
        if hasattr(self, "scope"):
            extensions: dict[Any, Any] = self.scope["extensions"]
            extensions[EXTENSION] = self._socket

    async def send(self, message: Any) -> None:
        """Pass on what the application says. Once the connection stands, what led to it is not kept."""
        await super().send(message)
        if message["type"] == "websocket.accept":
            # The parser holds the request too.
            self.request.headers.clear()
            del self.request, self.response

    def pause_writing(self) -> None:
        """Give the client some seconds to take what waits for it."""
        super().pause_writing()
        if self._socket is not None:
            self._socket.full = True
        self._stuck = self.loop.call_later(STUCK_S, self._let_go)

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        if self._socket is not None:
            self._socket.full = False
        self._cancel_stuck()

    def connection_lost(self, exc: Exception | None) -> None:
        """Clean up."""
        self._cancel_stuck()
        if self._socket is not None:
            self._socket.lost()
        super().connection_lost(exc)

    def keepalive_timeout(self) -> None:
        """Drop a client that does not answer pings: nothing can be said to it."""
        self.transport.abort()

    def _let_go(self) -> None:
        """Close a stuck connection: say why, and give that a second's try."""
        if not self.close_sent and self.handshake_complete:
            self.conn.send_close(_TRY_AGAIN_LATER, _SLOW)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
        self._stuck = self.loop.call_later(_FAREWELL_S, self.transport.abort)

    def _cancel_stuck(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None


def _header(length: int) -> bytes:
    if length < len(_SHORT_HEADERS):
        return _SHORT_HEADERS[length]
    return struct.pack("!BBH", 0x81, 126, length) if length < 1 << 16 else struct.pack("!BBQ", 0x81, 127, length)


def _short_header(length: int) -> bytes:
    return struct.pack("!BB", 0x81, length) if length < 126 else struct.pack("!BBH", 0x81, 126, length)


_SHORT_HEADERS = [_short_header(length) for length in range(2048)]
