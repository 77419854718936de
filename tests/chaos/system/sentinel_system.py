"""The whole system on a primary and its replica, behind a Sentinel."""

from collections.abc import Sequence
from pathlib import Path

from tests.chaos.system.unproxied_system import UnproxiedSystem
from tests.support.redis_sentinel import SentinelSetup


class SentinelSystem(UnproxiedSystem):
    """All servers are processes of their own, which `sentinel` kills and freezes."""

    def __init__(
        self, folder: Path, symbols: Sequence[str], rate_hz: float, servers: int = 2, history_ticks: int = 100_000
    ) -> None:
        super().__init__(folder, symbols, rate_hz, servers, history_ticks)
        self._redis_servers = self.sentinel = SentinelSetup(folder / "redis" / "sentinel", keeps_data=True)

    async def _port_of(self, key: str) -> int:
        return self.sentinel.primary.port
