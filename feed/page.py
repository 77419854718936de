"""A page of a symbol's history. No I/O."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tickql.feed.ring import gap_before
from tickql.feed.tick import Cursor, Event, Gap, Tick


@dataclass(frozen=True, slots=True)
class Page:
    """Some ticks of a symbol, oldest first, and whether the requested range has older and newer ones.

    `gap`: what is missing at the requested cursor, which names no stored tick; `None`: nothing is. `previous`: the tick
    before the first one, or the cursor that the page follows; `None`: not known.
    """

    ticks: tuple[Tick, ...]
    has_previous: bool
    has_next: bool
    gap: Gap | None = None
    previous: Cursor | None = None

    def events(self) -> Iterator[Event]:
        """Yield the ticks, each with the gap before it. The gap before the first one is `None` if it is not known."""
        if not self.ticks:
            return
        yield Event(self.ticks[0], 0, self._first_gap(self.ticks[0]))
        for before, tick in pairwise(self.ticks):
            _, epoch, seq = before.cursor
            # Nearly always it is the next tick, and nothing is missing before it.
            is_next = tick.cursor.seq == seq + 1 and tick.cursor.epoch == epoch and not tick.merged
            yield Event(tick) if is_next else Event(tick, 0, gap_before(tick, before.cursor))

    def _first_gap(self, first: Tick) -> Gap | None:
        if self.previous is None:
            return None
        is_there = self.gap is not None and self.gap.after == self.previous
        return self.gap if is_there else gap_before(first, self.previous)
