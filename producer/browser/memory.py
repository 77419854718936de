"""How much memory a browser takes, with everything that belongs to it."""

from contextlib import suppress
from pathlib import Path

_PROCESSES = Path("/proc")


def memory_mb(pid: int) -> float | None:
    """MB (10^6 bytes) of a browser's process, of what it has started, and of the driver that has started it.

    Memory that several of them share is counted once. `None`: this system does not tell (only Linux does).
    """
    if not (_PROCESSES / "self" / "smaps_rollup").exists():
        return None
    parents = _parents()
    driver = parents.get(pid, pid)
    return sum(_share_kib(each) for each in (driver, *_descendants(driver, parents))) * 1024 / 1e6


def _parents() -> dict[int, int]:
    found = {}
    for entry in _PROCESSES.iterdir():
        with suppress(OSError, ValueError):
            found[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    return found


def _descendants(pid: int, parents: dict[int, int]) -> list[int]:
    children = [child for child, parent in parents.items() if parent == pid]
    return [*children, *(each for child in children for each in _descendants(child, parents))]


def _share_kib(pid: int) -> int:
    with suppress(OSError):
        for line in (_PROCESSES / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
