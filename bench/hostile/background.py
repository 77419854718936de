"""Which core a process runs on, and who gets the CPU first."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_FIRST = -15
"""The niceness of the server and of those who measure, where this process may set it."""


def use_idle_cpu() -> None:
    """Run this process only when nothing else wants the core: an attacker on the same machine is no fault of a server.

    `SCHED_IDLE` gives less than `nice 19` does, and every other process takes the core back at once.
    """
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


@contextmanager
def off_the_servers_core() -> Iterator[None]:
    """Keep this process, and those that it starts, off the core of the server. Does nothing on a single core.

    Where that is allowed, they and the server also come before all other programs of the machine.
    """
    allowed, niceness = os.sched_getaffinity(0), os.getpriority(os.PRIO_PROCESS, 0)
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, _FIRST)
    if len(allowed) > 1:
        os.sched_setaffinity(0, allowed - {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
        os.setpriority(os.PRIO_PROCESS, 0, niceness)


def move_to_servers_core(pid: int) -> None:
    """Move all threads of a process to the core that `off_the_servers_core` has kept free."""
    cores = set(range(os.cpu_count() or 1)) - os.sched_getaffinity(0)
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):
            os.sched_setaffinity(int(task.name), {min(cores)} if cores else os.sched_getaffinity(0))
