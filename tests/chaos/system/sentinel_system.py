"""The whole system on a primary and its replica, behind a Sentinel."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import redis.asyncio

from tests.chaos.system.system import System
from tests.support.proxy import FaultProxy
from tests.support.redis_sentinel import SentinelSetup
from tickql.feed.settings import FeedSettings


class SentinelSystem(System):
    """No proxy is between the processes and Redis: the Sentinel names the addresses of the servers."""

    def __init__(
        self, folder: Path, symbols: Sequence[str], rate_hz: float, servers: int = 2, history_ticks: int = 100_000
    ) -> None:
        super().__init__(folder, symbols, rate_hz, servers, history_ticks)
        self.sentinel = SentinelSetup(folder / "redis" / "sentinel", keeps_data=True)

    async def _start_redis(self) -> None:
        self._stack.callback(self.sentinel.stop)
        await asyncio.to_thread(self.sentinel.start)
        self._writing_url = self.sentinel.url
        self._reading_urls = [self.sentinel.url for _ in self._reading_urls]

    @property
    def feed(self) -> FeedSettings:
        return FeedSettings(redis_url=self.sentinel.url)

    @property
    def near_redis(self) -> FeedSettings:
        return self.feed

    @property
    def links(self) -> list[FaultProxy]:
        return self.serving

    async def stored(self, symbol: str) -> list[bytes]:
        async with redis.asyncio.Redis(port=self.sentinel.primary.port, protocol=2) as client:
            entries: Any = await client.xrange(self.feed.keys.ticks(symbol))
            return [fields[b"tick"] for _, fields in entries]
