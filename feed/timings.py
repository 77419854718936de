"""The timeouts and grace periods of the feed that a caller may change, as one value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timings:
    """Durations in seconds. Tests pass shorter ones; programs use `DEFAULT_TIMINGS`."""

    redis_call_s: float = 2.0
    """Timeout of one call to Redis. With the defaults of redis-py a frozen server holds a call for 25 s."""
    repair_wait_s: float = 10.0
    """How long a reader waits for ticks that a cursor or the ring proves to exist but that Redis no longer has.

    After a crash of Redis the producer sends lost ticks again, which takes it a reconnect. After this time the reader
    continues with a gap.
    """
    final_flush_s: float = 3.0
    """How long a publisher that closes waits for Redis to confirm the ticks that are still in its spools."""
    view_s: float = 12.0
    """How long a reader waits for the view of a page that it has asked for. A producer gives up after 8 s."""
    unfollow_after_s: float = 60.0
    """How long a symbol stays followed after its last reader has closed: a client that reloads finds a full ring."""


DEFAULT_TIMINGS = Timings()
