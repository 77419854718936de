"""One symbol that this process follows: its ring, and the tasks that wait for its next tick."""

import asyncio
from collections.abc import Callable

from tickql.feed.ring import Ring
from tickql.feed.tick import Cursor, Tick


class FollowedSymbol:
    """The state of one symbol that the listener writes and the readers read.

    Only the listener's tasks append. Readers run on the same event loop and never change the ring, so neither side
    needs a lock.
    """

    __slots__ = (
        "_is_synced",
        "_waiters",
        "base",
        "claimed_epoch",
        "exists",
        "on_tick",
        "reader_count",
        "ring",
        "symbol",
    )

    def __init__(self, symbol: str, ring_ticks: int) -> None:
        self.symbol = symbol
        self.ring = Ring(ring_ticks)
        self.base: Cursor | None = None
        """The place before the first tick of the newest epoch; `None`: not known."""
        self.reader_count = 0
        self.exists = False
        """Whether a producer has ever opened the symbol. Only then it has a channel to subscribe to."""
        self.claimed_epoch = 0
        """The epoch of the last live message that was of another epoch than the ring; 0: there was none."""
        self.on_tick: Callable[[], None] | None = None
        """Called after each tick. The fan-out engine sets it to serve many subscribers without a task for each."""
        self._is_synced = False
        self._waiters: set[asyncio.Future[None]] = set()

    def append(self, tick: Tick) -> None:
        """Append a tick that the ring has not seen, and wake every waiting reader. Other ticks are ignored."""
        if self.ring.append(tick):
            if self._waiters:
                self._wake()
            if self.on_tick is not None:
                self.on_tick()

    def set_synced(self) -> None:
        """Record that the ring has what Redis has, or that Redis has nothing."""
        if not self._is_synced:
            self._is_synced = True
            self._wake()

    def is_contiguous(self, cursor: Cursor) -> bool:
        """Return whether a tick at `cursor` may be appended: it is the next one, or the ring has already passed it."""
        newest = self.ring.newest
        # An empty ring: the stream may have ticks before this one. Another epoch: the stream tells whether it is new.
        if newest is None:
            return False
        _, epoch, seq = newest.cursor
        return epoch == cursor.epoch and cursor.seq <= seq + 1

    def is_behind(self, top: Cursor) -> bool:
        """Return whether the ring lacks ticks up to `top`, or `top` is of another epoch."""
        newest = self.ring.newest
        if newest is None:
            return top.seq > 0
        return top.epoch != newest.cursor.epoch or top.seq > newest.cursor.seq

    async def wait_until_synced(self) -> None:
        """Wait until the ring has been filled from Redis for the first time, or Redis has no such symbol."""
        while not self._is_synced:
            await self.wait_for_tick()

    async def wait_for_tick(self) -> None:
        """Wait for the next tick, or for the first synchronisation."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)

    def _wake(self) -> None:
        for waiter in self._waiters:
            # A waiter that was cancelled in this turn of the loop is done, and still in the set.
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()
