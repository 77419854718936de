"""uvicorn's WebSocket connection with prepared frames and a timeout for slow clients.

A subscriber whose socket is full waits until it has drained: nothing is buffered beyond what the connection itself
buffers.
"""

import asyncio
from typing import Any, cast

from starlette.websockets import WebSocket
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from tickql.api.fanout.socket import Socket
from tickql.api.timings import Timings
from tickql.api.transport.asgi_socket import AsgiSocket
from tickql.api.transport.light_queue import LightEvent, LightQueue
from tickql.api.transport.prepared_socket import PreparedSocket, PreparedTransport

_EXTENSION = "tickql.socket"
"""The key under which an ASGI scope's `extensions` hold the `Socket` of a connection."""

_TRY_AGAIN_LATER = 1013
"""Close code after which the npm client `graphql-ws` reconnects."""
_SLOW_CLIENT_REASON = "slow consumer, resume with your cursor"


class WebSocketConnection(WebSocketsSansIOProtocol):
    """A WebSocket connection that is closed when its client reads nothing for `timings.slow_client_s`.

    uvicorn alone would keep such a client forever: its close after a ping timeout waits until the buffer is empty, and
    sends code 1011, after which the npm client `graphql-ws` does not reconnect.
    """

    _socket: PreparedSocket | None = None
    _slow_client_timer: asyncio.TimerHandle | None = None

    def __init__(self, *arguments: Any, timings: Timings, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._timings = timings
        self.queue = LightQueue()  # type: ignore[assignment]
        self.writable = LightEvent()  # type: ignore[assignment]
        self.writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start with a transport whose writes go through the prepared socket."""
        own = cast(asyncio.Transport, transport)
        self._socket = PreparedSocket(own, cast(LightEvent, self.writable))
        super().connection_made(cast(asyncio.BaseTransport, PreparedTransport(own, self._socket)))

    @property
    def close_sent(self) -> bool:
        """Whether this side has sent its close frame. uvicorn sets it in many places."""
        return self._close_sent

    @close_sent.setter
    def close_sent(self, sent: bool) -> None:
        self._close_sent = sent
        if sent and self._socket is not None:
            self._socket.close()

    def handle_connect(self, event: Any) -> None:
        """Put the prepared socket into the scope that the application gets."""
        super().handle_connect(event)
        # A refused handshake has no scope.
        if hasattr(self, "scope"):
            extensions: dict[Any, Any] = self.scope["extensions"]
            extensions[_EXTENSION] = self._socket

    async def send(self, message: Any) -> None:
        """Send a message of the application."""
        await super().send(message)
        if message["type"] == "websocket.accept":
            # Nothing reads the handshake any more, and an idle connection should take little memory. The parser has a
            # reference to the request, too, so its headers are cleared.
            self.request.headers.clear()
            del self.request, self.response

    def pause_writing(self) -> None:
        """Start the timeout: the client does not read as fast as messages are sent."""
        super().pause_writing()
        if self._socket is not None:
            self._socket.full = True
        self._slow_client_timer = self.loop.call_later(self._timings.slow_client_s, self._close_slow_client)

    def resume_writing(self) -> None:
        """Stop the timeout: the client has read most of what was buffered."""
        super().resume_writing()
        if self._socket is not None:
            self._socket.full = False
        self._stop_slow_client_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Release what belongs to the connection."""
        self._stop_slow_client_timer()
        if self._socket is not None:
            self._socket.connection_lost()
        super().connection_lost(exc)

    def keepalive_timeout(self) -> None:
        """Abort the connection of a client that does not answer pings: a close frame would not arrive either."""
        self.transport.abort()

    def _close_slow_client(self) -> None:
        if not self.close_sent and self.handshake_complete:
            self.conn.send_close(_TRY_AGAIN_LATER, _SLOW_CLIENT_REASON)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
        # The close frame waits behind all that is buffered: the abort frees the memory if it does not get through.
        self._slow_client_timer = self.loop.call_later(self._timings.close_frame_s, self.transport.abort)

    def _stop_slow_client_timer(self) -> None:
        if self._slow_client_timer is not None:
            self._slow_client_timer.cancel()
            self._slow_client_timer = None


def socket_of(websocket: WebSocket) -> Socket:
    """Return the socket of a connection: the prepared one on our own server, an `AsgiSocket` on any other."""
    prepared: Socket | None = websocket.scope.get("extensions", {}).get(_EXTENSION)
    return AsgiSocket(websocket.send) if prepared is None else prepared
