"""The figures of one measurement of subscribers."""

from dataclasses import dataclass

from bench.arrivals import Lateness
from bench.meter import Usage

BUSY = 0.85
"""Share of a core above which the load generator may be what holds a server back."""
LAGGING_MS = 10.0
"""The same of the time that an arrival may wait for the load generator's loop."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What arrived within a window, what it cost and how late it was."""

    subscriptions: int
    connections: int
    messages: int
    """That arrived within the window."""
    reads: int
    """Of sockets; fewer than messages when several were waiting in one."""
    delivered: int
    """Of the ticks made within the window."""
    owed: int
    """How many of those each subscription should have got."""
    irregular: int
    """Messages that were not the next of their subscription: lost, repeated or out of order."""
    lost: int
    """Connections that the server closed."""
    late: Lateness
    lag_ms: float
    """99 of 100 times the load generator was back at waiting after so long."""
    used: Usage

    @property
    def us_per_message(self) -> float | None:
        """Server CPU microseconds per delivered message; `None`: there was none."""
        return self.used.server_s * 1e6 / self.messages if self.messages else None

    @property
    def share(self) -> float:
        """Delivered share of what was owed."""
        owed = self.owed * self.subscriptions
        return self.delivered / owed if owed else 0.0

    @property
    def load_is_bottleneck(self) -> bool:
        """Whether the figures may be the load generator's rather than the server's."""
        return self.used.load_s > BUSY * self.used.wall_s or self.lag_ms > LAGGING_MS

    def figures(self) -> dict[str, float | None]:
        """Everything, by name."""
        wall_s = self.used.wall_s
        return {
            "us_per_message": self.us_per_message,
            "p50_ms": self.late.p50_ms,
            "p99_ms": self.late.p99_ms,
            "max_ms": self.late.max_ms,
            "share": self.share,
            "messages_per_s": self.messages / wall_s,
            "messages_per_read": self.messages / self.reads if self.reads else None,
            "irregular": self.irregular,
            "lost": self.lost,
            "server_cpu": self.used.server_s / wall_s,
            "server_waited": self.used.server_waited_s / wall_s,
            "load_cpu": self.used.load_s / wall_s,
            "load_waited": self.used.load_waited_s / wall_s,
            "load_lag_ms": self.lag_ms,
            "load_is_bottleneck": float(self.load_is_bottleneck),
            "feed_cpu": self.used.feed_s / wall_s,
            "others_cpu": self.used.others_s / wall_s,
            "stolen_cpu": self.used.stolen_s / wall_s,
            "owed": self.owed,
        }
