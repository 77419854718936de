"""The whole system on a Redis Cluster of three primaries, each with a replica."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import redis.asyncio

from tests.chaos.system.system import System
from tests.support.proxy import FaultProxy
from tests.support.redis_cluster import RedisCluster
from tickql.feed.settings import FeedSettings


class ClusterSystem(System):
    """No proxy is between the processes and Redis: the nodes of a cluster name their own addresses."""

    def __init__(
        self, folder: Path, symbols: Sequence[str], rate_hz: float, servers: int = 2, history_ticks: int = 100_000
    ) -> None:
        super().__init__(folder, symbols, rate_hz, servers, history_ticks)
        self.cluster = RedisCluster(folder / "redis" / "cluster", keeps_data=True)

    async def _start_redis(self) -> None:
        self._stack.callback(self.cluster.stop)
        await asyncio.to_thread(self.cluster.start)
        self._writing_url = self.cluster.url
        self._reading_urls = [self.cluster.url for _ in self._reading_urls]

    @property
    def feed(self) -> FeedSettings:
        return FeedSettings(redis_url=self.cluster.url)

    @property
    def near_redis(self) -> FeedSettings:
        return self.feed

    @property
    def links(self) -> list[FaultProxy]:
        return self.serving

    async def stored(self, symbol: str) -> list[bytes]:
        key = self.feed.keys.ticks(symbol)
        node = await asyncio.to_thread(self.cluster.primary_of, key)
        async with redis.asyncio.Redis(port=node.port, protocol=2) as client:
            entries: Any = await client.xrange(key)
            return [fields[b"tick"] for _, fields in entries]
