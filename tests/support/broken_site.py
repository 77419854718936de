"""A web site with broken responses: raw bytes by path."""

import asyncio
from types import TracebackType
from typing import Self


class BrokenSite:
    """A server that answers each request with the bytes for its path; `None`: it never answers."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | None] = {}
        self.port = 0
        self._server: asyncio.Server | None = None
        self._never = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._never.set()
        self._server.close()
        await self._server.wait_closed()

    def put(self, path: str, body: bytes | str, kind: str = "text/html; charset=utf-8", status: str = "200 OK") -> str:
        """Serve a body at a path. Returns the address."""
        data = body.encode() if isinstance(body, str) else body
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n"
        self.answers[path] = head.encode() + data
        return self.url(path)

    def redirect(self, path: str, target: str) -> str:
        """Redirect from a path. Returns the address."""
        head = f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        self.answers[path] = head.encode()
        return self.url(path)

    def ignore(self, path: str) -> str:
        """Never answer requests for a path. Returns the address."""
        self.answers[path] = None
        return self.url(path)

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            path = request.split(b" ", 2)[1].decode().partition("?")[0]
            answer = self.answers.get(path, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            if answer is None:
                await self._never.wait()
            else:
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
