"""A process and all that have come from it: what they use of the machine, while some end and others begin."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.errors import ServerFailed

_CPUCLOCK_SCHED = 2
GONE = (psutil.Error, OSError)
"""What reading of a process that has ended raises: the kernel has a different errno at every place."""


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds, user and system, since a process began."""

    own_s: float
    reaped_s: float
    """Of its children that have ended: Linux adds them to who waited for them, to a hundredth of a second."""


Spending = Mapping[psutil.Process, Spent]
"""What each process of a family has spent."""


@dataclass(frozen=True, slots=True)
class Used:
    """CPU seconds that a family has used between two moments."""

    head_s: float
    """Of its first process alone."""
    all_s: float


class Family:
    """The process `pid`, which must live on, and all that comes from it, which need not.

    `name` and `last_words`, which it has printed, are for errors.

    Raises:
        ServerFailed: the process has ended.
    """

    def __init__(self, name: str, pid: int, last_words: Callable[[], str] = lambda: "no word") -> None:
        self._name = name
        self._last_words = last_words
        try:
            self._head = psutil.Process(pid)
        except psutil.NoSuchProcess:
            raise self._ended() from None
        self._known = self._members()

    def spent(self) -> Spending:
        """What those have spent that were there when this object was made. Takes microseconds."""
        return _read(self._known)

    def used_since(self, before: Spending) -> Used:
        """What was used since `before`, by those too that have ended or begun meanwhile.

        Whoever ends leaves what it used to who waits for it. If nobody of the family does, what it used is not known
        and counts as nothing.

        Raises:
            ServerFailed: the first process has ended.
        """
        after = dict(_read(self._known))
        # Last: to find who has begun takes milliseconds, in which the others go on.
        after |= _read(each for each in self._members() if each not in after)
        if self._head not in after or self._head not in before:
            raise self._ended()
        own_s = sum(spent.own_s - (before[each].own_s if each in before else 0) for each, spent in after.items())
        reaped_s = sum(spent.reaped_s for spent in after.values()) - sum(spent.reaped_s for spent in before.values())
        left_s = reaped_s - sum(spent.own_s for each, spent in before.items() if each not in after)
        return Used(after[self._head].own_s - before[self._head].own_s, own_s + max(0.0, left_s))

    def waited_ns(self) -> dict[int, int]:
        """Nanoseconds that each thread was ready to run and had no core, by the thread's number."""
        return {thread: waited for each in self._known for thread, waited in waits_ns(each.pid)}

    def pss_kb(self) -> float:
        """Memory in KiB, pages that several processes share counted in parts."""
        return pss_kb(self._members())

    def _members(self) -> list[psutil.Process]:
        """Parents before their children."""
        try:
            return [self._head, *self._head.children(recursive=True)]
        except psutil.NoSuchProcess:
            raise self._ended() from None

    def _ended(self) -> ServerFailed:
        return ServerFailed(f"{self._name} ended while it was being measured: {self._last_words()}")


def _read(processes: Iterable[psutil.Process]) -> Spending:
    """Read parents before their children, and all again when one has ended: so each is counted once.

    What a child used is its own until it is waited for, then its parent's, who may have been read already.
    """
    living = list(processes)
    while True:
        found: dict[psutil.Process, Spent] = {}
        for process in living:
            try:
                times = process.cpu_times()
                found[process] = Spent(cpu_s(process.pid), times.children_user + times.children_system)
            except GONE:
                break
        else:
            return found
        living.remove(process)


def cpu_s(pid: int) -> float:
    """CPU seconds, user and system, that a process has used: what `/proc/PID/stat` shows, but to the nanosecond.

    Raises:
        OSError: no such process.
    """
    return time.clock_gettime_ns(~pid << 3 | _CPUCLOCK_SCHED) / 1e9


def waits_ns(pid: int) -> Iterator[tuple[int, int]]:
    """Each thread of a process, and its nanoseconds of being ready to run without a core."""
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                yield int(task.name), int((task / "schedstat").read_text().split()[1])


def pss_kb(processes: Iterable[psutil.Process]) -> float:
    """Memory of those that still run, in KiB, pages that several share counted in parts."""
    total_kb = 0.0
    for process in processes:
        with suppress(*GONE):
            total_kb += process.memory_full_info().pss / 1024
    return total_kb


def descendants(pid: int) -> list[psutil.Process]:
    """Every process that came from `pid` and still runs, without itself; parents before their children."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).children(recursive=True)
    return []
