"""One symbol that this process follows: its ring, and who waits for its next tick."""

import asyncio
from collections.abc import Callable

from tickql.feed.ring import Ring
from tickql.feed.tick import Cursor, Tick


class FollowedSymbol:
    """What the follower writes and the tails read. `synced` is set once the ring has been filled from Redis."""

    def __init__(self, symbol: str, ring_ticks: int) -> None:
        self.symbol = symbol
        self.ring = Ring(ring_ticks)
        self.readers = 0
        self.synced = asyncio.Event()
        self.on_tick: Callable[[], None] | None = None
        """Called after each tick: for whoever serves many readers at once."""
        self._waiters: set[asyncio.Future[None]] = set()

    def append(self, tick: Tick) -> None:
        """Add a tick, unless it was seen before, and wake all who wait."""
        if self.ring.append(tick):
            if self._waiters:
                for waiter in self._waiters:
                    if not waiter.done():
                        waiter.set_result(None)
                self._waiters.clear()
            if self.on_tick is not None:
                self.on_tick()

    def follows(self, cursor: Cursor) -> bool:
        """Whether a tick at `cursor` can be appended as it is: nothing lies between it and the newest."""
        newest = self.ring.newest
        if newest is None:
            return False
        epoch, seq = newest.cursor
        return (epoch == cursor.epoch and seq + 1 == cursor.seq) or cursor <= newest.cursor

    def behind(self, top: Cursor) -> bool:
        """Whether the ring lacks ticks up to `top`."""
        newest = self.ring.newest
        return top.seq > 0 if newest is None else top > newest.cursor

    async def reach(self, cursor: Cursor) -> None:
        """Wait until the newest tick is at `cursor` or after it."""
        while self.ring.newest is None or self.ring.newest.cursor < cursor:
            await self.wait()

    async def wait(self) -> None:
        """Wait for the next tick."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)
