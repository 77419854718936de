"""uvicorn's HTTP connection with prepared chunks for streams, and with a timeout for clients that do not read.

A stream without end is written like the messages of a WebSocket (`PreparedSocket`), and its client is treated like one.
"""

import asyncio
from typing import Any, cast

from starlette.types import Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from tickql.api.fanout.socket import Socket
from tickql.api.timings import Timings
from tickql.api.transport.asgi_socket import AsgiSocket, body_part
from tickql.api.transport.back_pressure import BackPressure
from tickql.api.transport.graceful_close import pause_s
from tickql.api.transport.light_queue import LightEvent
from tickql.api.transport.prepared_socket import ChunkSocket, PreparedTransport

_EXTENSION = "tickql.stream"
"""The key under which an ASGI scope's `extensions` hold the connection of a request."""


class StreamingConnection(HttpToolsProtocol):
    """An HTTP connection that is aborted when its client reads nothing for `timings.slow_client_s`."""

    # As in `WebSocketConnection`.
    __slots__ = ("_back_pressure", "_running", "_stream", "_writable")

    def __init__(self, *arguments: Any, timings: Timings, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._back_pressure = BackPressure(self.loop, timings.slow_client_s, self._abort)
        self._running: RequestResponseCycle | None = None
        """The request that the application answers. `self.cycle` is the newest one, which may wait behind it."""
        self._stream: ChunkSocket | None = None
        """The socket of the stream that is the answer, or the last one that was."""
        self._writable: LightEvent | None = None

    def open_stream(self) -> ChunkSocket | None:
        """Return a socket for the rest of the answer that has begun. `None`: it is not sent in chunks, or is lost."""
        cycle = self._running
        if cycle is None or not cycle.chunked_encoding or cycle.response_complete or cycle.disconnected:
            return None
        if self._stream is not None:
            # The second stream of a connection: the transport is prepared already.
            self._stream.last_words = b""
            return self._stream
        self._writable = LightEvent()
        self._stream = self._back_pressure.socket = ChunkSocket(self.transport, self._writable)
        self.transport = cycle.transport = cast(asyncio.Transport, PreparedTransport(self.transport, self._stream))
        if self.flow.write_paused:
            self._stream.full = True
        else:
            self._writable.set()
        return self._stream

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        # A scope with a reference to its connection is part of a circle, which `connection_lost` breaks.
        cast(dict[str, Any], cycle.scope)["extensions"] = {_EXTENSION: self}
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def pause_writing(self) -> None:
        """Stop sending: the client does not read as fast as the answer is sent."""
        super().pause_writing()
        if self._writable is not None:
            self._writable.clear()
        self._back_pressure.pause_writing()

    def resume_writing(self) -> None:
        """Send again: the client has read most of what was buffered."""
        super().resume_writing()
        if self._writable is not None:
            self._writable.set()
        self._back_pressure.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Release what belongs to the connection, and end the request that is being answered."""
        self._back_pressure.connection_lost()
        if self._writable is not None:
            self._writable.set()
        if self._running is not None:
            # uvicorn does that for the newest request only, which may be waiting behind a stream without end.
            self._disconnect(self._running)
            cast(dict[str, Any], self._running.scope).pop("extensions", None)
            self._running = None
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Stop serving this connection, because the server stops: soon if it has a stream, else at once."""
        if self._stream is None or self._running is None:
            self.end()
            return
        timeout_s = self.config.timeout_graceful_shutdown or 0
        self.loop.call_later(pause_s(len(self.connections), timeout_s), self.end)

    def end(self) -> None:
        """Stop serving this connection. An answer that has begun and is not a stream is still sent."""
        if self.transport.is_closing():
            return
        super().shutdown()
        cycle = self._running
        if cycle is not None and cycle.response_started and not cycle.response_complete:
            self._disconnect(cycle)
            if self._stream is not None:
                self._stream.write(self._stream.last_words)
            self.transport.close()

    def _disconnect(self, cycle: RequestResponseCycle) -> None:
        if not cycle.response_complete:
            cycle.disconnected = True
        cycle.message_event.set()

    def _abort(self) -> None:
        self.transport.abort()


def break_off(scope: Scope) -> bool:
    """End a response that has begun, in a way that the client does not take for its orderly end.

    Returns `False`, and does nothing, on a server that is not ours.
    """
    connection: StreamingConnection | None = scope.get("extensions", {}).get(_EXTENSION)
    if connection is None:
        return False
    connection.end()
    return True


def stream_socket(scope: Scope, send: Send) -> Socket:
    """Return the socket of a response that has begun: prepared on our own server, an `AsgiSocket` on others."""
    connection: StreamingConnection | None = scope.get("extensions", {}).get(_EXTENSION)
    prepared = None if connection is None else connection.open_stream()
    return AsgiSocket(send, body_part) if prepared is None else prepared
