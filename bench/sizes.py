"""How much a run measures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much a run measures. Tuples are cases, pairs in them are (symbols, connections)."""

    name: str
    window_s: float
    subscribers: tuple[int, ...]
    compared: tuple[int, ...]
    """Subscribers at which the floor and nchan are measured too."""
    streamed: tuple[int, ...]
    """Subscribers over server-sent events and multipart."""
    peers_at: int
    """Subscribers of the other servers with subscriptions of their own, or as many as they hold."""
    strawberry_at: int
    wide: tuple[tuple[int, int], ...]
    paced: int
    symbols: tuple[int, ...]
    per_symbol: int
    documents: tuple[int, ...]
    idle: int
    queries_s: float
    capture: tuple[int, ...]
    capture_s: float
    followers: tuple[int, ...]
    """API servers that follow a feed."""


FULL = Sizes(
    name="full",
    window_s=3.0,
    subscribers=(1, 50, 200, 500, 1000),
    compared=(500, 1000),
    streamed=(200, 500),
    peers_at=500,
    strawberry_at=500,
    wide=((20, 100), (50, 40)),
    paced=10_000,
    symbols=(1, 10, 50),
    per_symbol=10,
    documents=(1, 10, 50),
    idle=2000,
    queries_s=2.5,
    capture=(1, 20, 200),
    capture_s=3.0,
    followers=(0, 1, 3),
)
SMOKE = Sizes(
    name="smoke",
    window_s=1.0,
    subscribers=(1, 200),
    compared=(200,),
    streamed=(200,),
    peers_at=100,
    strawberry_at=20,
    wide=((20, 10),),
    paced=1000,
    symbols=(10,),
    per_symbol=10,
    documents=(10,),
    idle=200,
    queries_s=1.0,
    capture=(20,),
    capture_s=1.5,
    followers=(0, 1),
)
