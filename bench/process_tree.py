"""Process trees: the CPU time and the memory of a process and its descendants, while processes start and end."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.errors import ServerFailed

_CPUCLOCK_SCHED = 2
GONE = (psutil.Error, OSError)
"""Errors of reading about a process that has ended: the kernel's errno differs from file to file."""


@dataclass(frozen=True, slots=True)
class CpuTime:
    """CPU seconds, user and system, since a process began."""

    own_s: float
    reaped_s: float
    """CPU time of ended children that the process has waited for. Linux counts it in hundredths of a second."""


CpuTimes = Mapping[psutil.Process, CpuTime]
"""The CPU time of each process of a tree."""


@dataclass(frozen=True, slots=True)
class CpuUsage:
    """CPU seconds that a process tree has used between two readings."""

    root_s: float
    """The root process alone."""
    all_s: float


class ProcessTree:
    """The process `pid`, which must keep running, and its descendants, which may start and end.

    `name` and `last_output` (the end of what the process printed) are for errors.

    Raises:
        ServerFailed: the process has ended.
    """

    def __init__(self, name: str, pid: int, last_output: Callable[[], str] = lambda: "no output") -> None:
        self._name = name
        self._last_output = last_output
        try:
            self._root = psutil.Process(pid)
        except psutil.NoSuchProcess:
            raise self._ended() from None
        self._known = self._members()

    def spent(self) -> CpuTimes:
        """Return the CPU times of the processes that ran when this object was created. Takes microseconds."""
        return _read(self._known)

    def used_since(self, before: CpuTimes) -> CpuUsage:
        """Return the CPU time used since `before`, including processes that have started or ended since then.

        Linux adds the CPU time of an ended process to the parent that waited for it. If no process of the tree waits,
        the time is unknown and counts as 0.

        Raises:
            ServerFailed: the root process has ended.
        """
        after = dict(_read(self._known))
        # Last: finding new processes takes milliseconds, in which the others use CPU time.
        after |= _read(each for each in self._members() if each not in after)
        if self._root not in after or self._root not in before:
            raise self._ended()
        own_s = sum(spent.own_s - (before[each].own_s if each in before else 0) for each, spent in after.items())
        reaped_s = sum(spent.reaped_s for spent in after.values()) - sum(spent.reaped_s for spent in before.values())
        left_s = reaped_s - sum(spent.own_s for each, spent in before.items() if each not in after)
        return CpuUsage(after[self._root].own_s - before[self._root].own_s, own_s + max(0.0, left_s))

    def waited_ns(self) -> dict[int, int]:
        """Nanoseconds that each thread was ready to run and had no core, by the thread's number."""
        return {thread: waited for each in self._known for thread, waited in waits_ns(each.pid)}

    def pss_kb(self) -> float:
        """Memory in KiB, pages that several processes share counted in parts."""
        return pss_kb(self._members())

    def _members(self) -> list[psutil.Process]:
        """Parents before their children."""
        try:
            return [self._root, *self._root.children(recursive=True)]
        except psutil.NoSuchProcess:
            raise self._ended() from None

    def _ended(self) -> ServerFailed:
        return ServerFailed(f"{self._name} ended while it was being measured: {self._last_output()}")


def _read(processes: Iterable[psutil.Process]) -> CpuTimes:
    """Read parents before their children, and read all again when one has ended: so each is counted once.

    The CPU time of a child moves to its parent when the parent waits for it, and the parent may have been read before.
    """
    living = list(processes)
    while True:
        found: dict[psutil.Process, CpuTime] = {}
        for process in living:
            try:
                times = process.cpu_times()
                found[process] = CpuTime(cpu_s(process.pid), times.children_user + times.children_system)
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
    """Memory of the processes that still run, in KiB. A page shared by n processes counts 1/n for each (PSS)."""
    total_kb = 0.0
    for process in processes:
        with suppress(*GONE):
            total_kb += process.memory_full_info().pss / 1024
    return total_kb


def descendants(pid: int) -> list[psutil.Process]:
    """All running descendants of `pid`, without `pid` itself; parents before their children."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).children(recursive=True)
    return []


def open_files(processes: Iterable[psutil.Process]) -> int:
    """Descriptors of the processes that still run."""
    count = 0
    for process in processes:
        with suppress(*GONE):
            count += process.num_fds()
    return count
