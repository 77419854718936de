"""One reader's position in the ticks of one symbol: it reads from the ring, and from Redis where the ring is too short.

Nothing is queued here. A slow reader costs one index, and catches up from where it is.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Self

from tickql.feed.connection import retry_until_available
from tickql.feed.errors import FeedUnavailable
from tickql.feed.followed_symbol import FollowedSymbol
from tickql.feed.head import HeadState
from tickql.feed.history import History
from tickql.feed.repair import read_repaired, wait_while_lagging
from tickql.feed.ring import gap_before
from tickql.feed.tick import Cursor, Event, Gap, GapReason, Tick
from tickql.feed.timings import DEFAULT_TIMINGS, Timings

BACKLOG_TICKS = 500
"""Ticks read from Redis in one call by a reader that catches up: also the most that it holds in memory."""


class TickReader:
    """Delivers each tick of a symbol once and in order (`next`), or only the newest one (`skip_to_newest`).

    Starts with the newest tick, or after the given cursor. While Redis is down both calls wait. Ticks that cannot be
    delivered are reported in `Event.gap`; ticks that `skip_to_newest` skipped are counted in `Event.skipped`.

    An async context manager. For one task at a time. A cancelled call loses no tick.
    """

    def __init__(
        self,
        followed: FollowedSymbol,
        history: History,
        after: Cursor | None,
        release: Callable[[FollowedSymbol], None],
        timings: Timings = DEFAULT_TIMINGS,
        backlog_ticks: int = BACKLOG_TICKS,
    ) -> None:
        self._backlog_ticks = backlog_ticks
        self._followed = followed
        self._history = history
        self._cursor = after
        """The last tick delivered, or the cursor given; `None`: start with the newest tick."""
        self._release = release
        self._repair_wait_s = timings.repair_wait_s
        self._index: int | None = None
        """The ring index of the next tick; `None`: not known, or the ring no longer holds that tick."""
        self._backlog: list[Tick] = []
        """Ticks read from Redis and not yet delivered, newest first."""
        self._gap: Gap | None = None
        """The gap to report with the next tick."""
        self._is_requested = after is not None
        """Whether the cursor is the one given: nobody has proven yet that it names a tick."""
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop reading. A symbol without readers is unfollowed after a while. Closing twice does nothing."""
        if not self._closed:
            self._closed = True
            self._release(self._followed)

    @property
    def followed(self) -> FollowedSymbol:
        """The symbol that this reader reads."""
        return self._followed

    @property
    def ring_index(self) -> int | None:
        """The ring index of the next tick; `None`: that tick does not come from the ring, or has a gap to report."""
        if self._index is None and self._cursor is not None and not self._backlog:
            self._index = self._followed.ring.index_after(self._cursor)
        return self._index if self._gap is None else None

    def advance_to(self, index: int, cursor: Cursor) -> None:
        """Continue at `index` of the ring: the caller has delivered every tick up to `cursor` in another way."""
        self._index, self._cursor = index, cursor

    async def next(self) -> Event:
        """Wait for the next tick in order."""
        await self._wait_until_synced()
        ring = self._followed.ring
        while True:
            if self._backlog:
                return self._event(self._backlog.pop())
            if self._index is None and self._cursor is not None:
                self._index = ring.index_after(self._cursor)
            if self._index is None and self._cursor is None:
                # If the symbol has no tick yet, its very first one is delivered.
                self._index = max(0, ring.end - 1)
            if self._index is not None and self._index < ring.begin:
                # The ring has overwritten the next tick: read it from Redis below.
                self._index = None
            if self._index is not None and self._index < ring.end:
                self._index += 1
                return self._event(ring.at(self._index - 1))
            # Each turn starts again after an await: the ring may have moved meanwhile.
            if self._index is None and self._cursor is not None:
                await self._read_backlog(self._cursor)
            else:
                await self._followed.wait_for_tick()

    async def skip_to_newest(self) -> Event:
        """Wait until there is a tick that this reader has not delivered, and deliver the newest one."""
        await self._wait_until_synced()
        ring = self._followed.ring
        self._backlog.clear()
        if self._index is None and self._cursor is not None:
            await self._find_position(self._cursor)
        while ring.newest is None or self._index == ring.end:
            await self._followed.wait_for_tick()
        # No await from here on: the tick, its position and what was skipped must belong to the same moment.
        tick, skipped, gap = ring.newest, 0, self._gap
        if self._index is not None:
            skipped = ring.end - 1 - self._index
            gap = gap or ring.gap_within(self._index, ring.end - 1)
        elif self._cursor is not None and self._cursor.epoch == tick.cursor.epoch:
            skipped = tick.seq - self._cursor.seq - 1
        self._index, self._cursor, self._gap, self._is_requested = ring.end, tick.cursor, None, False
        return Event(tick, skipped, gap)

    async def _wait_until_synced(self) -> None:
        await self._followed.wait_until_synced()
        cursor, base = self._cursor, self._followed.base
        # The numbers up to that place were never given in this epoch.
        if not self._is_requested or cursor is None or base is None:
            return
        if cursor.epoch == base.epoch and cursor.seq < base.seq:
            self._forget_cursor(cursor)

    def _forget_cursor(self, cursor: Cursor) -> None:
        """Begin with the newest tick: `cursor` names no tick."""
        self._gap = Gap(cursor, GapReason.UNKNOWN_CURSOR, None)
        self._cursor, self._is_requested = None, False

    async def _find_position(self, cursor: Cursor) -> None:
        """Set the index after `cursor`, or leave it unset if `cursor` lies before the ring or in another epoch."""
        ring = self._followed.ring
        while (index := ring.index_after(cursor)) is None:
            if not ring.has_reached(cursor):
                await self._wait_for(cursor)
                if self._cursor is None:
                    return
            elif not ring.knows(cursor.epoch):
                await wait_while_lagging(self._followed, self._history, cursor, self._repair_wait_s)
            if ring.newest is not None and ring.index_after(cursor) is None:
                if ring.newest.cursor.epoch != cursor.epoch:
                    self._gap = Gap(cursor, GapReason.RESTARTED, None)
                return
        self._index = index

    def _event(self, tick: Tick) -> Event:
        gap = self._gap or (None if self._cursor is None else gap_before(tick, self._cursor))
        if gap is not None and self._is_requested and gap.reason is GapReason.TRIMMED and not self._is_current(tick):
            # Where an epoch that has ended began is not known: some of the numbers may be of the epoch before it.
            gap = replace(gap, lost=None)
        self._cursor, self._gap, self._is_requested = tick.cursor, None, False
        return Event(tick, 0, gap)

    def _is_current(self, tick: Tick) -> bool:
        base = self._followed.base
        return base is not None and base.epoch == tick.cursor.epoch

    async def _read_backlog(self, cursor: Cursor) -> None:
        """Read the ticks after `cursor` from Redis, or find out why there are none."""
        ring = self._followed.ring
        if not ring.has_reached(cursor):
            await self._wait_for(cursor)
            if self._cursor is None or ring.newest is None or ring.index_after(cursor) is not None:
                return
        # From here on the ring proves that there are ticks after `cursor`.
        after = ring.restart_before(cursor)
        ticks = await self._read(after) or await read_repaired(self._read, after, self._repair_wait_s)
        if ticks:
            self._backlog = list(reversed(ticks))
        else:
            # Redis has lost these ticks for good: deliver what the ring still holds.
            self._index = ring.first_index_beyond(cursor)

    async def _read(self, cursor: Cursor) -> tuple[Tick, ...]:
        symbol = self._followed.symbol
        head = await retry_until_available(lambda: self._history.read_stream(symbol, cursor, self._backlog_ticks))
        return () if head is None else head.ticks

    async def _wait_for(self, cursor: Cursor) -> None:
        """Wait until the ring has reached `cursor`, or it is proven that it never will.

        Redis is in an earlier state than the one that the client has seen. The producer repairs that, or begins a new
        epoch: until then the reader delivers nothing, because it would send the client back in time. Ticks in another
        epoch, that of the head, are a proof, and so is a head that has been in another epoch for the time that a repair
        may take. If Redis has lost nothing, the cursor names no tick: the reader then begins with the newest one. If
        the numbering gets to such a cursor meanwhile, it names a tick that the client has not seen.
        """
        ring = self._followed.ring
        end, loop = ring.end, asyncio.get_running_loop()
        until_s = loop.time() + self._repair_wait_s
        state = await retry_until_available(self._head_state)
        is_ahead = state is not None and state.epoch == cursor.epoch and state.top < cursor.seq
        if is_ahead:
            self._gap = Gap(cursor, GapReason.UNKNOWN_CURSOR, None)
        while not ring.has_reached(cursor):
            newest = ring.newest
            if newest is not None and newest.cursor.epoch != cursor.epoch and ring.end != end:
                # No proof by itself: a ring that lags behind Redis gets to the cursor through earlier epochs.
                end = ring.end
                state = await retry_until_available(self._head_state)
                if state is not None and state.epoch == newest.cursor.epoch:
                    self._gap = None
                    return
                continue
            try:
                async with asyncio.timeout_at(until_s):
                    await self._followed.wait_for_tick()
            except TimeoutError:
                until_s = loop.time() + self._repair_wait_s
                if await self._is_settled_without(cursor):
                    return
        if is_ahead:
            state = await retry_until_available(self._head_state)
            if state is None or state.epoch != cursor.epoch or state.had(cursor):
                self._gap = None

    async def _is_settled_without(self, cursor: Cursor) -> bool:
        """Return whether Redis answers, has the symbol in another epoch, or will never have the tick at `cursor`."""
        try:
            state = await self._head_state()
        except FeedUnavailable:
            return False
        if state is None:
            return False
        if state.epoch != cursor.epoch:
            self._gap = None
            return True
        if state.may_get(cursor):
            return False
        self._forget_cursor(cursor)
        return True

    async def _head_state(self) -> HeadState | None:
        return await self._history.head_state(self._followed.symbol)
