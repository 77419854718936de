"""The spool: the numbering of one symbol and a buffer of its newest ticks. No I/O; replies of Redis come in as values.

A quote gets its seq when it is added. The numbers become final when the script `open` has opened the symbol. Ticks stay
in the spool after Redis has confirmed them, so that the publisher can send them again if Redis loses them in a crash.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from tickql.feed.codec import encode_tick
from tickql.feed.scripts import OpenVerdict
from tickql.feed.tick import Cursor, Quote


@dataclass(slots=True)
class _Entry:
    quote: Quote
    payload: bytes | None = None
    """The encoded tick; `None` until it is first sent."""
    stamp: tuple[int, int] | None = None
    """For its trace: see `Spool.stamp`."""


class SentTick(NamedTuple):
    """A tick that was sent to Redis: its message, and the times that `Spool.stamp` has noted."""

    payload: bytes
    arrived_us: int
    spooled_us: int


class Spool:
    """The newest `capacity` ticks of one symbol. `epoch` is 0 until Redis has opened the symbol."""

    def __init__(self, symbol: str, capacity: int) -> None:
        self.symbol = symbol
        self.capacity = capacity
        self.epoch = 0
        self.confirmed_seq = 0
        """The last seq that Redis has confirmed."""
        self.removed = 0
        """How many ticks have left the spool since it was made."""
        self._first_seq = 1
        self._newest_us: int | None = None
        self._entries: deque[_Entry] = deque()

    @property
    def first_seq(self) -> int:
        """The oldest seq in the spool; `last_seq + 1` when the spool is empty."""
        return self._first_seq

    @property
    def last_seq(self) -> int:
        """The newest seq that was given to a quote."""
        return self._first_seq + len(self._entries) - 1

    @property
    def unconfirmed(self) -> int:
        """Number of ticks in the spool that Redis has not confirmed."""
        return min(self.last_seq - self.confirmed_seq, len(self._entries))

    @property
    def top(self) -> Cursor:
        """The newest tick that Redis has confirmed."""
        return Cursor(self.symbol, self.epoch, self.confirmed_seq)

    @property
    def open_arguments(self) -> tuple[int, int, int, int]:
        """What the script `open` must know of this writer: epoch, confirmed seq, first and last seq in the spool."""
        # Epoch 0 marks a writer that has numbered nothing that matters: it may continue where another one stopped.
        if not self.epoch and self._first_seq == 1:
            return (0, 0, 1, 0)
        # A writer that dropped ticks before the symbol was opened may not: readers must get a gap. Epoch 1 is an epoch
        # that never existed, so the script answers ROTATE.
        return (max(self.epoch, 1), self.confirmed_seq, self._first_seq, self.last_seq)

    @property
    def newest_us(self) -> int | None:
        """When the newest tick was observed, in Unix microseconds; `None`: there is no tick yet."""
        return self._newest_us

    def add(self, quote: Quote) -> int:
        """Number a quote and store it. Returns how many unconfirmed ticks a full spool dropped for it, oldest first."""
        self._entries.append(_Entry(quote))
        self._newest_us = quote.observed_us
        return self.resize(self.capacity)

    def stamp(self, arrived_us: int, spooled_us: int) -> None:
        """Note when the page's message with the newest quote was taken up, and when the quote was added."""
        self._entries[-1].stamp = (arrived_us, spooled_us)

    def sent(self, seq: int) -> SentTick | None:
        """Return a tick of the spool; `None`: it was not sent under this number, or never stamped."""
        entry = self._entries[seq - self._first_seq]
        return None if entry.payload is None or entry.stamp is None else SentTick(entry.payload, *entry.stamp)

    def resize(self, capacity: int) -> int:
        """Set the capacity. Returns how many unconfirmed ticks were dropped, oldest first."""
        self.capacity = capacity
        dropped = 0
        while len(self._entries) > self.capacity:
            dropped += self.drop_oldest()
        return dropped

    def drop_oldest(self) -> int:
        """Drop the oldest tick. Returns 1 if Redis has not confirmed it, else 0."""
        is_lost = self._first_seq > self.confirmed_seq
        self._remove_oldest()
        return int(is_lost)

    def _remove_oldest(self) -> None:
        self._entries.popleft()
        self._first_seq += 1
        self.removed += 1

    def next_batch(self, limit: int, clock_us: Callable[[], int]) -> tuple[int, list[bytes]]:
        """Return the next ticks to send, at most `limit`: the seq of the first one, and the payloads.

        After unconfirmed ticks were dropped, the first seq is greater than `confirmed_seq + 1`. Redis answers AHEAD.
        """
        start = max(self.confirmed_seq + 1, self._first_seq)
        payloads = []
        for index in range(start - self._first_seq, min(start - self._first_seq + limit, len(self._entries))):
            entry = self._entries[index]
            # A tick is encoded once: a retry must send the same bytes under the same number.
            if entry.payload is None:
                entry.payload = encode_tick(
                    entry.quote, Cursor(self.symbol, self.epoch, self._first_seq + index), clock_us()
                )
            payloads.append(entry.payload)
        return start, payloads

    def confirm(self, top: int) -> int:
        """Record that Redis has every tick up to the seq `top`. Returns how many ticks are newly confirmed."""
        confirmed = max(0, top - self.confirmed_seq)
        self.confirmed_seq += confirmed
        return confirmed

    def apply_open(self, verdict: OpenVerdict, epoch: int, top: int) -> None:
        """Continue the numbering as the script `open` answered."""
        if verdict in (OpenVerdict.SAME, OpenVerdict.REPAIR):
            # After REPAIR `top` may be lower than what was confirmed: the lost ticks are sent again.
            self.confirmed_seq = top
        else:
            self._renumber(epoch, top)

    def _renumber(self, epoch: int, top: int) -> None:
        # The newest tick is sent again even if Redis had confirmed it: Redis may have lost it, and on a quiet market
        # the next price may come hours later.
        while len(self._entries) > 1 and self._first_seq <= self.confirmed_seq:
            self._remove_oldest()
        for entry in self._entries:
            entry.payload = None
        self.epoch, self.confirmed_seq, self._first_seq = epoch, top, top + 1
