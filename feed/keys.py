"""Names in Redis. The braces are a Redis Cluster hash tag: all that belongs to one symbol lives in one slot."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys and channels of one namespace. Symbols must have passed `tickql.feed.tick.check_symbol`."""

    namespace: str = "market_data"

    @property
    def everything(self) -> str:
        """Channel: every tick of every symbol."""
        return self.namespace

    @property
    def symbols(self) -> str:
        """Set: every symbol seen."""
        return f"{self.namespace}:symbols"

    @property
    def status(self) -> str:
        """Hash, and channel of the same name: what each producer says of itself."""
        return f"{self.namespace}:status"

    @property
    def fence(self) -> str:
        """Counter: a producer takes the next fence from it."""
        return f"{self.namespace}:fence"

    def lease(self, source: str) -> str:
        """Hash: who may write what this source shows, with which fence, and until when."""
        return f"{self.namespace}:lease:{source}"

    def channel(self, symbol: str) -> str:
        """Channel: the ticks of one symbol, and its heartbeat."""
        return f"{self.namespace}:{{{symbol}}}"

    def ticks(self, symbol: str) -> str:
        """Stream: the newest ticks of one symbol, entry id = cursor."""
        return f"{self.namespace}:{{{symbol}}}:ticks"

    def head(self, symbol: str) -> str:
        """Hash: the symbol's numbering and its newest tick."""
        return f"{self.namespace}:{{{symbol}}}:head"
