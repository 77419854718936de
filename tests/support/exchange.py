"""A local exchange whose prices pages receive: WebSockets, event streams, NDJSON and JSON, sent by the test."""

import asyncio
import zlib
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.support.patience import PATIENCE_S
from tests.support.ports import free_port

DEADLINE_S = PATIENCE_S
OPEN = """
const open = (name) => {
  const socket = new WebSocket(`ws://${location.host}/ws/${name}`);
  socket.onclose = () => { if (window.reopens) open(name); };
};"""
"""JavaScript that opens WebSockets of an exchange; with `window.reopens = true` a closed one is opened again."""


@dataclass(slots=True)
class Answer:
    """The response to requests for one path."""

    body: str = "{}"
    status: int = 200
    kind: str = "application/json"
    gate: asyncio.Event | None = None
    """The response is sent once this event is set; `None`: at once."""


class Exchange:
    """A web server with pages, and with sockets and streams by name. It runs while the context is entered."""

    def __init__(self) -> None:
        self.port = free_port()
        self.pages: dict[str, Answer] = {}
        self.sockets: dict[str, list[WebSocket]] = defaultdict(list)
        self.event_streams: dict[str, list[asyncio.Queue[bytes | None]]] = defaultdict(list)
        self.request_counts: dict[str, int] = defaultdict(int)
        self._changed = asyncio.Event()
        routes = [
            WebSocketRoute("/ws/{name}", self._serve_socket),
            Route("/sse/{name}", self._serve_events, methods=["GET", "POST"]),
            Route("/lines/{name}", self._serve_lines, methods=["GET", "POST"]),
            Route("/echo", self._serve_echo, methods=["POST"]),
            Route("/{path:path}", self._serve_page, methods=["GET", "POST"]),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes), port=self.port, log_level="error", lifespan="off", ws_max_size=2**26
        )
        self._server = uvicorn.Server(config)
        self._serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        config = self._server.config
        config.load()
        self._server.lifespan = config.lifespan_class(config)
        await self._server.startup()
        self._serving = asyncio.create_task(self._server.main_loop())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = self._server.force_exit = True
        if self._serving is not None:
            await self._serving
        await self._server.shutdown()

    def url(self, path: str, scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def put(
        self,
        path: str,
        body: str,
        status: int = 200,
        kind: str = "application/json",
        gate: asyncio.Event | None = None,
    ) -> str:
        self.pages[path] = Answer(body, status, kind, gate)
        return self.url(path)

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

    async def until(self, condition: "object") -> None:
        """Wait until a condition on the open connections and counted requests holds."""
        assert callable(condition)
        async with asyncio.timeout(DEADLINE_S):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def _notify(self) -> None:
        self._changed.set()

    async def _serve_socket(self, socket: WebSocket) -> None:
        name = socket.path_params["name"]
        await socket.accept()
        self.sockets[name].append(socket)
        self._notify()
        try:
            while True:
                await socket.receive_text()
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self.sockets[name].remove(socket)
            self._notify()

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
            self._notify()
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
                self._notify()

        return StreamingResponse(chunks(), media_type=kind, headers={"content-encoding": "gzip"} if zipped else {})

    async def _serve_echo(self, request: Request) -> Response:
        return Response(await request.body(), media_type="application/json")

    async def _serve_page(self, request: Request) -> Response:
        path = request.url.path
        self.request_counts[path] += 1
        self._notify()
        answer = self.pages.get(path, Answer("not here", 404, "text/plain"))
        if answer.gate is not None:
            async with asyncio.timeout(DEADLINE_S):
                await answer.gate.wait()
        if answer.kind == "text/html":
            return HTMLResponse(answer.body, answer.status)
        return Response(answer.body, answer.status, media_type=answer.kind)
