"""What came out of a chaos run."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Outcome:
    """Of the run with `seed`. `violations`: of the promises; `naive`: those of the naive twin."""

    seed: int
    faults: list[str]
    violations: list[str]
    naive: list[str] = field(default_factory=list)
    seconds: float = 0.0
    recovered_s: dict[str, float] = field(default_factory=dict)
    """After the last fault, how long each client waited for a new tick."""
    received: dict[str, int] = field(default_factory=dict)
    breaks: dict[str, dict[str, int]] = field(default_factory=dict)
    """Why the connections of each client ended, and how often."""
    gaps: dict[str, int] = field(default_factory=dict)
    """How many gaps there were, by reason."""

    @property
    def line(self) -> str:
        """The run in one line."""
        verdict = f"{len(self.violations)} VIOLATIONS" if self.violations else "ok"
        gaps = ", ".join(f"{count} {reason}" for reason, count in sorted(self.gaps.items())) or "none"
        worst_s = max(self.recovered_s.values(), default=0.0)
        events, breaks = sum(self.received.values()), sum(sum(each.values()) for each in self.breaks.values())
        return (
            f"seed {self.seed:5}  {self.seconds:4.0f} s  {verdict}  faults {len(self.faults):2}  "
            f"events {events:7,}  breaks {breaks:3}  "
            f"gaps: {gaps}  heard again after {worst_s:.1f} s  naive twin: {len(self.naive)} violations"
        )
