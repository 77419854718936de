"""A market that pages hear of: WebSockets, server-sent events and JSON on a loopback port, all by hand."""

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
"""JavaScript that opens WebSockets of an exchange; after `window.reopens = true` one that ends is opened anew."""


@dataclass(slots=True)
class Answer:
    body: str = "{}"
    status: int = 200
    kind: str = "application/json"
    gate: asyncio.Event | None = None
    """What the answer waits for."""


class Exchange:
    def __init__(self) -> None:
        self.port = free_port()
        self.pages: dict[str, Answer] = {}
        self.sockets: dict[str, list[WebSocket]] = defaultdict(list)
        self.sources: dict[str, list[asyncio.Queue[bytes | None]]] = defaultdict(list)
        self.asked: dict[str, int] = defaultdict(int)
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

    async def say(self, name: str, *messages: str | bytes) -> None:
        """Send to everyone at a socket, once someone is there."""
        await self.until(lambda: bool(self.sockets[name]))
        for socket in list(self.sockets[name]):
            for message in messages:
                await (socket.send_text(message) if isinstance(message, str) else socket.send_bytes(message))

    async def tell(self, name: str, *pieces: str | bytes) -> None:
        """Send raw pieces of an event stream, or of lines, to everyone at it, once someone is there."""
        await self.until(lambda: bool(self.sources[name]))
        for queue in self.sources[name]:
            for piece in pieces:
                queue.put_nowait(piece.encode() if isinstance(piece, str) else piece)

    async def hang_up(self, name: str) -> None:
        """Close all sockets and event streams of this name."""
        for socket in list(self.sockets[name]):
            await socket.close()
        for queue in self.sources[name]:
            queue.put_nowait(None)

    async def until(self, condition: "object") -> None:
        assert callable(condition)
        async with asyncio.timeout(DEADLINE_S):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def _note(self) -> None:
        self._changed.set()

    async def _serve_socket(self, socket: WebSocket) -> None:
        name = socket.path_params["name"]
        await socket.accept()
        self.sockets[name].append(socket)
        self._note()
        try:
            while True:
                await socket.receive_text()
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self.sockets[name].remove(socket)
            self._note()

    async def _serve_events(self, request: Request) -> Response:
        return self._serve_source(request, "text/event-stream", b"retry: 50\n\n")

    async def _serve_lines(self, request: Request) -> Response:
        return self._serve_source(request, "application/x-ndjson", b"\n")

    def _serve_source(self, request: Request, kind: str, begin: bytes) -> Response:
        name = request.path_params["name"]
        zipped = "zip" in request.query_params
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()

        async def pieces() -> AsyncIterator[bytes]:
            self.sources[name].append(queue)
            self._note()
            zip_ = zlib.compressobj(wbits=31)
            try:
                piece: bytes | None = begin
                while piece is not None:
                    yield zip_.compress(piece) + zip_.flush(zlib.Z_SYNC_FLUSH) if zipped else piece
                    piece = await queue.get()
                if zipped:
                    yield zip_.flush()
            finally:
                self.sources[name].remove(queue)
                self._note()

        return StreamingResponse(pieces(), media_type=kind, headers={"content-encoding": "gzip"} if zipped else {})

    async def _serve_echo(self, request: Request) -> Response:
        return Response(await request.body(), media_type="application/json")

    async def _serve_page(self, request: Request) -> Response:
        path = request.url.path
        self.asked[path] += 1
        self._note()
        answer = self.pages.get(path, Answer("not here", 404, "text/plain"))
        if answer.gate is not None:
            async with asyncio.timeout(DEADLINE_S):
                await answer.gate.wait()
        if answer.kind == "text/html":
            return HTMLResponse(answer.body, answer.status)
        return Response(answer.body, answer.status, media_type=answer.kind)
