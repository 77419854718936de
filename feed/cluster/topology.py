"""The topology of a cluster as this process knows it: read from any node, and again when a node proves it outdated."""

import asyncio
import logging
import time
from collections.abc import Callable

from redis.exceptions import ResponseError

from tickql.feed.cluster.slots import SlotMap, uncovered_text
from tickql.feed.connection import RedisConnection
from tickql.feed.errors import FeedRefused, FeedUnavailable
from tickql.feed.redis_address import Node, RedisAddress
from tickql.feed.refusal import refusal

logger = logging.getLogger("tickql.feed")

_PAUSE_S = 0.05
"""Shortest time between two readings: a thousand redirects of the same moment cost one."""


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

    async def refresh(self, first: Node | None = None) -> None:
        """Read the slots again. Callers of the same moment share one reading. `first`: the node to ask first.

        Raises:
            FeedUnavailable: no node answers, or what answers is no cluster (`FeedRefused`).
        """
        if self._reading is None:
            self._reading = asyncio.create_task(self._read(first))
            self._reading.add_done_callback(self._end)
        await asyncio.shield(self._reading)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._reading = None
        if not task.cancelled():
            # All callers may have been cancelled: asyncio would log that nobody has looked at the error.
            task.exception()

    async def _read(self, first: Node | None) -> None:
        await asyncio.sleep(self._read_s + _PAUSE_S - time.monotonic())
        failures = []
        known = [*([first] if first else []), *sorted(self.slots.nodes, key=str), *self.address.nodes]
        for node in dict.fromkeys(known):
            try:
                slots = await self._ask(node)
            except FeedUnavailable as error:
                failures.append(error)
                continue
            self._read_s = time.monotonic()
            self._take(slots)
            return
        self._read_s = time.monotonic()
        refused = next((error for error in failures if isinstance(error, FeedRefused)), None)
        raise refused or FeedUnavailable(f"no node of the cluster answers: {failures[-1]}")

    async def _ask(self, node: Node) -> SlotMap:
        connection = await RedisConnection.open(self.url_of(node), self._call_timeout_s)
        try:
            (reply,) = await connection.call(("CLUSTER", "SLOTS"))
        finally:
            await connection.close()
        if isinstance(reply, ResponseError):
            if "cluster support disabled" in str(reply):
                raise FeedRefused(f"Redis refused: {node} is not a cluster: drop cluster=1 from TICKQL_REDIS_URL")
            raise refusal(reply) from reply
        return SlotMap.from_reply(reply, node)

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
