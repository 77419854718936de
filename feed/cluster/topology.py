"""The topology of a cluster as this process knows it: read from some nodes, and again when one proves it outdated."""

import asyncio
import logging
import random
import time
from collections.abc import Callable

from redis.exceptions import ResponseError

from tickql.feed.answers import answers_of
from tickql.feed.cluster.slots import Claim, SlotMap, claims, uncovered_text
from tickql.feed.connection import RedisConnection
from tickql.feed.errors import FeedRefused, FeedUnavailable
from tickql.feed.redis_address import Node, RedisAddress
from tickql.feed.refusal import refusal

logger = logging.getLogger("tickql.feed")

_PAUSE_S = 0.05
"""Shortest time between two readings: a thousand redirects of the same moment cost one."""
_ASKED = 3
"""Nodes that are asked at the same time: one that was cut off from the others does not know what has changed since."""


class Topology:
    """The slots of a cluster and the primaries that serve them. For any number of callers."""

    def __init__(self, address: RedisAddress, call_timeout_s: float, *, logs: bool = False) -> None:
        """`logs`: whether slots that no node serves are named in the log, once."""
        self.address = address
        self.slots = SlotMap(())
        """Empty until the first reading."""
        self.on_change: list[Callable[[], None]] = []
        """Called after each reading that differs from the one before."""
        self._call_timeout_s = call_timeout_s
        self._reading: asyncio.Task[None] | None = None
        self._read_s = float("-inf")
        self._logs = logs
        self._logged = ""

    async def node_of(self, key: str) -> Node:
        """Return the primary that serves a key.

        Raises:
            FeedUnavailable: no node answers; `FeedRefused`: none serves the slot of the key.
        """
        node = self.slots.node_of(key)
        if node is None:
            await self.refresh()
            node = self.slots.node_of(key)
        if node is None:
            raise FeedRefused(f"Redis refused: {uncovered_text(self.slots.uncovered)}")
        return node

    def url_of(self, node: Node) -> str:
        """Return the address of a node, for `RedisConnection.open`."""
        return self.address.url_of(node)

    async def refresh(self) -> None:
        """Read the slots again. Callers of the same moment share one reading.

        Raises:
            FeedUnavailable: no node answers, or what answers is no cluster (`FeedRefused`).
        """
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
            self._reading.add_done_callback(self._end)
        await asyncio.shield(self._reading)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._reading = None
        if not task.cancelled():
            # All callers may have been cancelled: asyncio would log that nobody has looked at the error.
            task.exception()

    async def _read(self) -> None:
        await asyncio.sleep(self._read_s + _PAUSE_S - time.monotonic())
        primaries, named = list(self.slots.nodes), list(self.address.nodes)
        random.shuffle(primaries)
        random.shuffle(named)
        known = list(dict.fromkeys([*primaries, *named]))
        views: list[list[Claim]] = []
        failures: list[FeedUnavailable] = []
        while known and not views:
            views, failed = await answers_of(map(self._ask, known[:_ASKED]))
            failures += failed
            del known[:_ASKED]
        self._read_s = time.monotonic()
        if not views:
            refused = next((error for error in failures if isinstance(error, FeedRefused)), None)
            raise refused or FeedUnavailable(f"no node of the cluster answers: {failures[-1]}")
        self._take(SlotMap.newest(views))

    async def _ask(self, node: Node) -> list[Claim]:
        connection = await RedisConnection.open(self.url_of(node), self._call_timeout_s)
        try:
            slots, nodes = await connection.call(("CLUSTER", "SLOTS"), ("CLUSTER", "NODES"))
        finally:
            await connection.close()
        if isinstance(slots, ResponseError):
            if "cluster support disabled" in str(slots):
                raise FeedRefused(f"Redis refused: {node} is not a cluster: drop cluster=1 from TICKQL_REDIS_URL")
            raise refusal(slots) from slots
        return claims(slots, None if isinstance(nodes, ResponseError) else nodes, node)

    def _take(self, slots: SlotMap) -> None:
        uncovered = uncovered_text(slots.uncovered) if slots.uncovered else ""
        if self._logs and uncovered != self._logged:
            self._logged = uncovered
            if uncovered:
                logger.warning("%s; the symbols in them wait", uncovered)
            else:
                logger.warning("each slot of the cluster is served again")
        if slots != self.slots:
            self.slots = slots
            for callback in tuple(self.on_change):
                callback()
