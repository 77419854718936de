"""uvicorn's WebSocket connection with prepared frames. It closes connections whose client no longer reads.

A subscriber that finds its socket full waits until the socket has drained: nothing is queued beyond what the connection
itself holds.
"""

import asyncio
from typing import Any, cast

from starlette.websockets import WebSocket
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from tickql.api.fanout.socket import Socket
from tickql.api.transport.asgi_socket import AsgiSocket
from tickql.api.transport.light_queue import LightEvent, LightQueue
from tickql.api.transport.prepared_socket import PreparedSocket, PreparedTransport

EXTENSION = "tickql.socket"
"""Under this name an ASGI scope's `extensions` hold the `Socket` of a connection."""

STUCK_S = 8.0
"""A client that takes nothing for so long is let go."""
_FAREWELL_S = 1.0
_TRY_AGAIN_LATER = 1013
_SLOW = "slow consumer, resume with your cursor"


class WebSocketConnection(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket with prepared frames, that lets go of clients which are stuck or gone.

    uvicorn itself waits for such clients for ever: its close after a ping timeout waits for the full buffer to empty,
    and code 1011 is one after which the npm client `graphql-ws` does not reconnect.
    """

    _socket: PreparedSocket | None = None
    _stuck: asyncio.TimerHandle | None = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.queue = LightQueue()  # type: ignore[assignment]
        self.writable = LightEvent()  # type: ignore[assignment]
        self.writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection over, or rather its transport."""
        own = cast(asyncio.Transport, transport)
        self._socket = PreparedSocket(own, cast(LightEvent, self.writable))
        super().connection_made(cast(asyncio.BaseTransport, PreparedTransport(own, self._socket)))

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


def socket_of(websocket: WebSocket) -> Socket:
    """The socket of a connection."""
    prepared: Socket | None = websocket.scope.get("extensions", {}).get(EXTENSION)
    return AsgiSocket(websocket.send) if prepared is None else prepared
