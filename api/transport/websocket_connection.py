"""uvicorn's WebSocket connection with prepared frames, limits, and a timeout for slow clients.

A subscriber whose socket is full waits until it has drained: nothing is buffered beyond what the connection itself
buffers.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast

from starlette.websockets import WebSocket
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State

from tickql.api.fanout.socket import Socket
from tickql.api.limits.connections import Admission
from tickql.api.limits.frame_rate import FrameRate
from tickql.api.limits.refusals import refusals
from tickql.api.limits.values import Limits
from tickql.api.timings import Timings
from tickql.api.transport.asgi_socket import AsgiSocket, text_frame
from tickql.api.transport.back_pressure import BackPressure
from tickql.api.transport.close_codes import NOT_UTF8, POLICY_VIOLATION, SLOW_CLIENT_REASON, TRY_AGAIN_LATER
from tickql.api.transport.error_response import error_response
from tickql.api.transport.graceful_close import pause_s
from tickql.api.transport.light_queue import LightEvent, LightQueue
from tickql.api.transport.prepared_socket import FrameSocket, PreparedTransport

_EXTENSION = "tickql.socket"
"""The key under which an ASGI scope's `extensions` hold the `Socket` of a connection."""
_ESTABLISHED = "tickql.established"
"""The key under which they hold the connection's `established`."""

_PARSED_BYTES = 1024
"""Bytes that are parsed before the number of frames is looked at: at most 170 frames, if they are empty."""


class WebSocketConnection(WebSocketsSansIOProtocol):
    """A WebSocket connection that is closed when its client reads nothing for `timings.slow_client_s`.

    uvicorn alone would keep such a client forever: its close after a ping timeout waits until the buffer is empty, and
    sends code 1011, after which the npm client `graphql-ws` does not reconnect.
    """

    # Python keeps the attributes of an object in a third of the memory while there are at most 30 of them. uvicorn has
    # more by itself: these leave 25.
    __slots__ = (
        "_admission", "_back_pressure", "_limits", "_rate", "_timings", "close_timeout", "close_timer",
        "curr_msg_data_type", "frames", "last_ping_rtt", "pending_ping_payload", "ping_interval", "ping_sent_at",
        "ping_timeout", "ping_timer", "pong_timer",
    )  # fmt: skip

    _socket: FrameSocket | None = None
    _refused = False
    """Whether the client went beyond a limit: nothing more is read from it."""
    _unparsed = b""
    """What was received and is parsed in the next turns of the event loop."""

    def __init__(
        self, *arguments: Any, timings: Timings, limits: Limits, admission: Admission | None = None, **named: Any
    ) -> None:
        super().__init__(*arguments, **named)
        self._timings = timings
        self.close_timeout = timings.close_handshake_s
        self._limits = limits
        self._admission = admission
        self._rate = FrameRate(limits, self.loop.time())
        self._back_pressure = BackPressure(self.loop, timings.slow_client_s, self._close_slow_client)
        self.queue = LightQueue()  # type: ignore[assignment]
        self.writable = LightEvent()  # type: ignore[assignment]
        self.writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start with a transport whose writes go through the prepared socket."""
        own = cast(asyncio.Transport, transport)
        self._socket = self._back_pressure.socket = FrameSocket(own, cast(LightEvent, self.writable))
        super().connection_made(cast(asyncio.BaseTransport, PreparedTransport(own, self._socket)))

    def data_received(self, data: bytes) -> None:
        """Parse what was received, as many frames as a turn of the event loop may take."""
        if self._unparsed:
            # uvicorn reads on when the application has taken all messages.
            self._unparsed += data
            self.transport.pause_reading()
        elif not self._refused:
            self._parse(data)

    def _parse(self, data: bytes) -> None:
        frames = 0
        for start in range(0, len(data), _PARSED_BYTES):
            if frames >= self._limits.frames_per_turn:
                # Otherwise megabytes would come in one turn, and be copied in each.
                self._unparsed = data[start:]
                self.transport.pause_reading()
                self.loop.call_soon(self._parse_rest)
                return
            self.conn.receive_data(data[start : start + _PARSED_BYTES])
            frames += len(self.conn.events)
            if self.conn.parser_exc is not None:
                self.handle_parser_exception()
            else:
                self.handle_events()
            if self._refused or self.disconnected or self.transport.is_closing():
                return
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            refusals.refused("a WebSocket, because its handshake is malformed")
            self.transport.write(error_response(HTTPStatus.BAD_REQUEST))
            self.transport.close()

    def _parse_rest(self) -> None:
        data, self._unparsed = self._unparsed, b""
        if not (self._refused or self.disconnected or self.transport.is_closing()):
            self._parse(data)
        if not (self._unparsed or self.read_paused or self._refused or self.transport.is_closing()):
            self.transport.resume_reading()

    def handle_events(self) -> None:
        """Handle the parsed frames, if the client keeps to the rate."""
        if self.handshake_initiated and not self._rate.take(len(self.conn.events), self.loop.time()):
            self._refuse("too many frames")
            return
        super().handle_events()

    def handle_cont(self, event: Any) -> None:
        """Add a piece of a fragmented message."""
        if len(self.frames) >= self._limits.pieces:
            self._refuse("too many pieces of a message")
        if not self._refused:
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """Pass on a whole message. uvicorn would log a text that is not UTF-8 as a failure of its own."""
        if self.curr_msg_data_type == "text" and not self.close_sent and not _is_utf8(b"".join(self.frames)):
            self.frames = []
            # Not open: the client's own close frame came in the same data, and is handled next.
            if self.conn.state is State.OPEN:
                self.conn.send_close(NOT_UTF8)
                self.handle_parser_exception()
            return
        super().send_receive_event_to_app()

    def handle_ping(self) -> None:
        """Answer a ping, unless the client does not read."""
        if self._socket is not None and self._socket.full:
            # RFC 6455, 5.5.3, allows to answer only the newest of several pings.
            self.conn.data_to_send()
        else:
            super().handle_ping()

    def established(self) -> None:
        """Count the connection no longer as one that has not been initialised."""
        if self._admission is not None:
            self._admission.established()

    def _refuse(self, reason: str) -> None:
        refusals.refused(f"a WebSocket, because of {reason}")
        self._refused, self._unparsed = True, b""
        self._send_close(POLICY_VIOLATION, reason)
        self.queue.put_nowait({"type": "websocket.disconnect", "code": POLICY_VIOLATION})
        # Not even its answer to the close frame is read: it may send more and more before.
        self.read_paused = False
        self.transport.pause_reading()
        self.loop.call_later(self._timings.close_frame_s, self.transport.abort)

    def _send_close(self, code: int, reason: str) -> None:
        if not self.close_sent and self.handshake_complete:
            self.conn.send_close(code, reason)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True

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
            extensions[_ESTABLISHED] = self.established

    def shutdown(self) -> None:
        """Close the connection with 1012, because the server stops: soon, while others are closed, too."""
        timeout_s = self.config.timeout_graceful_shutdown or 0
        self.loop.call_later(pause_s(len(self.connections), timeout_s), self._close_for_restart)

    def _close_for_restart(self) -> None:
        if not self.transport.is_closing():
            super().shutdown()

    async def send(self, message: Any) -> None:
        """Send a message of the application."""
        await super().send(message)
        if message["type"] == "websocket.accept":
            # Nothing reads the handshake any more, and an idle connection should take little memory. The parser has a
            # reference to the request, too, so its headers are cleared.
            self.request.headers.clear()
            del self.request, self.response

    def pause_writing(self) -> None:
        """Stop sending: the client does not read as fast as messages are sent."""
        super().pause_writing()
        self._back_pressure.pause_writing()

    def resume_writing(self) -> None:
        """Send again: the client has read most of what was buffered."""
        super().resume_writing()
        self._back_pressure.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Release what belongs to the connection."""
        self._back_pressure.connection_lost()
        if self._admission is not None:
            self._admission.release()
        super().connection_lost(exc)

    def keepalive_timeout(self) -> None:
        """Abort the connection of a client that does not answer pings: a close frame would not arrive either."""
        self.transport.abort()

    def _close_slow_client(self) -> None:
        self._send_close(TRY_AGAIN_LATER, SLOW_CLIENT_REASON)
        # The close frame waits behind all that is buffered: the abort frees the memory if it does not get through.
        self._back_pressure.abort_after(self._timings.close_frame_s, self.transport)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def socket_of(websocket: WebSocket) -> Socket:
    """Return the socket of a connection: the prepared one on our own server, an `AsgiSocket` on any other."""
    prepared: Socket | None = websocket.scope.get("extensions", {}).get(_EXTENSION)
    return AsgiSocket(websocket.send, text_frame) if prepared is None else prepared


def mark_established(websocket: WebSocket) -> None:
    """Count the connection as initialised. Does nothing on a server that is not ours."""
    established: Callable[[], None] | None = websocket.scope.get("extensions", {}).get(_ESTABLISHED)
    if established is not None:
        established()
