"""The ring: the newest ticks of one symbol, in memory. No I/O. The listener appends; any number of readers read.

A position in the ring is an index that counts every tick ever appended. Each reader keeps one integer and no queue, so
a slow reader costs no memory.

Ticks are ordered by their arrival. The ticks of one epoch that arrive one after the other are a *generation*; inside
it they are ordered by `seq`. Epochs say nothing about order: after Redis lost its data, a producer whose clock is
behind begins an epoch with a lower number.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from tickql.feed.tick import Cursor, Event, Gap, GapReason, Tick

NOT_STARTED = -1
"""The index of a reader that has read nothing yet."""
_MAX_GAPS = 256
"""Gaps remembered per symbol: a bound on memory. A gap is rare: a restart of the numbering, or a trimmed stream."""
_MAX_GENERATIONS = 64
"""Generations remembered per symbol, also after their ticks have left the ring: a bound on memory."""


@dataclass(slots=True)
class _Generation:
    """Ticks of one epoch that were appended one after the other. `begin`: index of the first of them."""

    epoch: int
    begin: int
    first_seq: int
    last_seq: int = 0
    """Set when the generation ends."""


class AllRings:
    """What all rings of this process have in common.

    An object of its own: assigning to an attribute of a class makes Python forget what it has cached of the class.
    """

    __slots__ = ("appended",)

    def __init__(self) -> None:
        self.appended = 0
        """How many ticks they have taken: a cheap way to see whether any of them has changed."""


all_rings = AllRings()
"""The rings of this process."""


class Ring:
    """The newest `capacity` ticks, oldest at index `begin`, newest at `end - 1`. Grows with its first ticks."""

    __slots__ = ("_gaps", "_generations", "_slots", "capacity", "end", "newest")

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.end = 0
        self.newest: Tick | None = None
        """The newest tick; `None` when the ring is empty."""
        self._slots: list[Tick] = []
        self._gaps: list[tuple[int, Gap]] = []
        self._generations: list[_Generation] = []

    @property
    def begin(self) -> int:
        """Index of the oldest tick held; equals `end` when the ring is empty."""
        return max(0, self.end - self.capacity)

    def append(self, tick: Tick) -> bool:
        """Append a tick and record the gap before it, if any. Returns `False`, without a change, if it was seen before.

        A tick of another epoch begins a generation: the caller has found out that the numbering was restarted.
        """
        newest = self.newest
        _, epoch, seq = tick.cursor
        if newest is None:
            self._generations.append(_Generation(epoch, self.end, seq))
        else:
            _, newest_epoch, newest_seq = newest.cursor
            if epoch != newest_epoch:
                if seq <= self.last_seq(epoch):
                    return False
                self._begin_generation(epoch, seq, newest_seq)
            elif seq <= newest_seq:
                return False
            # Nearly always it is the next tick, and nothing is missing before it.
            is_next = seq == newest_seq + 1 and epoch == newest_epoch and not tick.merged
            if not is_next and (gap := gap_before(tick, newest.cursor)) is not None:
                self._gaps.append((self.end, gap))
                del self._gaps[:-_MAX_GAPS]
        if self.end < self.capacity:
            self._slots.append(tick)
        else:
            self._slots[self.end % self.capacity] = tick
        self.end += 1
        self.newest = tick
        all_rings.appended += 1
        return True

    def _begin_generation(self, epoch: int, seq: int, last_seq: int) -> None:
        self._generations[-1].last_seq = last_seq
        self._generations.append(_Generation(epoch, self.end, seq))
        del self._generations[:-_MAX_GENERATIONS]

    def last_seq(self, epoch: int) -> int:
        """Return the greatest seq ever appended of an epoch; 0: none is remembered."""
        if self.newest is not None and self.newest.cursor.epoch == epoch:
            return self.newest.cursor.seq
        return next((each.last_seq for each in reversed(self._generations) if each.epoch == epoch), 0)

    def has_reached(self, cursor: Cursor) -> bool:
        """Return whether the ring has got to `cursor`, or has left its epoch behind.

        An epoch with a greater number that never was in the ring may still come: Redis may have gone back to an earlier
        state, and repair it.
        """
        if self.newest is None:
            return False
        _, epoch, seq = self.newest.cursor
        if cursor.epoch == epoch:
            return cursor.seq <= seq
        return cursor.epoch < epoch or self.knows(cursor.epoch)

    def knows(self, epoch: int) -> bool:
        """Return whether the ring has had ticks of an epoch, as far as it is remembered."""
        return any(each.epoch == epoch for each in self._generations)

    def restart_before(self, cursor: Cursor) -> Cursor:
        """Return the cursor after which a reader reads the stream that has got to `cursor`, or left its epoch behind.

        That is `cursor` itself, unless its epoch has a greater number than the newest one, which the stream does not
        order behind it: then the beginning of the newest generation.
        """
        if self.newest is None or cursor.epoch <= self.newest.cursor.epoch:
            return cursor
        newest = self._generations[-1]
        # The stream may have more of the oldest generation than the ring.
        return Cursor(cursor.symbol, newest.epoch, newest.first_seq - 1 if len(self._generations) > 1 else 0)

    def at(self, index: int) -> Tick:
        """Return the tick at `index`.

        Raises:
            IndexError: `index` is not in `begin` to `end - 1`.
        """
        if not self.begin <= index < self.end:
            raise IndexError(f"{index} is not in {self.begin} to {self.end - 1}")
        return self._slots[index % self.capacity]

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
        # Only an exact match proves that nothing lies between `cursor` and the next tick of the ring.
        for begin, end in self._held(cursor.epoch):
            index = bisect_left(range(end), cursor.seq, lo=begin, key=self._seq_at)
            if index < end and self._seq_at(index) == cursor.seq:
                return index + 1
        return None

    def first_index_beyond(self, cursor: Cursor) -> int:
        """Return the index of the first held tick after `cursor`, of its own or a later generation; `end`: none."""
        for begin, end in self._held(cursor.epoch):
            return bisect_right(range(end), cursor.seq, lo=begin, key=self._seq_at)
        return self.begin

    def _held(self, epoch: int) -> Iterator[tuple[int, int]]:
        """Yield the first index and the end of each generation of an epoch, as far as held, newest first."""
        end = self.end
        for generation in reversed(self._generations):
            if end <= self.begin:
                return
            if generation.epoch == epoch:
                yield max(generation.begin, self.begin), end
            end = generation.begin

    def _seq_at(self, index: int) -> int:
        return self.at(index).cursor.seq


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
