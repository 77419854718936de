"""The listener on a cluster: a listener for each primary, which come and go with the topology."""

import asyncio
from collections.abc import Collection, Mapping

from tickql.feed.cluster.topology import Topology
from tickql.feed.cluster.topology_follower import TopologyFollower
from tickql.feed.errors import FeedUnavailable
from tickql.feed.followed_symbol import FollowedSymbol
from tickql.feed.history import History
from tickql.feed.listener_stats import ListenerStats
from tickql.feed.monitor import Monitor
from tickql.feed.redis_address import Node, RedisAddress
from tickql.feed.settings import FeedSettings
from tickql.feed.shards.shard_faults import ShardFaults
from tickql.feed.shards.shard_listener import ShardListener
from tickql.feed.timings import DEFAULT_TIMINGS, Timings


class ClusterListener:
    """Keeps the rings of the symbols in `followed` complete, on all primaries, as `Listener` does on one server."""

    def __init__(
        self,
        settings: FeedSettings,
        followed: Mapping[str, FollowedSymbol],
        monitor: Monitor,
        timings: Timings = DEFAULT_TIMINGS,
        *,
        keeps_messages: bool = False,
    ) -> None:
        self.stats = ListenerStats()
        self.keeps_messages = keeps_messages
        """Whether ticks keep their messages."""
        self._settings = settings
        self._followed = followed
        self._monitor = monitor
        self._timings = timings
        self._topology = Topology(RedisAddress.parse(settings.redis_url), timings.redis_call_s, logs=True)
        self._topology.on_change.append(self._reconcile)
        self._history = History(settings, timings, topology=self._topology, keeps_messages=keeps_messages)
        self._faults = ShardFaults(settings.keys, self._topology)
        self._follower = TopologyFollower(self._topology, lambda: not self._faults.by_node, self._no_node_answers)
        self._shards: dict[Node, ShardListener] = {}
        self._tasks: dict[Node, asyncio.Task[None]] = {}
        self._has_connected = False

    # For the shard listeners: see `ShardOwner`.

    def set_fault(self, node: Node, error: FeedUnavailable | None) -> None:
        """Take note of what is wrong with a node; `None`: it answers."""
        self._faults.by_node.pop(node, None)
        if error is not None:
            self._faults.by_node[node] = error
        else:
            self._has_connected = True
        self._tell_monitor()

    def symbols_opened(self, symbols: Collection[str] | None) -> None:
        """Have all shards look up symbols that a producer has opened; `None`: it may have opened any."""
        for shard in self._shards.values():
            shard.symbols_opened(symbols)

    def topology_is_outdated(self) -> None:
        """Have the topology read again."""
        self._follower.outdated.set()

    # For the owner.

    def refresh(self) -> None:
        """Subscribe and unsubscribe after `followed`, or the topology, has changed."""
        for shard in self._shards.values():
            shard.refresh()

    async def run(self) -> None:
        """Listen until cancelled, and follow the topology."""
        try:
            await self._follower.run()
        finally:
            tasks = self._tasks.values()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        """Close the connections for reading streams. Call it after `run` has ended."""
        await self._history.close()

    def _reconcile(self) -> None:
        """Have a listener for each primary, and none for any other node."""
        nodes = self._topology.slots.nodes
        for node in self._shards.keys() - nodes:
            self._tasks.pop(node).cancel()
            del self._shards[node]
            self._faults.by_node.pop(node, None)
        for node in nodes - self._shards.keys():
            shard = self._shards[node] = ShardListener(
                node, self._topology, self._settings, self._followed, self._monitor, self._timings, self._history,
                self,
            )  # fmt: skip
            shard.stats = self.stats
            self._tasks[node] = asyncio.create_task(shard.run(), name=f"listener of {node}")
        if self._has_connected:
            self._tell_monitor()
        self.refresh()

    def _tell_monitor(self) -> None:
        """Tell the monitor which part of Redis is out of reach."""
        error = self._faults.newest
        if error is None:
            self._monitor.redis_connected()
        elif not self._has_connected or self._faults.by_node.keys() >= self._shards.keys():
            self._monitor.redis_lost(error)
        else:
            self._monitor.redis_partly_lost(self._faults.outage(), error)

    def _no_node_answers(self, error: FeedUnavailable) -> None:
        if not self._shards:
            self._monitor.redis_lost(error)
