"""What a publisher has done since it started."""

from dataclasses import dataclass


@dataclass(slots=True)
class PublisherStats:
    """Counts since the publisher started."""

    taken: int = 0
    """Quotes that were given to it and numbered."""
    published: int = 0
    """Ticks that Redis has confirmed."""
    dropped: int = 0
    """Ticks that a full spool dropped before Redis had them. Readers get a gap."""
    connects: int = 0
    """Connections made to Redis."""
    rotations: int = 0
    """Times that the numbering of a symbol began a new epoch because of lost ticks. Readers get a gap."""
    redis_down: str | None = None
    """Why Redis is not reachable; `None` while it is reachable."""
