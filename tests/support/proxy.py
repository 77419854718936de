"""A TCP proxy in front of Redis that fails as networks do: it cuts, goes silent, loses replies and messages."""

import asyncio
import re
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tickql.feed.settings import FeedSettings

_CHUNK_BYTES = 1 << 16
_MESSAGE = re.compile(rb"[*>]3\r\n\$7\r\nmessage\r\n")
"""How a pub/sub message begins, in RESP2 and in RESP3."""


class FaultProxy:
    """Passes bytes between clients and a Redis server until told otherwise. An async context manager."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url).port
        self._links: set[_Link] = set()
        self._server: asyncio.Server | None = None
        self._open = asyncio.Event()
        self._open.set()
        self.held = asyncio.Event()
        """Set while replies are held back (see `hold`)."""
        self.lost: list[bytes] = []
        """The messages that were lost (see `lose_messages`)."""
        self._losing = 0
        self._cutting: bytes | None = None
        self._holding: bytes | None = None
        self._watched: bytes | None = None
        self.answered = asyncio.Event()
        """Set once the request that is watched for has been answered (see `watch`)."""
        self._holds = 0
        self._injected = b""
        self._connections = 0
        self._accepted = asyncio.Condition()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/0"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self._open.set()
        self.cut()
        await asyncio.gather(*(link.ended for link in self._links), return_exceptions=True)

    def cut(self) -> None:
        """Break every connection."""
        for link in self._links:
            link.abort()

    def go_silent(self) -> None:
        """Accept connections and pass nothing on, in either direction."""
        self._open.clear()

    def speak(self) -> None:
        """Pass on what was kept back by `go_silent`."""
        self._open.set()

    def lose_messages(self, count: int) -> None:
        """Take the next so many pub/sub messages out of what the server sends."""
        self._losing = count

    def cut_before_reply_to(self, request: bytes) -> None:
        """Let the next request that contains these bytes reach the server, and break its connection at the reply."""
        self._cutting = request

    async def accepts(self, count: int) -> None:
        """Wait until so many connections have been accepted since the start."""
        async with self._accepted:
            await self._accepted.wait_for(lambda: self._connections >= count)

    def hold(self, request: bytes, connections: int = 1_000) -> None:
        """Hold back the replies on the next connections that send these bytes, until `release`."""
        self._holding, self._holds = request, connections
        self.held.clear()

    def stall(self) -> None:
        """Pass nothing more to the clients connected now, without closing their connections, until `release`."""
        for link in self._links:
            link.go_on.clear()

    def inject(self, data: bytes) -> None:
        """Put these bytes after the next ones that the server sends."""
        self._injected = data

    def release(self) -> None:
        """Pass on what `hold` kept back."""
        self._holding = None
        self.held.clear()
        for link in self._links:
            link.go_on.set()

    def watch(self, request: bytes) -> None:
        """Set `answered` when a request that contains these bytes has been answered."""
        self._watched = request
        self.answered.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        async with self._accepted:
            self._accepted.notify_all()
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        link = _Link(writer, server_writer)
        self._links.add(link)
        tasks = [
            asyncio.create_task(self._pass_requests(link, reader, server_writer)),
            asyncio.create_task(self._pass_replies(link, server_reader, writer)),
        ]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        link.abort()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._links.discard(link)
        link.ended.set_result(None)

    async def _pass_requests(self, link: "_Link", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK_BYTES):
                await self._open.wait()
                if self._cutting is not None and self._cutting in data:
                    self._cutting, link.cut_at_reply = None, True
                if self._holding is not None and self._holding in data:
                    self._holds -= 1
                    if not self._holds:
                        self._holding = None
                    link.go_on.clear()
                    self.held.set()
                if self._watched is not None and self._watched in data:
                    self._watched, link.watched = None, True
                writer.write(data)
                await writer.drain()

    async def _pass_replies(self, link: "_Link", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        rest = b""
        with suppress(OSError):
            while data := await reader.read(_CHUNK_BYTES):
                await self._open.wait()
                await link.go_on.wait()
                if link.cut_at_reply:
                    return
                data, self._injected = data + self._injected, b""
                passed, rest = self._without_lost(rest + data)
                writer.write(passed)
                await writer.drain()
                if link.watched:
                    link.watched = False
                    self.answered.set()

    def _without_lost(self, data: bytes) -> tuple[bytes, bytes]:
        """Take out messages to be lost; also what is the beginning of a message that is not yet whole."""
        passed = b""
        while self._losing and (found := _MESSAGE.search(data)) is not None:
            start = found.start()
            end = _end_of_frame(data, start)
            if end is None:
                return passed + data[:start], data[start:]
            self.lost.append(data[start:end])
            self._losing -= 1
            passed, data = passed + data[:start], data[end:]
        return passed + data, b""


class _Link:
    """One client's connection and the server's."""

    def __init__(self, *writers: asyncio.StreamWriter) -> None:
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.cut_at_reply = False
        self.watched = False
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._writers = writers

    def abort(self) -> None:
        self.go_on.set()
        for writer in self._writers:
            writer.transport.abort()


def _end_of_frame(data: bytes, start: int) -> int | None:
    """Where an array of bulk strings ends; `None`: it is not whole."""
    at = data.index(b"\r\n", start)
    for _ in range(int(data[start + 1 : at])):
        line_end = data.find(b"\r\n", at + 2)
        if line_end < 0:
            return None
        at = line_end + 2 + int(data[at + 3 : line_end])
        if len(data) < at + 2:
            return None
    return at + 2


def through(proxy: FaultProxy, settings: FeedSettings) -> FeedSettings:
    """The same feed, reached through a proxy."""
    return FeedSettings(redis_url=proxy.url, namespace=settings.namespace, history_ticks=settings.history_ticks)
