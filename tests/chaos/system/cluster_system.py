"""The whole system on a Redis Cluster of three primaries, each with a replica."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.system.unproxied_system import UnproxiedSystem
from tests.support.redis_cluster import RedisCluster


class ClusterSystem(UnproxiedSystem):
    """All servers are processes of their own, which `cluster` kills and freezes."""

    def __init__(
        self, folder: Path, symbols: Sequence[str], rate_hz: float, servers: int = 2, history_ticks: int = 100_000
    ) -> None:
        super().__init__(folder, symbols, rate_hz, servers, history_ticks)
        self._redis_servers = self.cluster = RedisCluster(folder / "redis" / "cluster", keeps_data=True)

    async def _port_of(self, key: str) -> int:
        return (await asyncio.to_thread(self.cluster.primary_of, key)).port
