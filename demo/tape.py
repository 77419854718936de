"""The tape: one sequence of quotes that all open boards play. It advances only when a board requests more quotes."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

from tickql.demo.simulation import BoardQuote

_KEPT_QUOTES = 50_000
"""Quotes kept for boards that open later or play more slowly. A board further behind skips to the oldest kept quote."""
_BATCH_QUOTES = 2_000
_BATCH_US = 1_000_000
"""A batch ends with the first of these two limits: about a second of quotes, in a message of bounded size."""


class Tape:
    """Quotes in order of time, at positions counted from 0. The newest `_KEPT_QUOTES` are kept."""

    def __init__(self, quotes: Iterable[BoardQuote]) -> None:
        self._source: Iterator[BoardQuote] = iter(quotes)
        self._kept: deque[BoardQuote] = deque(maxlen=_KEPT_QUOTES)
        self.end = 0
        """How many quotes have been taken from the source: the position at which a new board starts."""

    def batch_from(self, position: int) -> tuple[list[BoardQuote], int]:
        """Return about a second of quotes from `position` on, and the next position. No quotes: the tape has ended."""
        first = self.end - len(self._kept)
        position = max(position, first)
        batch = list(islice(self._kept, position - first, position - first + _BATCH_QUOTES))
        while len(batch) < _BATCH_QUOTES and (not batch or batch[-1].at_us - batch[0].at_us < _BATCH_US):
            quote = next(self._source, None)
            if quote is None:
                break
            self._kept.append(quote)
            self.end += 1
            batch.append(quote)
        return batch, position + len(batch)
