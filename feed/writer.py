"""Who publishes, where, and by which right: the same in all sessions of a publisher."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from tickql.feed.lease import Lease
from tickql.feed.settings import FeedSettings


def now_us() -> int:
    """Return the time of this host, in Unix microseconds."""
    return time.time_ns() // 1_000


@dataclass(slots=True)
class Writer:
    """One producer as Redis knows it. `source`: what it publishes.

    `lease`: the lease of the source, already held. Without a lease, the writer of a symbol that started last fences off
    the earlier ones. `clock_us`: the clock of this host, in Unix microseconds.
    """

    settings: FeedSettings
    source: str
    lease: Lease | None = None
    clock_us: Callable[[], int] = now_us
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    own_fence: int = 0
    """The fencing token of a writer without a lease; 0 until its first session.

    It stays the same in all sessions: a writer that was replaced must not get a newer one by reconnecting.
    """

    @property
    def fence(self) -> int:
        """The fencing token with which this writer writes."""
        return self.own_fence if self.lease is None else self.lease.fence
