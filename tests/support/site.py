"""A web site of the test's own: pages by path, on a loopback port that stays the same while it is down."""

import asyncio
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tests.support.ports import free_port


@dataclass(slots=True)
class Page:
    body: str
    status: str = "200 OK"
    headers: dict[str, str] = field(default_factory=dict)


class Site:
    def __init__(self) -> None:
        self.port = free_port()
        self.pages: dict[str, Page] = {}
        self.requests: list[str] = []
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", self.port)

    async def stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
            await server.wait_closed()

    def put(self, path: str, body: str, status: str = "200 OK", **headers: str) -> str:
        """Serve a page. Returns its address."""
        self.pages[path] = Page(body, status, {name.replace("_", "-"): value for name, value in headers.items()})
        return self.url(path)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            path = request.split(b" ", 2)[1].decode().partition("?")[0]
            self.requests.append(path)
            page = self.pages.get(path, Page("not here", "404 Not Found"))
            kind = "text/plain" if path.endswith(".txt") else "text/html"
            body = page.body.encode()
            lines = [
                f"HTTP/1.1 {page.status}",
                f"Content-Type: {kind}; charset=utf-8",
                f"Content-Length: {len(body)}",
                "Connection: close",
                *(f"{name}: {value}" for name, value in page.headers.items()),
            ]
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
