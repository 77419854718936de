"""What a measurement uses of the machine, and what others use of it meanwhile."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import psutil

from bench.process_tree import CpuTimes, ProcessTree, waits_ns


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds between two moments."""

    wall_s: float
    server_s: float
    load_s: float
    feed_s: float
    """Publisher and Redis; for capture the producer with driver and browser."""
    feed_root_s: float
    """Of that the first process of each; for capture the producer's Python."""
    rest_s: float
    """What else belongs to the benchmark."""
    machine_s: float
    """All of the machine, so with other programs."""
    stolen_s: float
    """What the host took away from this machine, if it is a virtual one."""
    server_waited_s: float
    """How long the server's threads were ready to run and had no core."""
    load_waited_s: float

    @property
    def others_s(self) -> float:
        """What programs used that are no part of the benchmark."""
        return max(0.0, self.machine_s - self.server_s - self.load_s - self.feed_s - self.rest_s)


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds: the time, and CPU time of this process and of the machine."""

    wall_s: float
    load_s: float
    machine_s: float
    stolen_s: float

    @classmethod
    def now(cls) -> Self:
        """As they are."""
        machine = psutil.cpu_times()
        busy_s = machine.user + machine.nice + machine.system + machine.irq + machine.softirq
        return cls(time.monotonic(), time.process_time(), busy_s, machine.steal)


@dataclass(frozen=True, slots=True)
class Reading:
    """What everybody has used until some moment."""

    clocks: Clocks
    server: Sequence[CpuTimes]
    feed: Sequence[CpuTimes]
    rest: Sequence[CpuTimes]
    server_waited_ns: Mapping[int, int]
    load_waited_ns: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Gauge:
    """Reads what the processes of one measurement use; this process makes the load."""

    server: Sequence[ProcessTree]
    feed: Sequence[ProcessTree]
    rest: Sequence[ProcessTree] = ()

    def read(self) -> Reading:
        """The beginning of a measurement."""
        return Reading(
            Clocks.now(),
            server=[tree.spent() for tree in self.server],
            feed=[tree.spent() for tree in self.feed],
            rest=[tree.spent() for tree in self.rest],
            server_waited_ns=self._server_waited_ns(),
            load_waited_ns=dict(waits_ns(os.getpid())),
        )

    def since(self, before: Reading) -> Usage:
        """What was used from its beginning to now.

        Raises:
            ServerFailed: what was to be measured has ended.
        """
        then, now = before.clocks, Clocks.now()
        server, feed, rest = (
            [tree.used_since(spent) for tree, spent in zip(trees, spendings, strict=True)]
            for trees, spendings in (
                (self.server, before.server), (self.feed, before.feed), (self.rest, before.rest)
            )
        )  # fmt: skip
        return Usage(
            wall_s=now.wall_s - then.wall_s,
            server_s=sum(used.all_s for used in server),
            load_s=now.load_s - then.load_s,
            feed_s=sum(used.all_s for used in feed),
            feed_root_s=sum(used.root_s for used in feed),
            rest_s=sum(used.all_s for used in rest),
            machine_s=now.machine_s - then.machine_s,
            stolen_s=now.stolen_s - then.stolen_s,
            server_waited_s=_waited_s(before.server_waited_ns, self._server_waited_ns()),
            load_waited_s=_waited_s(before.load_waited_ns, dict(waits_ns(os.getpid()))),
        )

    def _server_waited_ns(self) -> dict[int, int]:
        return {thread: waited for tree in self.server for thread, waited in tree.waited_ns().items()}


def _waited_s(before: Mapping[int, int], after: Mapping[int, int]) -> float:
    """Of the threads that are there at the end."""
    return sum(waited - before.get(thread, 0) for thread, waited in after.items()) / 1e9
