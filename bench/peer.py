"""A peer in the fan-out: how many subscribers it sustains, and its cost with those."""

from collections.abc import Iterator

from bench.fanout import SubscriberSpec, deliver
from bench.results import Results, Row
from bench.sections import FANOUT
from bench.servers import Server
from bench.sizes import Sizes
from bench.stage import Stage
from bench.unit import Step

_SUBSCRIBER_STEPS = (300, 200, 150, 100, 60, 40, 30, 20, 10)
_HEADROOM = 0.65
_RATE_HZ = 100.0
_TRIES = 3
_SUSTAINED_SHARE = 0.99
_SUSTAINED_P99_MS = 1000.0


def peer(server: Server, most: int, sizes: Sizes) -> Step:
    """Measure a peer at `most` subscribers. If it does not sustain them, measure it at as many as it sustains."""

    def measure(stage: Stage, results: Results) -> Iterator[Row]:
        measured = results.cases(FANOUT, server.name)
        subscribers = measured[0] if measured else most
        for _ in range(1 if measured else _TRIES):
            with stage.serve(server) as running:
                delivery, _ = deliver(running, SubscriberSpec(subscribers), sizes.window_s)
            row = Row(FANOUT, server.name, subscribers, delivery.figures())
            yield row
            if is_sustained(row):
                return
            subscribers = fewer(subscribers, row.figures["messages_per_s"] or 0.0)

    return Step(f"{server.name}, up to {most} subscribers", measure, server.lacks)


def fewer(subscribers: int, messages_per_s: float) -> int:
    """How many subscribers to try next, after a server delivered `messages_per_s` to too many `subscribers`."""
    comfortable = min(subscribers - 1, _HEADROOM * messages_per_s / _RATE_HZ)
    return next((step for step in _SUBSCRIBER_STEPS if step <= comfortable), _SUBSCRIBER_STEPS[-1])


def is_sustained(row: Row) -> bool:
    """Whether a server delivered the expected ticks in time."""
    p99_ms = row.figures["p99_ms"]
    return (row.figures["share"] or 0) >= _SUSTAINED_SHARE and p99_ms is not None and p99_ms <= _SUSTAINED_P99_MS
