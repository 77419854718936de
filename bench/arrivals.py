"""What arrives: each message told from the others by its tick's number, and timed by its tick's time. No I/O.

A message holds its tick's `seq` before its `timestamp`, as the document asks for them; with `skipped` between the two
the numbers may jump by that much. `timestamp` is ISO 8601 or Unix microseconds, and when the tick was made.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

_SEQ = b'"seq":'
_TIMESTAMP = b'"timestamp":"'
_ID = b'"id":"'
_TICK = re.compile(rb'"seq":"?(\d+)"?(?:,"skipped":(\d+))?,"timestamp":"([^"]+)')


class Tick:
    """One tick as the subscribers got it. `arrivals` counts the messages that carried it."""

    __slots__ = ("arrivals", "seq", "skipped", "us")

    def __init__(self, seq: int, skipped: int, us: int) -> None:
        self.seq = seq
        self.skipped = skipped
        self.us = us
        self.arrivals = 0


class Reader:
    """What one connection has received. `subscriptions`: how many it has; `id_size`: length of their ids."""

    __slots__ = ("_last", "id_size", "several", "subscriptions")

    def __init__(self, subscriptions: int, id_size: int) -> None:
        self.subscriptions = subscriptions
        self.several = subscriptions > 1
        self.id_size = id_size
        self._last: dict[bytes, int] = {}

    @property
    def is_served(self) -> bool:
        """Whether each of its subscriptions has brought something."""
        return len(self._last) == self.subscriptions

    def follows(self, tick: Tick, subscription: bytes) -> bool:
        """Whether `tick` is what comes next: nothing lost, nothing twice, nothing out of order."""
        last = self._last.get(subscription)
        self._last[subscription] = tick.seq
        return last is None or tick.seq == last + 1 + tick.skipped


class Arrivals:
    """Takes every message of every connection; between `begin` and `end` it also keeps how late each one was."""

    def __init__(self) -> None:
        self.late_us: list[int] = []
        """Microseconds from the tick's time to its arrival, of messages that arrived while measuring."""
        self.irregular = 0
        """Messages that were not what comes next on their subscription."""
        self._ticks: dict[bytes, Tick] = {}
        self._measuring = False

    def begin(self) -> None:
        """Measure from now on."""
        self.late_us = []
        self.irregular = 0
        self._measuring = True

    def end(self) -> None:
        """Measure no more, but still count what arrives for its tick."""
        self._measuring = False

    def take(self, reader: Reader, data: bytes, start: int, end: int, now_us: int) -> bool:
        """Take the message at `data[start:end]`; `False`: it carries no tick."""
        mark = data.find(_SEQ, start, end)
        if mark < 0:
            return False
        stop = data.find(b'"', data.index(_TIMESTAMP, mark, end) + len(_TIMESTAMP), end)
        key = data[mark:stop]
        tick = self._ticks.get(key) or self._add(key)
        tick.arrivals += 1
        if self._measuring:
            self.late_us.append(now_us - tick.us)
        if not reader.follows(tick, _subscription(reader, data, start, end) if reader.several else b""):
            self.irregular += 1
        return True

    def arrived(self, from_us: int, to_us: int) -> int:
        """How many messages have come of the ticks that were made in a stretch of time."""
        return sum(tick.arrivals for tick in self._ticks.values() if from_us <= tick.us < to_us)

    def seqs(self, from_us: int, to_us: int) -> set[int]:
        """The numbers of the ticks of a stretch of time that arrived anywhere."""
        return {tick.seq for tick in self._ticks.values() if from_us <= tick.us < to_us}

    def _add(self, key: bytes) -> Tick:
        match = _TICK.match(key)
        if match is None:
            raise ValueError(f"not a tick: {key[:200]!r}")
        seq, skipped, timestamp = match.groups()
        tick = self._ticks[key] = Tick(int(seq), int(skipped or 0), read_us(timestamp))
        return tick


def _subscription(reader: Reader, data: bytes, start: int, end: int) -> bytes:
    begin = data.index(_ID, start, end) + len(_ID)
    return data[begin : begin + reader.id_size]


_UNIX_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")
_MICROSECOND = timedelta(microseconds=1)


def read_us(timestamp: bytes) -> int:
    """A time in Unix microseconds, from ISO 8601 or from its digits."""
    if timestamp.isdigit():
        return int(timestamp)
    return (datetime.fromisoformat(timestamp.decode()) - _UNIX_EPOCH) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class Lateness:
    """Milliseconds; `None` where nothing arrived."""

    p50_ms: float | None
    p99_ms: float | None
    max_ms: float | None

    @classmethod
    def of(cls, late_us: Iterable[int]) -> "Lateness":
        """The quantiles of many."""
        ordered = sorted(late_us)
        if not ordered:
            return cls(None, None, None)
        return cls(quantile(ordered, 0.5) / 1000, quantile(ordered, 0.99) / 1000, ordered[-1] / 1000)


def quantile(ordered: Sequence[int], share: float) -> int:
    """The smallest of the ordered numbers that at least `share` of them do not exceed."""
    return ordered[max(0, ceil(len(ordered) * share) - 1)]


def count_between(ordered: Sequence[int], begin: int, end: int) -> int:
    """How many of the ordered numbers are in `begin <= n < end`."""
    return bisect_left(ordered, end) - bisect_left(ordered, begin)
