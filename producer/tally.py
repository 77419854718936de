"""What has happened to each feed file since this process began: plain numbers, which the metrics read."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from tickql.feed.publisher import Publisher
from tickql.feed.publisher_stats import PublisherStats


@dataclass(slots=True)
class Tally:
    """The numbers of one feed file. They go on when its page, its publisher or its lease is replaced."""

    heartbeat_s: float | None = None
    """When its page sent the newest heartbeat, in monotonic seconds; `None`: never."""
    unparsed: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Texts that were no price, by field and kind."""
    replacements: int = 0
    """Pages that were replaced by a fresh one, without a gap."""
    faults: Counter[str] = field(default_factory=Counter)
    """Faults of the page, by the name of the error."""
    restarts: Counter[str] = field(default_factory=Counter)
    """Restarts after a fault, by what was closed and opened again."""
    publisher: Publisher | None = None
    """The publisher, which has the lease; `None`: this producer is a standby."""
    earlier: PublisherStats = field(default_factory=PublisherStats)
    """The counts of the publishers before."""

    def publishing(self, publisher: Publisher) -> None:
        """Note that the lease is held."""
        self.publisher = publisher

    def stopped_publishing(self) -> None:
        """Note that the lease is not held any more."""
        if self.publisher is not None:
            self.earlier = self.stats
            self.publisher = None

    @property
    def stats(self) -> PublisherStats:
        """The counts of all publishers so far."""
        if self.publisher is None:
            return self.earlier
        before, now = self.earlier, self.publisher.stats
        return PublisherStats(
            taken=before.taken + now.taken,
            published=before.published + now.published,
            dropped=before.dropped + now.dropped,
            connects=before.connects + now.connects,
            rotations=before.rotations + now.rotations,
        )


tallies: defaultdict[str, Tally] = defaultdict(Tally)
"""The tally of each feed file of this process, by its name."""
