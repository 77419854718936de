"""What has happened to a relay since its process began: plain numbers, which the metrics read."""

from dataclasses import dataclass, field

SEND_BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds of the buckets of the time that the broker takes for a batch."""
DELAY_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0)
"""Upper bounds of the buckets of the age of ticks, from the page to the broker's confirmation."""


class Histogram:
    """Counts values in buckets. `counts` ends with what is beyond the last bound, and the sum."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0.0] * (len(bounds) + 2)

    def add(self, value: float) -> None:
        """Count a value."""
        index = next((index for index, bound in enumerate(self.bounds) if value <= bound), len(self.bounds))
        self.counts[index] += 1
        self.counts[-1] += value


@dataclass(slots=True)
class Tally:
    """The numbers of one relay. They go on when its sink or its lease is replaced."""

    ticks: int = 0
    """Ticks that the broker has confirmed."""
    gaps: int = 0
    """Gaps, the same."""
    statuses: int = 0
    """Statuses, the same."""
    batches: int = 0
    """Batches, the same."""
    queued: int = 0
    """Ticks that wait in the queue."""
    symbols: int = 0
    """Symbols that are relayed."""
    is_holder: bool = False
    """Whether this relay has the lease."""
    is_broker_up: bool = False
    """Whether the sink is open."""
    opens: int = 0
    """Sinks that were opened."""
    failures: int = 0
    """Times that the broker was away, or took nothing."""
    send_s: Histogram = field(default_factory=lambda: Histogram(SEND_BOUNDS_S))
    delay_s: Histogram = field(default_factory=lambda: Histogram(DELAY_BOUNDS_S))
