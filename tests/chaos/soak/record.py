"""What a soak of the system has seen, and what is wrong with it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.soak.growth import ROOM_FILES, ROOM_MB, grown
from bench.soak.record import Fault

SETTLED_S = 240.0
"""After so long the rings of a server are full: from then on its memory must not grow."""


@dataclass(frozen=True, slots=True)
class Size:
    """Of one process at one moment."""

    at_s: float
    pid: int
    mb: float
    files: int
    cpu_s: float


@dataclass
class SystemRecord:
    """Times are seconds since the beginning."""

    sizes: dict[str, list[Size]] = field(default_factory=dict)
    """By process; a server is named after the transport of its clients."""
    received: dict[str, Counter[int]] = field(default_factory=dict)
    """Events by transport and second."""
    faults: list[Fault] = field(default_factory=list)
    recovered_s: list[float] = field(default_factory=list)
    """After each fault, how long the last client waited for a new tick."""
    gaps: dict[str, int] = field(default_factory=dict)
    breaks: int = 0
    violations: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing was wrong."""
        return not self.violations and not list(self.growth())

    def growth(self) -> Iterator[str]:
        """What has grown while the same process ran, in sentences."""
        for name, sizes in self.sizes.items():
            settled = self.settled(name)
            yield from grown(f"memory of {name} (MB)", [size.mb for size in settled], ROOM_MB)
            late = [size for size in sizes if size.pid == sizes[-1].pid and size.at_s > sizes[-1].at_s / 2]
            yield from grown(f"descriptors of {name}", [size.files for size in late], ROOM_FILES)

    def settled(self, name: str) -> list[Size]:
        """The sizes of a process since it has been running for `SETTLED_S`."""
        alive = [size for size in self.sizes[name] if size.pid == self.sizes[name][-1].pid]
        return [size for size in alive if size.at_s - alive[0].at_s >= SETTLED_S]
