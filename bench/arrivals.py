"""What arrives: each message told from the others by its tick's number, and timed by its tick's time. No I/O.

A message holds its tick's `seq` before its `timestamp`, as the document asks for them; with `skipped` between the two
the numbers may jump by that much. `timestamp` is ISO 8601 or Unix microseconds, and when the tick was made.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from bench.websocket import frame_header_bytes

_SEQ = b'"seq":'
_ID = b'"id":"'
_TICK = re.compile(rb'"seq":"?(\d+)"?(?:,"skipped":(\d+))?,"timestamp":"([^"]+)')


class Tick:
    """One tick as the subscribers got it. `us` is its time, in Unix microseconds.

    `tail` is what every message with it ends in, from `seq` on; `previous` the number that must have come before it;
    `arrivals` counts the messages that carried it.
    """

    __slots__ = ("arrivals", "previous", "seq", "tail", "us")

    def __init__(self, tail: bytes, seq: int, skipped: int, us: int) -> None:
        self.tail = tail
        self.seq = seq
        self.previous = seq - 1 - skipped
        self.us = us
        self.arrivals = 0


class Reader:
    """What one connection has received.

    `subscriptions`: how many it has; `id_size`: length of their ids; `header_bytes`: how many bytes precede a payload
    of some length in a frame or chunk.
    `mark` is where `seq` begins in a message: from there on the messages of a tick are the same for everybody, and
    known after the first. `whole_mark` is where it begins in a whole frame. -1: not known yet, or not the same for all.
    """

    __slots__ = ("_last", "header_bytes", "id_size", "last", "mark", "several", "subscriptions", "whole_mark")

    def __init__(
        self, subscriptions: int, id_size: int, header_bytes: Callable[[int], int] = frame_header_bytes
    ) -> None:
        self.header_bytes = header_bytes
        self.subscriptions = subscriptions
        self.several = subscriptions > 1
        self.id_size = id_size
        self.mark = -1
        self.whole_mark = -1
        self.last: int | None = None
        self._last: dict[bytes, int] = {}

    @property
    def is_served(self) -> bool:
        """Whether each of its subscriptions has brought something."""
        return len(self._last) == self.subscriptions if self.several else self.last is not None

    def follows(self, tick: Tick, data: bytes, start: int, end: int) -> bool:
        """Whether `tick` is what comes next: nothing lost, nothing twice, nothing out of order."""
        if self.several:
            begin = data.index(_ID, start, end) + len(_ID)
            subscription = data[begin : begin + self.id_size]
            last = self._last.get(subscription)
            self._last[subscription] = tick.seq
        else:
            last, self.last = self.last, tick.seq
        return last is None or last == tick.previous


class Arrivals:
    """Takes every message of every connection; between `begin` and `end` it also keeps how late each one was."""

    def __init__(self) -> None:
        self.late_us: list[int] = []
        """Microseconds from the tick's time to its arrival, of messages that arrived while measuring."""
        self.irregular = 0
        """Messages that were not what comes next on their subscription."""
        self.newest = Tick(b"none yet", 0, 0, 0)
        """The tick of the newest message: mostly that of the next one too."""
        self.measuring = False
        self._ticks: dict[bytes, Tick] = {}

    def begin(self) -> None:
        """Measure from now on."""
        self.late_us = []
        self.irregular = 0
        self.measuring = True

    def end(self) -> None:
        """Measure no more, but still count what arrives for its tick."""
        self.measuring = False

    def take(self, reader: Reader, data: bytes, start: int, end: int, now_us: int) -> bool:
        """Take the message at `data[start:end]`; `False`: it carries no tick."""
        tick = self._ticks.get(data[start + reader.mark : end]) or self._learn(reader, data, start, end)
        if tick is None:
            return False
        self.newest = tick
        tick.arrivals += 1
        if self.measuring:
            self.late_us.append(now_us - tick.us)
        if not reader.follows(tick, data, start, end):
            self.irregular += 1
        return True

    def arrived(self, from_us: int, to_us: int) -> int:
        """How many messages have come of the ticks that were made in a stretch of time."""
        return sum(tick.arrivals for tick in self._ticks.values() if from_us <= tick.us < to_us)

    def seqs(self, from_us: int, to_us: int) -> set[int]:
        """The numbers of the ticks of a stretch of time that arrived anywhere."""
        return {tick.seq for tick in self._ticks.values() if from_us <= tick.us < to_us}

    def _learn(self, reader: Reader, data: bytes, start: int, end: int) -> Tick | None:
        """The first message of a tick, or of a reader, or one without a tick."""
        mark = data.find(_SEQ, start, end)
        if mark < 0:
            return None
        reader.mark = mark - start
        if not reader.several:
            # What comes before the payload is as long in every message: its size takes as many bytes.
            reader.whole_mark = mark - start + reader.header_bytes(end - start)
        key = data[mark:end]
        return self._ticks.get(key) or self._ticks.setdefault(key, _read(key))


def _read(key: bytes) -> Tick:
    match = _TICK.match(key)
    if match is None:
        raise ValueError(f"not a tick: {key[:200]!r}")
    seq, skipped, timestamp = match.groups()
    return Tick(key, int(seq), int(skipped or 0), read_us(timestamp))


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
