"""Which primary of a cluster each spool is sent to."""

from collections.abc import Iterable

from tickql.feed.cluster.topology import Topology
from tickql.feed.keys import Keys
from tickql.feed.redis_address import Node
from tickql.feed.shards.shard_publisher import ShardPublisher
from tickql.feed.spool import Spool


class SpoolAssignment:
    """Gives each spool to the shard publisher of the node that serves its slot, and to no other at the same time.

    While a call to a node is under way that may concern a spool, the spool stays there: `assign_moved` gives it on. It
    is to be called after each turn of a shard publisher.
    """

    def __init__(self, keys: Keys, topology: Topology) -> None:
        self.shards: dict[Node, ShardPublisher] = {}
        """The shard publishers. Their owner adds them."""
        self._keys = keys
        self._topology = topology
        self._nodes: dict[str, Node] = {}
        """The node of each symbol that has one."""
        self._moving: list[Spool] = []
        """Spools that are still with a node that no longer serves them."""

    def shard_of(self, spool: Spool) -> ShardPublisher | None:
        """Return the shard publisher that sends a spool; `None`: no node serves its slot."""
        node = self._nodes.get(spool.symbol)
        return None if node is None else self.shards.get(node)

    def assign(self, spool: Spool) -> bool:
        """Give a spool to its node. Returns false if it has to stay where it is for the moment."""
        node = self._topology.slots.node_of(self._keys.head(spool.symbol))
        if node == self._nodes.get(spool.symbol):
            return True
        before = self.shard_of(spool)
        if before is not None:
            if before.is_busy:
                return False
            before.remove(spool)
        if node is None:
            self._nodes.pop(spool.symbol, None)
            return True
        self._nodes[spool.symbol] = node
        self.shards[node].add(spool)
        return True

    def assign_all(self, spools: Iterable[Spool]) -> None:
        """Give all spools to their nodes, after the topology has changed."""
        self._moving = [spool for spool in spools if not self.assign(spool)]

    def assign_moved(self) -> None:
        """Give on what had to stay."""
        if self._moving:
            self._moving = [spool for spool in self._moving if not self.assign(spool)]

    def drop(self, node: Node) -> None:
        """Forget a node: its shard publisher has been cancelled."""
        for symbol in self.shards.pop(node).spools:
            del self._nodes[symbol]
