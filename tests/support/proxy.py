"""A TCP proxy in front of a server that fails like a network: it cuts, stalls, delays, and loses messages."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.support.proxy_link import Link, LossyMessages
from tickql.feed.settings import FeedSettings

_CHUNK_BYTES = 1 << 16
_KEEP_ALIVE_S = 30.0


class FaultProxy:
    """Passes bytes between clients and a server, and fails on demand. An async context manager.

    `url`: of the server. What is said of messages holds for Redis.
    """

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url).port
        self._links: set[Link] = set()
        self._server: asyncio.Server | None = None
        self._passing = asyncio.Event()
        self._passing.set()
        self.held = asyncio.Event()
        """Set while replies are held (see `hold`)."""
        self.delay_s = 0.0
        """How long each chunk of bytes is delayed, in both directions."""
        self.piece_bytes = 0
        """The beginning of each chunk is written in pieces of so many bytes; 0: whole."""
        self._messages = LossyMessages()
        self._cut_request: bytes | None = None
        self._held_request: bytes | None = None
        self._watched_request: bytes | None = None
        self.answered = asyncio.Event()
        """Set once the watched request has been answered (see `watch`)."""
        self._connections_to_hold = 0
        self._injected = b""
        self._connections = 0
        self._accepted = asyncio.Condition()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def lost(self) -> list[bytes]:
        """The messages that were lost (see `lose_messages`)."""
        return self._messages.lost

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self._passing.set()
        self.cut()
        await asyncio.gather(*(link.ended for link in self._links), return_exceptions=True)

    def cut(self) -> None:
        """Break every connection."""
        for link in self._links:
            link.abort()

    def switch_to(self, url: str) -> None:
        """Break every connection, and pass the next ones to another server."""
        self._target = urlsplit(url).port
        self.cut()

    def reset(self) -> None:
        """Break every connection with a TCP reset, as a load balancer or a host that restarts does."""
        for link in self._links:
            link.reset()

    def half_open(self) -> None:
        """Let every connection vanish for both sides without a notice: its bytes, and its end. New ones work."""
        for link in self._links:
            link.is_half_open = True
            link.may_reply.set()

    def go_silent(self) -> None:
        """Keep accepting connections, but pass nothing in either direction until `end_silence`."""
        self._passing.clear()

    def end_silence(self) -> None:
        """Pass all bytes again, first those that arrived during the silence."""
        self._passing.set()

    def lose_messages(self, count: int) -> None:
        """Drop the next `count` pub/sub messages of the server."""
        self._messages.to_lose = count

    def cut_before_reply_to(self, request: bytes) -> None:
        """Pass the next request that contains these bytes to the server, and break its connection at the reply."""
        self._cut_request = request

    async def accepts(self, count: int) -> None:
        """Wait until `count` connections have been accepted since the start."""
        async with self._accepted:
            await self._accepted.wait_for(lambda: self._connections >= count)

    def hold(self, request: bytes, connections: int = 1_000) -> None:
        """Hold the replies on the next connections that send these bytes, until `release`."""
        self._held_request, self._connections_to_hold = request, connections
        self.held.clear()

    def stall(self) -> None:
        """Pass nothing more to the present clients, without closing their connections, until `release`."""
        for link in self._links:
            link.may_reply.clear()

    def inject(self, data: bytes) -> None:
        """Add these bytes to the next reply of the server."""
        self._injected = data

    def release(self) -> None:
        """Pass the replies that `hold` or `stall` held."""
        self._held_request = None
        self.held.clear()
        for link in self._links:
            link.may_reply.set()

    def watch(self, request: bytes) -> None:
        """Set `answered` when a request that contains these bytes has been answered."""
        self._watched_request = request
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
        link = Link(writer, server_writer)
        self._links.add(link)
        tasks = [
            asyncio.create_task(self._pass_requests(link, reader, server_writer)),
            asyncio.create_task(self._pass_replies(link, server_reader, writer)),
        ]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if link.is_half_open:
            # The other side finds out by its keep-alives.
            await asyncio.wait(tasks, timeout=_KEEP_ALIVE_S)
        link.abort()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._links.discard(link)
        link.ended.set_result(None)

    async def _pass_requests(self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK_BYTES):
                await self._passing.wait()
                if self._cut_request is not None and self._cut_request in data:
                    self._cut_request, link.cut_at_reply = None, True
                if self._held_request is not None and self._held_request in data:
                    self._connections_to_hold -= 1
                    if not self._connections_to_hold:
                        self._held_request = None
                    link.may_reply.clear()
                    self.held.set()
                if self._watched_request is not None and self._watched_request in data:
                    self._watched_request, link.watched = None, True
                await link.write(writer, data, self.delay_s, self.piece_bytes)

    async def _pass_replies(self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        incomplete = b""
        with suppress(OSError):
            while data := await reader.read(_CHUNK_BYTES):
                await self._passing.wait()
                await link.may_reply.wait()
                if link.cut_at_reply:
                    return
                data, self._injected = data + self._injected, b""
                passed, incomplete = self._messages.drop(incomplete + data)
                await link.write(writer, passed, self.delay_s, self.piece_bytes)
                if link.watched:
                    link.watched = False
                    self.answered.set()


def through(proxy: FaultProxy, settings: FeedSettings) -> FeedSettings:
    """Return the settings of the same feed behind a proxy."""
    return FeedSettings(redis_url=proxy.url, namespace=settings.namespace, history_ticks=settings.history_ticks)
