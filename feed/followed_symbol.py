"""One symbol that this process follows: its ring, and the tasks that wait for its next tick."""

import asyncio
from collections.abc import Callable

from tickql.feed.ring import Ring
from tickql.feed.tick import Cursor, Tick


class FollowedSymbol:
    """The state of one symbol that the listener writes and the readers read.

    Only the listener's receiving task appends. Readers run on the same event loop and never change the ring, so neither
    side needs a lock. `synced` is set once the ring has been filled from Redis for the first time.
    """

    def __init__(self, symbol: str, ring_ticks: int) -> None:
        self.symbol = symbol
        self.ring = Ring(ring_ticks)
        self.reader_count = 0
        self.synced = asyncio.Event()
        self.on_tick: Callable[[], None] | None = None
        """Called after each tick. The fan-out engine sets it to serve many subscribers without a task for each."""
        self._waiters: set[asyncio.Future[None]] = set()

    def append(self, tick: Tick) -> None:
        """Append a tick that is newer than the newest one, and wake every waiting reader. Older ticks are ignored."""
        if self.ring.append(tick):
            if self._waiters:
                for waiter in self._waiters:
                    # A waiter that was cancelled in this turn of the loop is done, and still in the set.
                    if not waiter.done():
                        waiter.set_result(None)
                self._waiters.clear()
            if self.on_tick is not None:
                self.on_tick()

    def is_contiguous(self, cursor: Cursor) -> bool:
        """Return whether a tick at `cursor` may be appended: it is the next one, or the ring has already passed it."""
        newest = self.ring.newest
        if newest is None:
            # An empty ring: the stream may have ticks before this one. Read it first.
            return False
        _, epoch, seq = newest.cursor
        return (epoch == cursor.epoch and seq + 1 == cursor.seq) or cursor <= newest.cursor

    def is_behind(self, top: Cursor) -> bool:
        """Return whether the ring lacks ticks up to `top`."""
        newest = self.ring.newest
        return top.seq > 0 if newest is None else top > newest.cursor

    async def wait_until_at(self, cursor: Cursor) -> None:
        """Wait until the newest tick is at `cursor` or after it."""
        while self.ring.newest is None or self.ring.newest.cursor < cursor:
            await self.wait_for_tick()

    async def wait_for_tick(self) -> None:
        """Wait for the next tick."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)
