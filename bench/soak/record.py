"""What a soak has seen: ticks and the holes between them, what the status said, how large everything was."""

from collections import Counter
from dataclasses import dataclass, field

from tickql.feed.status import ProducerReport, ProducerState


@dataclass(frozen=True, slots=True)
class Hole:
    """Changes of one symbol that no tick shows. Times are Unix microseconds of the ticks before and after."""

    symbol: str
    missing: int
    from_us: int
    to_us: int


@dataclass(slots=True)
class Fault:
    """A fault, from when it was done (`at_us`) to when its cause was gone (`over_us`)."""

    name: str
    at_us: int
    over_us: int


@dataclass(frozen=True, slots=True)
class Size:
    """Of the producer's Python process and of browser and driver together, at one moment."""

    at_us: int
    python_mb: float
    python_files: int
    browser_mb: float
    browser_files: int
    python_cpu_s: float
    python_pid: int


@dataclass(slots=True)
class Record:
    """Everything that is judged, in order of time."""

    begin_us: int
    rate_hz: float
    symbols: int
    holes: list[Hole] = field(default_factory=list)
    disorder: list[str] = field(default_factory=list)
    """Ticks that came twice or out of order, in sentences."""
    ticks: int = 0
    ticks_at: Counter[int] = field(default_factory=Counter)
    """By second."""
    states: list[tuple[int, ProducerState, str]] = field(default_factory=list)
    """Since when, which, and why; Unix microseconds."""
    faults: list[Fault] = field(default_factory=list)
    sizes: list[Size] = field(default_factory=list)
    recycled: int = 0
    _newest: dict[str, tuple[int, int]] = field(default_factory=dict)

    def tick(self, symbol: str, count: int, observed_us: int) -> None:
        """The next tick of a symbol shows the page's change number `count`."""
        self.ticks += 1
        self.ticks_at[observed_us // 1_000_000] += 1
        before, before_us = self._newest.get(symbol, (count - 1, observed_us))
        self._newest[symbol] = (count, observed_us)
        if count <= before:
            self.disorder.append(f"{symbol}: change {count} after {before}")
        elif count > before + 1:
            self.holes.append(Hole(symbol, count - before - 1, before_us, observed_us))

    def report(self, report: ProducerReport) -> None:
        """What the producer says of its page."""
        said = (report.since_us, report.state, report.reason or "")
        if not self.states or self.states[-1][1] is not report.state:
            self.states.append(said)
