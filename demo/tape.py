"""The tape: one sequence of quotes that every open board plays. It advances only as boards ask for more."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

from tickql.demo.simulation import BoardQuote

# A board that falls further behind than this goes on with the oldest quote that is left.
_KEPT_QUOTES = 50_000
_BATCH_QUOTES = 2_000
_BATCH_US = 1_000_000


class Tape:
    """Quotes in order of time, counted from 0; the newest are kept for boards that open later or play slower."""

    def __init__(self, quotes: Iterable[BoardQuote]) -> None:
        self._source: Iterator[BoardQuote] = iter(quotes)
        self._kept: deque[BoardQuote] = deque(maxlen=_KEPT_QUOTES)
        self.end = 0
        """How many quotes have been read so far: where a board that opens now begins."""

    def read(self, start: int) -> tuple[list[BoardQuote], int]:
        """About a second of quotes from number `start` on, and the number to go on with. No quotes: the end."""
        first = self.end - len(self._kept)
        start = max(start, first)
        batch = list(islice(self._kept, start - first, start - first + _BATCH_QUOTES))
        while len(batch) < _BATCH_QUOTES and (not batch or batch[-1].at_us - batch[0].at_us < _BATCH_US):
            quote = next(self._source, None)
            if quote is None:
                break
            self._kept.append(quote)
            self.end += 1
            batch.append(quote)
        return batch, start + len(batch)
