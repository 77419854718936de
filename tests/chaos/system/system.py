"""The whole system: Redis, producers, API servers, and a fault proxy on each link between them and to the clients."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.chaos.system.processes import ApiServer, Producers
from tests.support.proxy import FaultProxy, through
from tests.support.reading import client
from tests.support.redis_server import RedisServer
from tickql.feed.settings import FeedSettings


class System:
    """Real processes on loopback. An async context manager: entered, it serves ticks.

    `rate_hz`: ticks of each symbol; `history_ticks`: ticks that Redis keeps of each symbol.
    """

    def __init__(
        self, folder: Path, symbols: Sequence[str], rate_hz: float, servers: int = 2, history_ticks: int = 100_000
    ) -> None:
        self.symbols = symbols
        self._folder = folder
        self._options = ("--hz", str(rate_hz), "--history", str(history_ticks), "--symbols", *symbols)
        (folder / "redis").mkdir(parents=True)
        self.redis = RedisServer(folder / "redis")
        self.writing = FaultProxy(self.redis.url)
        """Between the producers and Redis."""
        self.reading = [FaultProxy(self.redis.url) for _ in range(servers)]
        """Between each API server and Redis."""
        self.serving: list[FaultProxy] = []
        """Between the clients and each API server."""
        self.servers: list[ApiServer] = []
        self._stack = AsyncExitStack()
        self._writing_url = ""
        self._reading_urls = [""] * servers

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def _start(self) -> None:
        await self._start_redis()
        self.producers = Producers(self._writing_url, self._folder, self._options)
        self._stack.push_async_callback(self.producers.end_all)
        for number, url in enumerate(self._reading_urls, 1):
            server = ApiServer(f"api-{number}", url, self._folder)
            self._stack.push_async_callback(server.kill)
            self.servers.append(server)
            self.serving.append(await self._stack.enter_async_context(FaultProxy(server.url)))
        await asyncio.gather(self.producers.start(), *(server.start() for server in self.servers))

    async def _start_redis(self) -> None:
        """Start Redis, and set the addresses at which the processes find it."""
        self._stack.callback(self.redis.stop)
        await asyncio.to_thread(self.redis.start)
        for proxy in (self.writing, *self.reading):
            await self._stack.enter_async_context(proxy)
        self._writing_url, self._reading_urls = self.writing.url, [proxy.url for proxy in self.reading]

    async def stored(self, symbol: str) -> list[bytes]:
        """Return the messages of all ticks of a symbol that Redis has."""
        async with client(self.feed) as redis:
            entries: Any = await redis.xrange(self.feed.keys.ticks(symbol))
            return [fields[b"tick"] for _, fields in entries]

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.heal()
        await self._stack.aclose()

    @property
    def feed(self) -> FeedSettings:
        """The feed without a proxy."""
        return FeedSettings(redis_url=self.redis.url)

    @property
    def near_redis(self) -> FeedSettings:
        """The feed as the first API server has it."""
        return through(self.reading[0], self.feed)

    @property
    def addresses(self) -> list[str]:
        """Where clients find the API servers."""
        return [f"http://127.0.0.1:{proxy.port}" for proxy in self.serving]

    @property
    def links(self) -> list[FaultProxy]:
        return [self.writing, *self.reading, *self.serving]

    def heal(self) -> None:
        """Let everything pass on all links."""
        for proxy in self.links:
            proxy.delay_s, proxy.piece_bytes = 0.0, 0
            proxy.lose_messages(0)
            proxy.end_silence()
            proxy.release()
