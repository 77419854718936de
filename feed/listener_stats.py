"""What a listener has been through since it started."""

from dataclasses import dataclass


@dataclass(slots=True)
class ListenerStats:
    """Counts since the listener started."""

    connects: int = 0
    """Connections made to Redis."""
    resyncs: int = 0
    """Times that a live tick was not the next one of its symbol, and the stream had to be read."""
