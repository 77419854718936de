"""The bound on the memory of all spools of a publisher together: when it is reached, the oldest tick of all goes."""

from collections import deque
from collections.abc import Iterable

from tickql.feed.spool import Spool
from tickql.feed.tick import Quote

MAX_TICK_BYTES = 2_048
"""The most memory that one tick takes with its message: symbols and prices have a greatest length."""


class SpoolMemory:
    """Adds ticks to spools, at most `capacity` in all of them."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.used = 0
        """Ticks in all spools."""
        self._order: deque[Spool] = deque()
        """The spool of each tick, in order of arrival. Also of ticks that a spool has removed itself (`_removed`)."""
        self._seen: dict[Spool, int] = {}
        """By spool: how many of its removed ticks are no longer counted in `used`."""
        self._removed: dict[Spool, int] = {}
        """By spool: how many of its oldest entries in `_order` stand for ticks that it has removed itself."""

    def add(self, spool: Spool, quote: Quote) -> int:
        """Add a quote to a spool. Returns how many ticks were dropped for it that Redis has not confirmed."""
        dropped = self._drop_oldest() if self.used >= self.capacity else 0
        self._order.append(spool)
        self.used += 1
        return dropped + spool.add(quote)

    def take_back(self, spools: Iterable[Spool]) -> None:
        """Count what these spools have removed themselves: ticks that Redis had confirmed before a new numbering."""
        for spool in spools:
            removed = spool.removed - self._seen.get(spool, 0)
            if removed:
                self.used -= removed
                self._seen[spool] = spool.removed
                self._removed[spool] = self._removed.get(spool, 0) + removed

    def _drop_oldest(self) -> int:
        while self._removed.get(spool := self._order.popleft(), 0):
            self._removed[spool] -= 1
        self.used -= 1
        dropped = spool.drop_oldest()
        self._seen[spool] = spool.removed
        return dropped
