"""One reader of many symbols: their ticks go into one bounded queue, from which one consumer takes batches.

A symbol is either *live* or *catching up*. A live symbol has every tick so far in the queue, and the listener's next
tick goes straight into it: no task wakes up for a tick. A symbol that catches up has a task with a `TickReader`, which
reads from the ring and from Redis, and waits while the queue is full.
"""

import asyncio
from collections import deque
from types import TracebackType
from typing import Self

from tickql.feed.follower import Follower
from tickql.feed.tick import Cursor, Event
from tickql.feed.tick_reader import TickReader

_BACKLOG_TICKS = 100_000
"""Ticks read from Redis ahead of the queue, of all symbols that catch up together: some 80 MB."""
_MIN_BACKLOG, _MAX_BACKLOG = 20, 500
"""The bounds of one symbol's share of it."""


class BatchReader:
    """Delivers each tick of its symbols once, those of one symbol in order. An async context manager.

    A slow consumer costs at most `max_events` events, and what `_BACKLOG_TICKS` bounds: the symbols then catch up from
    Redis. While Redis is down `take` waits. For one task at a time. An event that `take` has returned is not delivered
    again, whatever happens to it.
    """

    def __init__(self, follower: Follower, max_events: int) -> None:
        self._follower = follower
        self._max_events = max_events
        self._events: deque[Event] = deque()
        self._has_work = asyncio.Event()
        """Set: there are events, a task has failed, or somebody has called `wake`."""
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._symbols: dict[str, _Symbol] = {}
        self._failure: BaseException | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop reading."""
        tasks = [task for symbol in self._symbols.values() if (task := symbol.close()) is not None]
        await asyncio.gather(*tasks, return_exceptions=True)

    def __contains__(self, symbol: str) -> bool:
        return symbol in self._symbols

    def __len__(self) -> int:
        """How many events wait in the queue."""
        return len(self._events)

    def add(self, symbol: str, after: Cursor | None, expected_symbols: int = 1) -> None:
        """Read a symbol, too: after a cursor, or from the oldest tick that Redis keeps.

        `expected_symbols`: about how many symbols this reader will have, which share the memory.

        Raises:
            InvalidSymbol: `symbol` is not a symbol.
            InvalidCursor: `after` belongs to another symbol.
        """
        backlog = max(_MIN_BACKLOG, min(_MAX_BACKLOG, _BACKLOG_TICKS // max(1, expected_symbols)))
        reader = self._follower.tail(symbol, after or before_all(symbol), backlog)
        self._symbols[symbol] = _Symbol(self, reader, is_new=after is None)

    def add_newest(self, symbol: str) -> None:
        """Read a symbol, too: from its newest tick on."""
        self._symbols[symbol] = _Symbol(self, self._follower.tail(symbol, None), is_new=True)

    async def take(self, max_events: int) -> list[Event]:
        """Wait until there are events, and return the oldest ones; none: `wake` was called.

        Raises:
            FeedError: a symbol cannot be read.
        """
        await self._has_work.wait()
        if self._failure is not None:
            raise self._failure
        events = self._events
        count = min(len(events), max_events)
        taken = [events.popleft() for _ in range(count)]
        if not events:
            self._has_work.clear()
        if len(events) < self._max_events:
            self._has_room.set()
        return taken

    def wake(self) -> None:
        """Let a `take` that waits return at once."""
        self._has_work.set()

    def put(self, event: Event) -> bool:
        """Put an event into the queue. Returns `False`, without a change: the queue is full."""
        events = self._events
        if len(events) >= self._max_events:
            self._has_room.clear()
            return False
        events.append(event)
        if len(events) == 1:
            self._has_work.set()
        return True

    async def put_when_room(self, event: Event) -> None:
        """Put an event into the queue, as soon as there is room for it."""
        while not self.put(event):
            await self._has_room.wait()

    def fail(self, error: BaseException) -> None:
        """Let `take` raise this error from now on."""
        self._failure = self._failure or error
        self._has_work.set()


class _Symbol:
    """One symbol of a batch reader. `is_new`: nothing was read of it before, so nothing is missing before its first."""

    __slots__ = ("_batches", "_followed", "_index", "_is_new", "_reader", "_ring", "_task")

    def __init__(self, batches: BatchReader, reader: TickReader, *, is_new: bool) -> None:
        self._batches = batches
        self._reader = reader
        self._followed = reader.followed
        self._ring = reader.followed.ring
        self._is_new = is_new
        self._index = 0
        """The ring index of the next tick, while the symbol is live."""
        self._task: asyncio.Task[None] | None = None
        self._catch_up()

    def close(self) -> asyncio.Task[None] | None:
        """Stop reading. Returns the task that was cancelled; `None`: there is none."""
        self._followed.on_tick = None
        self._reader.close()
        if self._task is not None:
            self._task.cancel()
        return self._task

    def _catch_up(self) -> None:
        self._task = asyncio.create_task(self._read(), name=f"reader of {self._followed.symbol}")
        self._task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._batches.fail(error)

    async def _read(self) -> None:
        """Deliver events until the queue has every tick of the ring, and go live in the same step."""
        reader, ring = self._reader, self._ring
        while True:
            event = await reader.next()
            if self._is_new:
                event, self._is_new = event._replace(gap=None), False
            await self._batches.put_when_room(event)
            # No await from here to the end: no tick comes between the last one delivered and the first live one.
            if reader.ring_index == ring.end:
                self._index = ring.end
                self._followed.on_tick = self._take_live
                self._task = None
                return

    def _take_live(self) -> None:
        """Called by the listener after each tick of a live symbol."""
        ring, index = self._ring, self._index
        tick = ring.at(index)
        if self._batches.put(Event(tick, 0, ring.gap_within(index, index))):
            self._index = index + 1
        else:
            # The tick stays where it is: the reader takes it from the ring, or from Redis.
            self._followed.on_tick = None
            self._reader.advance_to(index, ring.at(index - 1).cursor)
            self._catch_up()


def before_all(symbol: str) -> Cursor:
    """Return a place before every tick of a symbol that Redis keeps: no numbering begins at that time."""
    return Cursor(symbol, 1, 0)
