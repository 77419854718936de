"""A streaming HTTP response: the results of one operation as server-sent events or as parts.

graphql-core starts the operation. A subscription whose selection is compiled is then served by the fan-out engine, like
one of a WebSocket; every other operation is executed by graphql-core to its end.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager, suppress

from starlette.datastructures import State
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tickql.api.access.sessions import Sessions
from tickql.api.fanout.handoff import Handoff, current_handoff
from tickql.api.fanout.shared_timer import SharedTimer
from tickql.api.fanout.socket import Socket
from tickql.api.fanout.subscriber import Subscriber
from tickql.api.traffic import traffic
from tickql.api.transport.prepared_socket import CHUNK_END, ChunkSocket
from tickql.api.transport.stream_format import StreamFormat
from tickql.api.transport.streaming_connection import break_off, stream_socket
from tickql.feed.race import race

_LAST_CHUNK = b"0\r\n\r\n"
_LAST_MESSAGE_S = 1.0
"""How long a server that is not ours may take to send the last message of a stream that is interrupted."""


class _Interrupted(Exception):
    """The grant has ended. The application returns without the end of the response: any server then closes it."""


class ResultStream(Response):
    """The response. `results` yields what graphql-core executes, encoded in the format of the stream.

    `state`: of the request, with its grant. When the grant ends, the stream is interrupted.
    """

    def __init__(
        self, results: AsyncGenerator[str, None], stream_format: StreamFormat, state: State, heartbeat: SharedTimer
    ) -> None:
        super().__init__(headers=dict(stream_format.headers))
        del self.headers["content-length"]
        self._results = results
        self._format = stream_format
        self._state = state
        self._grant_ended = asyncio.Event()
        self._heartbeat = heartbeat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response, until the operation has ended or the client disconnects."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        socket = stream_socket(scope, send)
        if isinstance(socket, ChunkSocket) and self._format.interrupted:
            socket.last_words = _message(socket, self._format.interrupted) + _LAST_CHUNK
        sessions: Sessions = self._state.sessions
        try:
            with sessions.session(self._state.grant, self._end):
                await self._send_results(socket, scope, receive, send)
        except* _Interrupted:
            pass

    async def _send_results(self, socket: Socket, scope: Scope, receive: Receive, send: Send) -> None:
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(self._serve(socket, scope, send))
            # ASGI returns this message when the client disconnects, and when the response is complete.
            while (await receive())["type"] != "http.disconnect":
                pass
            if not serving.done():
                socket.close()
                serving.cancel()

    def _end(self, reason: str) -> None:
        self._grant_ended.set()

    async def _serve(self, socket: Socket, scope: Scope, send: Send) -> None:
        _write(socket, self._format.start)
        try:
            with self._heartbeats(socket):
                traffic.operations[self._format.framing.transport] += 1
                await race(self._serve_operation(socket), self._grant_ended.wait())
        except Exception:
            # The exception ends the connection: the client must not take this end for that of the operation.
            _write(socket, self._format.interrupted)
            raise
        finally:
            traffic.operations[self._format.framing.transport] -= 1
        if self._grant_ended.is_set():
            await self._interrupt(socket, scope)
            return
        _write(socket, self._format.complete)
        await socket.drained()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _interrupt(self, socket: Socket, scope: Scope) -> None:
        """End the response so that the client does not take this for its orderly end."""
        _write(socket, self._format.interrupted)
        if break_off(scope):
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_MESSAGE_S):
                await socket.drained()
        socket.close()
        raise _Interrupted

    async def _serve_operation(self, socket: Socket) -> None:
        handoff = Handoff()
        current_handoff.set(handoff)
        async with aclosing(self._results) as results:
            async for result in results:
                _write(socket, result.encode())
                traffic.messages[self._format.framing.transport] += 1
                await socket.drained()
        if handoff.complete:
            await handoff.serve(self._state.engine, self._format.framing, Subscriber(socket, b""))

    @contextmanager
    def _heartbeats(self, socket: Socket) -> Iterator[None]:
        def beat() -> None:
            # A client that has not read the messages before would not read this one, either.
            if not socket.full:
                _write(socket, self._format.heartbeat)

        phase = self._heartbeat.newest_phase()
        self._heartbeat.add(phase, beat)
        try:
            yield
        finally:
            self._heartbeat.remove(phase, beat)


def _write(socket: Socket, data: bytes) -> None:
    # An empty chunk would end the response.
    if data:
        socket.send(_message(socket, data))


def _message(socket: Socket, data: bytes) -> bytes:
    payload = data + CHUNK_END
    return socket.message_start(b"", len(payload)) + payload
