"""A peer in the fan-out: how many subscribers it holds, and what it costs with those."""

from collections.abc import Iterator

from bench.fanout import Crowd, deliver
from bench.results import Results, Row
from bench.sections import FANOUT
from bench.servers import Server
from bench.sizes import Sizes
from bench.stage import Stage
from bench.unit import Step

_RUNGS = (300, 200, 150, 100, 60, 40, 30, 20, 10)
_COMFORT = 0.65
_RATE_HZ = 100.0
_TRIES = 3
_HELD_SHARE = 0.99
_HELD_P99_MS = 1000.0


def peer(server: Server, most: int, sizes: Sizes) -> Step:
    """Measure a peer at `most` subscribers, and where it does not hold them at as many as it does."""

    def measure(stage: Stage, results: Results) -> Iterator[Row]:
        measured = results.cases(FANOUT, server.name)
        subscribers = measured[0] if measured else most
        for _ in range(1 if measured else _TRIES):
            with stage.serve(server) as running:
                delivery, _ = deliver(running, Crowd(subscribers), sizes.window_s)
            row = Row(FANOUT, server.name, subscribers, delivery.figures())
            yield row
            if is_held(row):
                return
            subscribers = fewer(subscribers, row.figures["messages_per_s"] or 0.0)

    return Step(f"{server.name}, up to {most} subscribers", measure, server.lacks)


def fewer(subscribers: int, messages_per_s: float) -> int:
    """How many subscribers a server may hold that brought so many messages a second to too many."""
    comfortable = min(subscribers - 1, _COMFORT * messages_per_s / _RATE_HZ)
    return next((rung for rung in _RUNGS if rung <= comfortable), _RUNGS[-1])


def is_held(row: Row) -> bool:
    """Whether a server brought what was to be delivered, and in time."""
    p99_ms = row.figures["p99_ms"]
    return (row.figures["share"] or 0) >= _HELD_SHARE and p99_ms is not None and p99_ms <= _HELD_P99_MS
