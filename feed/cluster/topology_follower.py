"""Reads the topology of a cluster again whenever it may have changed."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from tickql.feed.cluster.topology import Topology
from tickql.feed.errors import FeedUnavailable

_HEALTHY_S = 5.0
"""How often it is read without a reason: a primary may become a replica without any connection breaking."""
_FAULT_S = 0.25
"""The same while a node does not answer, whose replica may have been promoted, or no node serves a slot."""


class TopologyFollower:
    """Keeps a topology up to date. `outdated` is set when a node has proven that the topology is not what it was."""

    def __init__(
        self, topology: Topology, is_healthy: Callable[[], bool], on_failure: Callable[[FeedUnavailable], None]
    ) -> None:
        """`is_healthy`: whether all nodes answer. `on_failure`: called when none does."""
        self.outdated = asyncio.Event()
        self._topology = topology
        self._is_healthy = is_healthy
        self._on_failure = on_failure

    async def run(self) -> NoReturn:
        """Follow until cancelled."""
        while True:
            self.outdated.clear()
            try:
                await self._topology.refresh()
            except FeedUnavailable as error:
                self._on_failure(error)
            with suppress(TimeoutError):
                async with asyncio.timeout(_HEALTHY_S if self._is_well() else _FAULT_S):
                    await self.outdated.wait()

    def _is_well(self) -> bool:
        return self._is_healthy() and not self._topology.slots.uncovered
