"""One symbol's numbering and the ticks that Redis may not have yet. Pure: what the scripts answered comes in as values.

A quote gets its seq when it is added; the numbers become final when the symbol is opened. Ticks stay spooled after
Redis acknowledged them, so that they can be sent again should Redis lose them.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tickql.feed.codec import encode_tick
from tickql.feed.scripts import OpenVerdict
from tickql.feed.tick import Cursor, Quote


@dataclass(slots=True)
class _Spooled:
    quote: Quote
    payload: bytes | None = None


class Spool:
    """Holds the newest `capacity` ticks of one symbol. `epoch` is 0 until Redis has opened the symbol."""

    def __init__(self, symbol: str, capacity: int) -> None:
        self.symbol = symbol
        self.capacity = capacity
        self.epoch = 0
        self.acked = 0
        """The last seq that Redis has confirmed."""
        self._first = 1
        self._newest_us: int | None = None
        self._entries: deque[_Spooled] = deque()

    @property
    def first(self) -> int:
        """The oldest seq still held; `last + 1` when empty."""
        return self._first

    @property
    def last(self) -> int:
        """The newest seq given out."""
        return self._first + len(self._entries) - 1

    @property
    def waiting(self) -> int:
        """Ticks that Redis has not confirmed."""
        return min(self.last - self.acked, len(self._entries))

    @property
    def top(self) -> Cursor:
        """The newest tick that Redis has confirmed."""
        return Cursor(self.epoch, self.acked)

    @property
    def claim(self) -> tuple[int, int, int, int]:
        """What the `open` script has to know: epoch, confirmed seq, first and last seq held.

        Epoch 0 is a writer that may go on where another has stopped. One that has lost ticks before it was opened may
        not: readers have to be told, so it claims an epoch that never was.
        """
        if not self.epoch and self._first == 1:
            return (0, 0, 1, 0)
        return (max(self.epoch, 1), self.acked, self._first, self.last)

    @property
    def newest_us(self) -> int | None:
        """When the newest tick was observed, Unix microseconds; `None`: no tick yet."""
        return self._newest_us

    def add(self, quote: Quote) -> int:
        """Number a quote. Over capacity the oldest ticks fall out; returns how many Redis had not confirmed."""
        self._entries.append(_Spooled(quote))
        self._newest_us = quote.observed_us
        return self.resize(self.capacity)

    def resize(self, capacity: int) -> int:
        """Hold at most `capacity` ticks from now on; returns how many fell out that Redis had not confirmed."""
        self.capacity = capacity
        dropped = 0
        while len(self._entries) > self.capacity:
            self._entries.popleft()
            dropped += self._first > self.acked
            self._first += 1
        return dropped

    def batch(self, limit: int, clock_us: Callable[[], int]) -> tuple[int, list[bytes]]:
        """The next ticks to send: the seq of the first one, and their payloads.

        A payload is made once, so that a number's content never changes. Beyond what was dropped unconfirmed the first
        seq lies above `acked + 1`, which Redis answers with AHEAD.
        """
        start = max(self.acked + 1, self._first)
        payloads = []
        for index in range(start - self._first, min(start - self._first + limit, len(self._entries))):
            entry = self._entries[index]
            if entry.payload is None:
                entry.payload = encode_tick(entry.quote, Cursor(self.epoch, self._first + index), clock_us())
            payloads.append(entry.payload)
        return start, payloads

    def acknowledge(self, top: int) -> int:
        """Redis has everything up to `top`. Returns how many ticks that confirms."""
        confirmed = max(0, top - self.acked)
        self.acked += confirmed
        return confirmed

    def opened(self, verdict: OpenVerdict, epoch: int, top: int) -> None:
        """Go on as the `open` script has settled it."""
        if verdict in (OpenVerdict.SAME, OpenVerdict.REPAIR):
            self.acked = top
        else:
            self._renumber(epoch, top)

    def _renumber(self, epoch: int, top: int) -> None:
        # The newest tick is sent again even if it was confirmed: the price may not change for hours.
        while len(self._entries) > 1 and self._first <= self.acked:
            self._entries.popleft()
            self._first += 1
        for entry in self._entries:
            entry.payload = None
        self.epoch, self.acked, self._first = epoch, top, top + 1
