"""A page of a symbol's history. No I/O."""

from collections.abc import Iterator
from dataclasses import dataclass

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
        previous = self.previous
        for tick in self.ticks:
            if previous is None:
                gap = None
            elif self.gap is not None and previous == self.gap.after:
                gap = self.gap
            else:
                gap = gap_before(tick, previous)
            yield Event(tick, 0, gap)
            previous = tick.cursor
