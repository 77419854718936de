"""What is wrong with the nodes of a cluster, and which symbols that concerns."""

from tickql.feed.cluster.slots import uncovered_text
from tickql.feed.cluster.topology import Topology
from tickql.feed.errors import FeedRefused, FeedUnavailable
from tickql.feed.health import REFUSED, UNREACHABLE
from tickql.feed.keys import Keys
from tickql.feed.partial_outage import PartialOutage
from tickql.feed.redis_address import Node


class ShardFaults:
    """The nodes that do not answer, or refuse what the feed needs. A slot that no node serves is out of reach, too."""

    def __init__(self, keys: Keys, topology: Topology) -> None:
        self.by_node: dict[Node, FeedUnavailable] = {}
        self._keys = keys
        self._topology = topology

    @property
    def newest(self) -> FeedUnavailable | None:
        """The fault of the node that failed last; `None`: there is none."""
        if self.by_node:
            return next(reversed(self.by_node.values()))
        uncovered = self._topology.slots.uncovered
        return FeedUnavailable(uncovered_text(uncovered)) if uncovered else None

    def outage(self) -> PartialOutage:
        """Return what is out of reach now. A symbol is looked up when it is asked for: its slot may have moved."""
        nodes: dict[str, list[str]] = {}
        for node in sorted(self.by_node, key=str):
            nodes.setdefault(_kind(self.by_node[node]), []).append(str(node))
        parts = [f"{kind} at {', '.join(names)}" for kind, names in nodes.items()]
        reason = "; ".join(parts) or f"{UNREACHABLE} in some slots"
        return PartialOutage(reason, self._reason_of_symbol, self._reason_at(self._keys.status) is not None)

    def _reason_of_symbol(self, symbol: str) -> str | None:
        return self._reason_at(self._keys.channel(symbol))

    def _reason_at(self, key: str) -> str | None:
        node = self._topology.slots.node_of(key)
        if node is None:
            return UNREACHABLE
        error = self.by_node.get(node)
        return None if error is None else _kind(error)


def _kind(error: FeedUnavailable) -> str:
    return REFUSED if isinstance(error, FeedRefused) else UNREACHABLE
