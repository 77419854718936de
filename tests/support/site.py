"""Web sites for tests: pages that a test puts at a path, and routes of the site's own, on a loopback port."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import ClassVar, Self, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from tests.support.waiting import Changes
from tickql.feed.embedded.ports import free_port

T = TypeVar("T")


@dataclass(slots=True)
class Answer:
    """The response to every request for one path."""

    body: str | bytes
    status: int = 200
    kind: str = "text/html"
    headers: dict[str, str] = field(default_factory=dict)
    gate: asyncio.Event | None = None
    """The response is sent once this event is set; `None`: at once."""


class Site:
    """A web site. It runs while the context is entered. The pages that tests put come before the site's own routes."""

    default_kind: ClassVar[str] = "text/html"
    """The media type of a page that is put without one."""

    def __init__(self, *routes: BaseRoute, port: int | None = None) -> None:
        self.port = free_port() if port is None else port
        self.pages: dict[str, Answer] = {}
        self.requests: list[str] = []
        """The path of each HTTP request, in order."""
        self._app = Starlette(routes=routes)
        self._changes = Changes()
        self._stopping = asyncio.Event()
        self._server: uvicorn.Server | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        config = uvicorn.Config(
            self._serve,
            interface="asgi3",  # uvicorn recognizes functions, but not methods
            port=self.port,
            lifespan="off",
            log_config=None,  # the default changes the logging of the whole test process
            log_level="error",
            timeout_graceful_shutdown=1,  # for the streams that a page still receives
        )
        config.load()
        self._stopping.clear()
        # `Server.serve` would take over the signals of the test process; `startup` and `shutdown` do not.
        self._server = uvicorn.Server(config)
        self._server.lifespan = config.lifespan_class(config)
        await self._server.startup()

    async def stop(self) -> None:
        """Close the port and all connections. The port stays the site's own: `start` serves on it again."""
        server, self._server = self._server, None
        if server is not None:
            self._stopping.set()
            server.force_exit = True
            await server.shutdown()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, path: str, *, scheme: str = "http", host: str = "127.0.0.1") -> str:
        """Return the address of a path."""
        return f"{scheme}://{host}:{self.port}{path}"

    def put(
        self,
        path: str,
        body: str | bytes,
        *,
        kind: str | None = None,
        status: int = 200,
        gate: asyncio.Event | None = None,
        **headers: str,
    ) -> str:
        """Answer requests for a path from now on. Returns the address.

        An underscore in the name of a header stands for a hyphen.
        """
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        default_kind = "text/plain" if path.endswith(".txt") else self.default_kind
        self.pages[path] = Answer(body, status, kind or default_kind, names, gate)
        return self.url(path)

    def redirect(self, path: str, target: str) -> str:
        """Redirect requests for a path. Returns the address."""
        return self.put(path, "", status=302, location=target)

    def ignore(self, path: str) -> str:
        """Never answer requests for a path. Returns the address."""
        return self.put(path, "", gate=self._stopping)

    async def until(self, condition: Callable[..., T]) -> T:
        """Wait until a condition on the requests, or on what a subclass keeps, holds. Returns its value."""
        return await self._changes.until(condition)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.requests.append(scope["path"])
            self._changes.notify()
            if (answer := self.pages.get(scope["path"])) is not None:
                await self._send(answer, scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _send(self, answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
        if answer.gate is not None:
            await answer.gate.wait()
        # Without keep-alive no request can meet a connection that the server is about to close.
        headers = {"connection": "close", **answer.headers}
        await Response(answer.body, answer.status, headers, answer.kind)(scope, receive, send)
