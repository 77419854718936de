"""The whole system on servers of Redis that name each other's addresses."""

import asyncio
from typing import Any, Protocol

import redis.asyncio

from tests.chaos.system.system import System
from tests.support.proxy import FaultProxy
from tickql.feed.settings import FeedSettings


class RedisServers(Protocol):
    """Several servers that keep one feed."""

    url: str
    """The address for all of them."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


class UnproxiedSystem(System):
    """No proxy is between the processes and Redis: it would be passed by."""

    _redis_servers: RedisServers
    """Set by each kind of system, when the folders are there."""

    async def _start_redis(self) -> None:
        self._stack.callback(self._redis_servers.stop)
        await asyncio.to_thread(self._redis_servers.start)
        self._writing_url = self._redis_servers.url
        self._reading_urls = [self._redis_servers.url for _ in self._reading_urls]

    async def _port_of(self, key: str) -> int:
        """Return the port of the server that has a key."""
        raise NotImplementedError

    @property
    def feed(self) -> FeedSettings:
        return FeedSettings(redis_url=self._redis_servers.url)

    @property
    def near_redis(self) -> FeedSettings:
        return self.feed

    @property
    def links(self) -> list[FaultProxy]:
        return self.serving

    async def stored(self, symbol: str) -> list[bytes]:
        key = self.feed.keys.ticks(symbol)
        async with redis.asyncio.Redis(port=await self._port_of(key), protocol=2) as client:
            entries: Any = await client.xrange(key)
            return [fields[b"tick"] for _, fields in entries]
