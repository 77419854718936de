"""One reader's place in one symbol's ticks: from the ring while it can, from Redis where the ring is too short.

Nothing is queued here: a slow reader costs one index, and catches up from where it is.
"""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tenacity import AsyncRetrying, retry_if_result, stop_after_delay, wait_random_exponential

from tickql.feed.connection import until_redis_answers
from tickql.feed.errors import FeedUnavailable
from tickql.feed.followed_symbol import FollowedSymbol
from tickql.feed.history import History
from tickql.feed.ring import gap_between
from tickql.feed.tick import Cursor, Event, Gap, GapReason, Tick

REPAIR_S = 10.0
"""How long ticks are waited for that Redis has lost, or that only a cursor speaks of: they may be sent again."""
_PAGE_TICKS = 500


class TickReader:
    """Delivers each tick of a symbol once and in order (`next`), or the newest at each call (`newest`).

    Starts with the newest tick, or after the cursor given. While Redis is away both calls just wait. What cannot be
    delivered is said in `Event.gap`; what `newest` passed over is counted in `Event.skipped`. An async context manager.
    """

    def __init__(
        self,
        followed: FollowedSymbol,
        history: History,
        after: Cursor | None,
        release: Callable[[FollowedSymbol], None],
    ) -> None:
        self._followed = followed
        self._history = history
        self._cursor = after
        self._release = release
        self._index: int | None = None
        self._backlog: list[Tick] = []
        """Newest first."""
        self._gap: Gap | None = None
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop reading: the symbol is no longer followed on this reader's account."""
        if not self._closed:
            self._closed = True
            self._release(self._followed)

    @property
    def followed(self) -> FollowedSymbol:
        """The symbol that this reads."""
        return self._followed

    @property
    def index(self) -> int | None:
        """Where in the ring this reader goes on; `None`: not from the ring, or not only with what the ring holds."""
        if self._index is None and self._cursor is not None and not self._backlog:
            self._index = self._followed.ring.place_after(self._cursor)
        return self._index if self._gap is None else None

    def jump(self, index: int, cursor: Cursor) -> None:
        """Go on at `index` of the ring: all up to `cursor` was delivered to this reader by other means."""
        self._index, self._cursor = index, cursor

    async def next(self) -> Event:
        """Wait for the next tick in order."""
        await self._followed.synced.wait()
        ring = self._followed.ring
        while True:
            if self._backlog:
                return self._event(self._backlog.pop())
            if self._index is None and self._cursor is not None:
                self._index = ring.place_after(self._cursor)
            if self._index is None and self._cursor is None:
                # Of a symbol with no tick yet, the very first one is waited for.
                self._index = max(0, ring.end - 1)
            if self._index is not None and self._index < ring.begin:
                self._index = None
            if self._index is not None and self._index < ring.end:
                self._index += 1
                return self._event(ring.at(self._index - 1))
            if self._index is None and self._cursor is not None:
                await self._read_backlog(self._cursor)
            else:
                await self._followed.wait()

    async def newest(self) -> Event:
        """Wait until there is a tick that this reader has not seen, and jump to the newest one."""
        await self._followed.synced.wait()
        ring = self._followed.ring
        self._backlog.clear()
        if self._index is None and self._cursor is not None:
            await self._place_newest(self._cursor)
        while ring.newest is None or self._index == ring.end:
            await self._followed.wait()
        # No await from here on: the tick, its place and what it passes over belong together.
        tick, skipped, gap = ring.newest, 0, self._gap
        if self._index is not None:
            skipped = ring.end - 1 - self._index
            gap = gap or ring.gap(self._index, ring.end - 1)
        elif self._cursor is not None and self._cursor.epoch == tick.cursor.epoch:
            skipped = tick.seq - self._cursor.seq - 1
        self._index, self._cursor, self._gap = ring.end, tick.cursor, None
        return Event(tick, skipped, gap)

    async def _place_newest(self, cursor: Cursor) -> None:
        """Find the place after `cursor` in the ring, or that it lies before the ring, or that it never was."""
        ring = self._followed.ring
        while self._cursor is not None and (index := ring.place_after(cursor)) is None:
            if ring.newest is not None and cursor < ring.newest.cursor:
                if cursor.epoch != ring.newest.cursor.epoch:
                    self._gap = await self._gap_to_other_epoch(cursor)
                return
            await self._wait_for(cursor)
        if self._cursor is not None:
            self._index = index

    def _event(self, tick: Tick) -> Event:
        gap = self._gap or (None if self._cursor is None else gap_between(self._cursor, tick.cursor))
        self._cursor, self._gap = tick.cursor, None
        return Event(tick, 0, gap)

    async def _read_backlog(self, cursor: Cursor) -> None:
        """Take what follows `cursor` from Redis, or find out why there is nothing."""
        ring = self._followed.ring
        due = ring.newest is not None and cursor < ring.newest.cursor
        ticks = await self._read(cursor)
        if due and not ticks:
            ticks = await self._read_repaired(cursor)
        if ticks:
            if ticks[0].cursor.epoch != cursor.epoch:
                self._gap = await self._gap_to_other_epoch(cursor)
            self._backlog = list(reversed(ticks))
        elif due:
            # Redis has lost them for good: what the ring has is all there is.
            self._index = ring.place_beyond(cursor)
        else:
            await self._wait_for(cursor)

    async def _read(self, cursor: Cursor) -> tuple[Tick, ...]:
        head = await until_redis_answers(lambda: self._history.read(self._followed.symbol, cursor, _PAGE_TICKS))
        return () if head is None else head.ticks

    async def _read_repaired(self, cursor: Cursor) -> tuple[Tick, ...]:
        """Redis has lost what the ring holds: its producer is probably sending it again."""
        reading: AsyncRetrying = AsyncRetrying(
            wait=wait_random_exponential(multiplier=0.1, max=1.0),
            stop=stop_after_delay(REPAIR_S),
            retry=retry_if_result(lambda ticks: not ticks),
            retry_error_callback=lambda _: (),
        )
        ticks: tuple[Tick, ...] = await reading(self._read, cursor)
        return ticks

    async def _wait_for(self, cursor: Cursor) -> None:
        """Wait until the ring reaches `cursor`. If Redis does not know it after a while, go on with the newest tick."""
        ring = self._followed.ring
        while ring.newest is None or ring.newest.cursor < cursor:
            try:
                async with asyncio.timeout(REPAIR_S):
                    await self._followed.reach(cursor)
            except TimeoutError:
                if await self._never_was(cursor):
                    self._cursor = None
                    self._gap = Gap(cursor, GapReason.UNKNOWN_CURSOR, None)
                    return

    async def _never_was(self, cursor: Cursor) -> bool:
        try:
            head = await self._history.read(self._followed.symbol, cursor, 1)
        except FeedUnavailable:
            return False
        return head is None or head.top < cursor

    async def _gap_to_other_epoch(self, cursor: Cursor) -> Gap:
        known = await until_redis_answers(lambda: self._history.holds(self._followed.symbol, cursor))
        return Gap(cursor, GapReason.RESTARTED if known else GapReason.UNKNOWN_CURSOR, None)
