"""What the operating system says of processes: their CPU time, how long they waited for a core, their memory."""

import os
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_CPUCLOCK_SCHED = 2
_TICKS_HZ = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """CPU seconds, user and system, that a process has used: what `/proc/PID/stat` shows, but to the nanosecond.

    Raises:
        OSError: no such process.
    """
    return time.clock_gettime_ns(~pid << 3 | _CPUCLOCK_SCHED) / 1e9


def stat_cpu_s(pid: int) -> float:
    """The same from `/proc/PID/stat`: utime and stime, to a hundredth of a second."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_HZ


def waited_s(pid: int) -> float:
    """Seconds that the threads of a process were ready to run and had no core."""
    total_ns = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):
            total_ns += int((task / "schedstat").read_text().split()[1])
    return total_ns / 1e9


def pss_kb(pids: Iterable[int]) -> float:
    """Memory of processes in KiB, pages that several share counted in parts."""
    return sum(_rollup_kb(pid) for pid in pids)


def _rollup_kb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return float(line.split()[1])
    raise OSError(f"no Pss in /proc/{pid}/smaps_rollup")


def machine_busy_s() -> float:
    """CPU seconds that all cores together were busy since the machine started."""
    user, nice, system, _idle, _iowait, irq, softirq, *_ = (
        int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    )
    return (user + nice + system + irq + softirq) / _TICKS_HZ


def stolen_s() -> float:
    """CPU seconds that the machine's cores were ready to give and the host gave to other machines."""
    return int(Path("/proc/stat").read_text().split("\n", 1)[0].split()[8]) / _TICKS_HZ


def descendants(pid: int) -> list[int]:
    """Every process that came from `pid` and still runs, without itself."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds, counted from some moment on; the difference of two is what happened between them."""

    wall_s: float
    server_s: float
    load_s: float
    feed_s: float
    """Publisher and Redis; for capture the browser."""
    rest_s: float
    """What else belongs to the benchmark."""
    machine_s: float
    """All of the machine, so with other programs."""
    stolen_s: float
    """What the host took away from this machine, if it is a virtual one."""
    server_waited_s: float
    load_waited_s: float

    def __sub__(self, earlier: Self) -> "Usage":
        return Usage(*(getattr(self, name) - getattr(earlier, name) for name in self.__slots__))

    @property
    def others_s(self) -> float:
        """What programs used that are no part of the benchmark."""
        return max(0.0, self.machine_s - self.server_s - self.load_s - self.feed_s - self.rest_s)


@dataclass(frozen=True, slots=True)
class Gauge:
    """Reads what the processes of one measurement have used; this process makes the load."""

    server: Sequence[int]
    feed: Sequence[int]
    rest: Sequence[int] = ()

    def read(self) -> Usage:
        """CPU seconds since each process started."""
        return Usage(
            wall_s=time.monotonic(),
            server_s=sum(map(cpu_s, self.server)),
            load_s=time.process_time(),
            feed_s=sum(map(cpu_s, self.feed)),
            rest_s=sum(map(cpu_s, self.rest)),
            machine_s=machine_busy_s(),
            stolen_s=stolen_s(),
            server_waited_s=sum(map(waited_s, self.server)),
            load_waited_s=waited_s(os.getpid()),
        )
