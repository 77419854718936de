"""The names of keys and channels in Redis, and the commands of its channels.

The braces are a Redis Cluster hash tag: all keys of one symbol lie in one slot, and
all leases lie in that of the fence.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tickql.feed.connection import Command


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys and channels of one namespace. Symbols must have passed `tickql.feed.tick.check_symbol`.

    `is_sharded`: the channels are those of a cluster, each on the node that serves the slot of its name.
    `one_channel`: whether each tick is also published on `everything`.
    """

    namespace: str = "market_data"
    is_sharded: bool = False
    one_channel: bool = True

    @property
    def publish_name(self) -> str:
        """The command that publishes on a channel."""
        return "SPUBLISH" if self.is_sharded else "PUBLISH"

    @property
    def subscribe_name(self) -> str:
        """The command that subscribes to a channel, and in lower case its confirmation."""
        return "SSUBSCRIBE" if self.is_sharded else "SUBSCRIBE"

    @property
    def unsubscribe_name(self) -> str:
        """The command that ends a subscription, and in lower case its confirmation."""
        return "SUNSUBSCRIBE" if self.is_sharded else "UNSUBSCRIBE"

    @property
    def message_kind(self) -> bytes:
        """The first part of a message that is received."""
        return b"smessage" if self.is_sharded else b"message"

    def publish(self, channel: str, message: str | bytes) -> Command:
        """Return the command that publishes a message."""
        return (self.publish_name, channel, message)

    def subscribe(self, channels: Iterable[bytes]) -> list[Command]:
        """Return the commands that subscribe to channels."""
        return self._for_each(self.subscribe_name, channels)

    def unsubscribe(self, channels: Iterable[bytes]) -> list[Command]:
        """Return the commands that end subscriptions."""
        return self._for_each(self.unsubscribe_name, channels)

    def _for_each(self, name: str, channels: Iterable[bytes]) -> list[Command]:
        # One command takes sharded channels of one slot only.
        if self.is_sharded:
            return [(name, channel) for channel in channels]
        return [(name, *channels)] if channels else []

    @property
    def everything(self) -> str:
        """Channel: every tick of every symbol."""
        return self.namespace

    @property
    def symbols(self) -> str:
        """Set: every symbol that was ever opened. Channel of the same name: symbols that a producer has just opened."""
        return f"{self.namespace}:symbols"

    @property
    def status(self) -> str:
        """Hash, and channel of the same name: the report of each producer, by source."""
        return f"{self.namespace}:status"

    @property
    def fence(self) -> str:
        """Counter of the fencing tokens: each producer takes the next one."""
        return f"{self.namespace}:fence"

    @property
    def faults(self) -> str:
        """Hash: the faults and recoveries of each producer's page in the last hour, by source."""
        return f"{self.namespace}:faults"

    @property
    def views(self) -> str:
        """The pattern of all `view`."""
        return f"{self.namespace}:view:*"

    @property
    def view_requests(self) -> str:
        """The pattern of all `view_request`."""
        return f"{self.namespace}:view-request:*"

    def view(self, source: str) -> str:
        """Hash: what the producer of this source saw a moment ago. Channel of the same name: its answers."""
        return f"{self.namespace}:view:{{{source}}}"

    def view_request(self, source: str) -> str:
        """Channel: each message asks the producer of this source for a new view of its page."""
        return f"{self.namespace}:view-request:{{{source}}}"

    def lease(self, source: str) -> str:
        """Hash: the producer that may write this source, its fencing token, and when its lease expires."""
        # The hash tag: the script `lease` also takes the next fence.
        return f"{self.namespace}:lease:{{{self.fence}}}:{source}"

    def relay_lease(self, name: str) -> str:
        """Hash: the relay that works under this name, and when its lease expires, as in `lease`."""
        return f"{self.namespace}:relay-lease:{{{self.fence}}}:{name}"

    def relay_places(self, name: str) -> str:
        """Hash: the place of a relay whose broker cannot keep it: the cursor of the last confirmed tick, by symbol."""
        return f"{self.namespace}:relay-places:{name}"

    def channel(self, symbol: str) -> str:
        """Channel: the ticks of one symbol, and its heartbeats."""
        return f"{self.namespace}:{{{symbol}}}"

    def ticks(self, symbol: str) -> str:
        """Stream: the newest ticks of one symbol. The id of an entry is the cursor of its tick."""
        return f"{self.namespace}:{{{symbol}}}:ticks"

    def head(self, symbol: str) -> str:
        """Hash: the numbering of the symbol, its writer, and its newest tick."""
        return f"{self.namespace}:{{{symbol}}}:head"
