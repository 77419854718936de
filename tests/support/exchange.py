"""A local exchange whose prices pages receive: WebSockets, event streams, NDJSON and JSON, sent by the test."""

import asyncio
import zlib
from collections import defaultdict
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.support.site import Site

OPEN = """
const open = (name) => {
  const socket = new WebSocket(`ws://${location.host}/ws/${name}`);
  socket.onclose = () => { if (window.reopens) open(name); };
};"""
"""JavaScript that opens WebSockets of an exchange; with `window.reopens = true` a closed one is opened again."""


class Exchange(Site):
    """A site with WebSockets at `/ws/<name>`, event streams at `/sse/<name>` and lines at `/lines/<name>`."""

    default_kind = "application/json"

    def __init__(self) -> None:
        super().__init__(
            WebSocketRoute("/ws/{name}", self._serve_socket),
            Route("/sse/{name}", self._serve_events, methods=["GET", "POST"]),
            Route("/lines/{name}", self._serve_lines, methods=["GET", "POST"]),
            Route("/echo", self._serve_echo, methods=["POST"]),
        )
        self.sockets: dict[str, list[WebSocket]] = defaultdict(list)
        self.event_streams: dict[str, list[asyncio.Queue[bytes | None]]] = defaultdict(list)

    async def send(self, name: str, *messages: str | bytes) -> None:
        """Send messages to all sockets of a name, as soon as there is at least one."""
        await self.until(lambda: bool(self.sockets[name]))
        for socket in list(self.sockets[name]):
            for message in messages:
                await (socket.send_text(message) if isinstance(message, str) else socket.send_bytes(message))

    async def stream(self, name: str, *chunks: str | bytes) -> None:
        """Send raw chunks to all event streams or line streams of a name, as soon as there is at least one."""
        await self.until(lambda: bool(self.event_streams[name]))
        for queue in self.event_streams[name]:
            for chunk in chunks:
                queue.put_nowait(chunk.encode() if isinstance(chunk, str) else chunk)

    async def close_all(self, name: str) -> None:
        """Close all sockets and event streams of this name."""
        for socket in list(self.sockets[name]):
            await socket.close()
        for queue in self.event_streams[name]:
            queue.put_nowait(None)

    async def _serve_socket(self, socket: WebSocket) -> None:
        name = socket.path_params["name"]
        await socket.accept()
        self.sockets[name].append(socket)
        self._changes.notify()
        try:
            while True:
                await socket.receive_text()
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self.sockets[name].remove(socket)
            self._changes.notify()

    async def _serve_events(self, request: Request) -> Response:
        return self._serve_source(request, "text/event-stream", b"retry: 50\n\n")

    async def _serve_lines(self, request: Request) -> Response:
        return self._serve_source(request, "application/x-ndjson", b"\n")

    def _serve_source(self, request: Request, kind: str, begin: bytes) -> Response:
        name = request.path_params["name"]
        zipped = "zip" in request.query_params
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()

        async def chunks() -> AsyncIterator[bytes]:
            self.event_streams[name].append(queue)
            self._changes.notify()
            zip_ = zlib.compressobj(wbits=31)
            try:
                chunk: bytes | None = begin
                while chunk is not None:
                    yield zip_.compress(chunk) + zip_.flush(zlib.Z_SYNC_FLUSH) if zipped else chunk
                    chunk = await queue.get()
                if zipped:
                    yield zip_.flush()
            finally:
                self.event_streams[name].remove(queue)
                self._changes.notify()

        return StreamingResponse(chunks(), media_type=kind, headers={"content-encoding": "gzip"} if zipped else {})

    async def _serve_echo(self, request: Request) -> Response:
        return Response(await request.body(), media_type="application/json")
