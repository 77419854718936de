"""A web site with answers by path, good and bad, on a loopback port that stays the same while the site is down."""

import asyncio
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tests.support.ports import free_port


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes
    status: str = "200 OK"
    headers: dict[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        headers = {"Content-Length": str(len(self.body)), "Connection": "close"} | self.headers
        lines = [f"HTTP/1.1 {self.status}", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


_NOT_FOUND = Answer(b"not here", "404 Not Found", {"Content-Type": "text/html; charset=utf-8"})


class Site:
    """Answers while it is entered. Tests change `pages`, and read `requests`: the paths that were asked for."""

    def __init__(self) -> None:
        self.port = free_port()
        self.pages: dict[str, Answer | None] = {}
        """`None`: the request is accepted and never answered."""
        self.requests: list[str] = []
        self._server: asyncio.Server | None = None
        self._stopped = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        self._stopped.clear()
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", self.port)

    async def stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            # Requests without an answer wait for this event, and the server waits for them.
            self._stopped.set()
            server.close()
            await server.wait_closed()

    def put(
        self, path: str, body: bytes | str, kind: str | None = None, *, status: str = "200 OK", **headers: str
    ) -> str:
        """Serve a body. `kind`: its media type, by default that of the path. Returns the address."""
        default = "text/plain; charset=utf-8" if path.endswith(".txt") else "text/html; charset=utf-8"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body.encode() if isinstance(body, str) else body
        self.pages[path] = Answer(data, status, {"Content-Type": kind or default} | named)
        return self.url(path)

    def redirect(self, path: str, target: str) -> str:
        """Redirect a path to another one. Returns the address."""
        self.pages[path] = Answer(b"", "302 Found", {"Location": target})
        return self.url(path)

    def ignore(self, path: str) -> str:
        """Accept requests and never answer them. Returns the address."""
        self.pages[path] = None
        return self.url(path)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            path = request.split(b" ", 2)[1].decode().partition("?")[0]
            self.requests.append(path)
            answer = self.pages.get(path, _NOT_FOUND)
            if answer is None:
                await self._stopped.wait()
            else:
                writer.write(answer.encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
