"""One measurement: what the subscribers receive within a window, and what the server uses for it."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench.arrivals import Lateness, quantile
from bench.delivery import Delivery
from bench.load import LoadGenerator
from bench.meter import Gauge

GRACE_S = 2.0
"""How long after the window a tick of the window may still come."""
_POLL_S = 0.1

Ticks = Callable[[int, int], int]
"""How many ticks each subscription is owed that were made in `from_us <= t < to_us`."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Within, no garbage collection of ours delays what arrives."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def measure(load: LoadGenerator, gauge: Gauge, window_s: float, owed: Ticks, grace_s: float = GRACE_S) -> Delivery:
    """Count and time what arrives within a window; what is late may come within `grace_s` of its end."""
    arrivals = load.arrivals
    with uncollected():
        load.receive_for(_POLL_S)  # what has come meanwhile would look late
        load.batches_us.clear()
        lost, connections, subscriptions = load.lost, len(load), load.subscriptions
        load.reads = 0
        begin_us, before = time.time_ns() // 1000, gauge.read()
        arrivals.begin()
        load.receive_for(window_s)
        arrivals.end()
        end_us, used, reads = time.time_ns() // 1000, gauge.since(before), load.reads
    batches_us = sorted(load.batches_us)

    def has_all() -> bool:
        """Whether the ticks of the window are there, and those after them have begun."""
        arrived = arrivals.arrived(begin_us, end_us)
        return arrivals.newest.us >= end_us and arrived >= owed(begin_us, end_us) * subscriptions

    grace_end = time.monotonic() + grace_s
    while time.monotonic() < grace_end and not has_all():
        load.receive_for(_POLL_S)
    return Delivery(
        subscriptions=subscriptions,
        connections=connections,
        messages=len(arrivals.late_us),
        reads=reads,
        delivered=arrivals.arrived(begin_us, end_us),
        owed=owed(begin_us, end_us),
        irregular=arrivals.irregular,
        lost=load.lost - lost,
        late=Lateness.of(arrivals.late_us),
        lag_ms=quantile(batches_us, 0.99) / 1000,
        used=used,
    )
