"""The listener of one primary of a cluster: the live ticks of the symbols whose slots it serves."""

from collections.abc import Collection, Iterator, Mapping
from typing import Protocol

from tickql.feed.cluster.redirects import is_redirect
from tickql.feed.cluster.topology import Topology
from tickql.feed.connection import RedisConnection
from tickql.feed.errors import FeedUnavailable
from tickql.feed.followed_symbol import FollowedSymbol
from tickql.feed.history import History
from tickql.feed.keys import Keys
from tickql.feed.listener import Listener
from tickql.feed.monitor import Monitor
from tickql.feed.redis_address import Node
from tickql.feed.settings import FeedSettings
from tickql.feed.timings import Timings


class OwnedSymbols(Mapping[str, FollowedSymbol]):
    """Those of the followed symbols whose slots one node serves now."""

    def __init__(self, followed: Mapping[str, FollowedSymbol], keys: Keys, topology: Topology, node: Node) -> None:
        self._followed = followed
        self._keys = keys
        self._topology = topology
        self._node = node

    def __getitem__(self, symbol: str) -> FollowedSymbol:
        if not self._is_owned(symbol):
            raise KeyError(symbol)
        return self._followed[symbol]

    def __iter__(self) -> Iterator[str]:
        return filter(self._is_owned, self._followed)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _is_owned(self, symbol: str) -> bool:
        return self._topology.slots.node_of(self._keys.channel(symbol)) == self._node


class ShardOwner(Protocol):
    """What a shard listener is a part of."""

    @property
    def keeps_messages(self) -> bool:
        """Whether ticks keep their messages."""

    def set_fault(self, node: Node, error: FeedUnavailable | None) -> None:
        """Take note of what is wrong with a node; `None`: it answers."""

    def symbols_opened(self, symbols: Collection[str] | None) -> None:
        """Have all shards look up symbols that a producer has opened; `None`: it may have opened any."""

    def topology_is_outdated(self) -> None:
        """Have the topology read again: a slot has moved, or a connection broke."""


class ShardListener(Listener):
    """Keeps the rings of the symbols of one node complete. Reads streams from whichever node has them."""

    def __init__(
        self,
        node: Node,
        topology: Topology,
        settings: FeedSettings,
        followed: Mapping[str, FollowedSymbol],
        monitor: Monitor,
        timings: Timings,
        history: History,
        owner: ShardOwner,
    ) -> None:
        owned = OwnedSymbols(followed, settings.keys, topology, node)
        super().__init__(settings, owned, monitor, timings, history, keeps_messages=owner.keeps_messages)
        self._node = node
        self._topology = topology
        self._owner = owner

    async def _open(self) -> RedisConnection:
        return await RedisConnection.open(self._topology.url_of(self._node), self._timings.redis_call_s)

    async def _connect(self) -> RedisConnection:
        connection = await super()._connect()
        # Not only when the reports are subscribed to: those are on one node.
        self._connected()
        return connection

    def _connected(self) -> None:
        self._owner.set_fault(self._node, None)

    def _broken(self, error: FeedUnavailable) -> None:
        self._owner.topology_is_outdated()
        super()._broken(error)

    def _announce(self, symbols: Collection[str] | None) -> None:
        # The channel is on one node, the symbols are on all.
        self._owner.symbols_opened(symbols)

    def _lost(self, error: FeedUnavailable) -> None:
        self._owner.topology_is_outdated()
        # A redirect is no fault: the topology is read again, and the symbols go where they are served.
        if not is_redirect(error):
            self._owner.set_fault(self._node, error)

    def _announcement_channels(self) -> list[bytes]:
        slots = self._topology.slots
        return [name for name in super()._announcement_channels() if slots.node_of(name.decode()) == self._node]

    def _to_unsubscribe(self, dropped: list[bytes]) -> list[bytes]:
        # The node itself ends the subscriptions of a slot that has moved, and refuses to be asked for it.
        return [name for name in dropped if self._topology.slots.node_of(name.decode()) == self._node]

    def _unsubscribed(self, channel: bytes) -> None:
        # Also after this connection has ended a subscription and begun it again, which the next turn repeats.
        del self._channels[channel]
        self._owner.topology_is_outdated()
        self.refresh()
