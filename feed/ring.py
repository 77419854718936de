"""The newest ticks of one symbol, in memory. Pure: appended to by the follower, read by any number of readers.

A place in the ring is an index that counts every tick ever appended; readers keep one integer each and no queue.
"""

from bisect import bisect_left, bisect_right
from collections import deque

from tickql.feed.tick import Cursor, Event, Gap, GapReason, Tick

NOWHERE = -1
"""The place of a reader that has not begun yet."""
_GAPS_KEPT = 256


class Ring:
    """Holds the newest `capacity` ticks, oldest at index `begin`, newest at `end - 1`."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.end = 0
        self._slots: list[Tick | None] = [None] * capacity
        self._gaps: deque[tuple[int, Gap]] = deque(maxlen=_GAPS_KEPT)

    @property
    def begin(self) -> int:
        """Index of the oldest tick held; equals `end` when empty."""
        return max(0, self.end - self.capacity)

    @property
    def newest(self) -> Tick | None:
        """The newest tick; `None` when empty."""
        return self._slots[(self.end - 1) % self.capacity] if self.end else None

    def append(self, tick: Tick) -> bool:
        """Add the next tick; a gap to the one before it is noted. False: it was there already, nothing is done."""
        newest = self.newest
        if newest is not None:
            if tick.cursor <= newest.cursor:
                return False
            gap = gap_between(newest.cursor, tick.cursor)
            if gap is not None:
                self._gaps.append((self.end, gap))
        self._slots[self.end % self.capacity] = tick
        self.end += 1
        return True

    def at(self, index: int) -> Tick:
        """The tick at `index`, which must lie in `begin` to `end - 1`."""
        tick = self._slots[index % self.capacity]
        if tick is None or not self.begin <= index < self.end:
            raise IndexError(f"{index} is not in {self.begin} to {self.end - 1}")
        return tick

    def gap(self, start: int, stop: int) -> Gap | None:
        """The gaps before the ticks `start` to `stop`, both included, as one; `None`: there is none."""
        if not self._gaps or self._gaps[-1][0] < start:
            return None
        gaps = [gap for index, gap in self._gaps if start <= index <= stop]
        if len(gaps) < 2:
            return gaps[0] if gaps else None
        lost = [gap.lost for gap in gaps if gap.lost is not None]
        return Gap(gaps[0].after, gaps[0].reason, sum(lost) if len(lost) == len(gaps) else None)

    def fresh(self, place: int) -> Event | None:
        """The newest tick for a reader whose next one would be at `place`; `None`: it has seen it."""
        newest = self.newest
        if newest is None or place == self.end:
            return None
        if place == NOWHERE:
            return Event(newest)
        return Event(newest, self.end - 1 - place, self.gap(place, self.end - 1))

    def place_after(self, cursor: Cursor) -> int | None:
        """The index at which a reader that has seen `cursor` goes on; `None`: the ring alone can't tell."""
        if not self.end:
            return None
        oldest = self.at(self.begin).cursor
        if cursor == Cursor(oldest.epoch, oldest.seq - 1):
            return self.begin
        index = bisect_left(range(self.end), cursor, lo=self.begin, key=lambda at: self.at(at).cursor)
        if index < self.end and self.at(index).cursor == cursor:
            return index + 1
        return None

    def place_beyond(self, cursor: Cursor) -> int:
        """The index of the first tick held that comes after `cursor`; `end` if there is none."""
        return bisect_right(range(self.end), cursor, lo=self.begin, key=lambda at: self.at(at).cursor)


def gap_between(before: Cursor, after: Cursor) -> Gap | None:
    """What is missing between two ticks that were delivered one after the other; `None`: nothing."""
    if before.epoch != after.epoch:
        return Gap(before, GapReason.RESTARTED, None)
    lost = after.seq - before.seq - 1
    return Gap(before, GapReason.TRIMMED, lost) if lost else None
