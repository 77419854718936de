"""The ring: the newest ticks of one symbol, in memory. No I/O. The listener appends; any number of readers read.

A position in the ring is an index that counts every tick ever appended. Each reader keeps one integer and no queue, so
a slow reader costs no memory.
"""

from bisect import bisect_left, bisect_right
from collections import deque

from tickql.feed.tick import Cursor, Event, Gap, GapReason, Tick

NOT_STARTED = -1
"""The index of a reader that has read nothing yet."""
_MAX_GAPS = 256
"""Gaps remembered per symbol: a bound on memory. A gap is rare: a restart of the numbering, or a trimmed stream."""


class Ring:
    """The newest `capacity` ticks, oldest at index `begin`, newest at `end - 1`."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.end = 0
        self._slots: list[Tick | None] = [None] * capacity
        self._gaps: deque[tuple[int, Gap]] = deque(maxlen=_MAX_GAPS)

    @property
    def begin(self) -> int:
        """Index of the oldest tick held; equals `end` when the ring is empty."""
        return max(0, self.end - self.capacity)

    @property
    def newest(self) -> Tick | None:
        """The newest tick; `None` when the ring is empty."""
        return self._slots[(self.end - 1) % self.capacity] if self.end else None

    def append(self, tick: Tick) -> bool:
        """Append a tick and record the gap before it, if any. Returns `False`, without a change, if it is not newer."""
        newest = self.newest
        if newest is not None:
            if tick.cursor <= newest.cursor:
                return False
            gap = gap_before(tick, newest.cursor)
            if gap is not None:
                self._gaps.append((self.end, gap))
        self._slots[self.end % self.capacity] = tick
        self.end += 1
        return True

    def at(self, index: int) -> Tick:
        """Return the tick at `index`.

        Raises:
            IndexError: `index` is not in `begin` to `end - 1`.
        """
        tick = self._slots[index % self.capacity]
        if tick is None or not self.begin <= index < self.end:
            raise IndexError(f"{index} is not in {self.begin} to {self.end - 1}")
        return tick

    def gap_within(self, start: int, stop: int) -> Gap | None:
        """Return the gaps before the ticks `start` to `stop` (inclusive), merged into one; `None`: there is no gap."""
        # Called for each tick. Nearly always there is no gap, or only an old one: no list is built then.
        if not self._gaps or self._gaps[-1][0] < start:
            return None
        gaps = [gap for index, gap in self._gaps if start <= index <= stop]
        if len(gaps) < 2:
            return gaps[0] if gaps else None
        lost = [gap.lost for gap in gaps if gap.lost is not None]
        return Gap(gaps[0].after, gaps[0].reason, sum(lost) if len(lost) == len(gaps) else None)

    def newest_event(self, index: int) -> Event | None:
        """Return the newest tick for a reader whose next tick is at `index`; `None`: the reader has already seen it."""
        newest = self.newest
        if newest is None or index == self.end:
            return None
        if index == NOT_STARTED:
            return Event(newest)
        return Event(newest, self.end - 1 - index, self.gap_within(index, self.end - 1))

    def index_after(self, cursor: Cursor) -> int | None:
        """Return the index of the tick right after `cursor`; `None`: the ring alone cannot tell."""
        if not self.end:
            return None
        # A reader whose last tick has just left the ring has missed nothing yet.
        oldest = self.at(self.begin).cursor
        if cursor == oldest._replace(seq=oldest.seq - 1):
            return self.begin
        index = bisect_left(range(self.end), cursor, lo=self.begin, key=lambda at: self.at(at).cursor)
        # Only an exact match proves that nothing lies between `cursor` and the next tick of the ring.
        if index < self.end and self.at(index).cursor == cursor:
            return index + 1
        return None

    def first_index_beyond(self, cursor: Cursor) -> int:
        """Return the index of the first held tick with a greater cursor; `end` if there is none."""
        return bisect_right(range(self.end), cursor, lo=self.begin, key=lambda at: self.at(at).cursor)


def gap_before(tick: Tick, last: Cursor) -> Gap | None:
    """Return what is missing between the tick at `last`, delivered just before, and `tick`; `None`: nothing."""
    gap = gap_between(last, tick.cursor)
    if gap is None and tick.merged:
        return Gap(last, GapReason.MERGED, tick.merged)
    return gap


def gap_between(before: Cursor, after: Cursor) -> Gap | None:
    """Return what is missing between two ticks that were delivered one after the other; `None`: nothing is missing."""
    if before.epoch != after.epoch:
        return Gap(before, GapReason.RESTARTED, None)
    lost = after.seq - before.seq - 1
    return Gap(before, GapReason.TRIMMED, lost) if lost else None
