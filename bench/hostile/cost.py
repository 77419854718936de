"""What all limits cost on the way of a tick: the same server with and without them, turn by turn in one run."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from statistics import median

from bench.fanout import SubscriberSpec, deliver
from bench.hostile.background import move_to_servers_core
from bench.results import Figures, Row
from bench.servers import TICKQL, Place, Server
from bench.stage import Stage

COST = "cost"
SUBSCRIBERS = 500
_WINDOW_S = 3.0


def _without(place: Place) -> list[str]:
    return [sys.executable, "-m", "bench.hostile.without_limits", "serve", "--port", str(place.port)]


WITHOUT = replace(TICKQL, name="without-limits", command=_without)


def measure_cost(rounds: int) -> Iterator[Row]:
    """Measure pairs of the two; every second pair begins with the other one."""
    pairs = []
    with Stage() as stage:
        for number in range(rounds):
            servers = (TICKQL, WITHOUT) if number % 2 else (WITHOUT, TICKQL)
            found = {server.name: _us_per_message(stage, server) for server in servers}
            pairs.append((found[TICKQL.name], found[WITHOUT.name]))
    yield Row(COST, TICKQL.name, SUBSCRIBERS, _figures(pairs))


def _us_per_message(stage: Stage, server: Server) -> float:
    with stage.serve(server) as running:
        move_to_servers_core(running.child.processes[0].pid)
        delivery, _ = deliver(running, SubscriberSpec(SUBSCRIBERS), _WINDOW_S)
    return delivery.us_per_message or 0.0


def _figures(pairs: list[tuple[float, float]]) -> Figures:
    ratios = sorted(limited / free for limited, free in pairs)
    return {
        "pairs": len(pairs),
        "with_us": median(limited for limited, _ in pairs),
        "without_us": median(free for _, free in pairs),
        "ratio": median(ratios),
        "ratio_low": ratios[len(ratios) // 4],
        "ratio_high": ratios[-1 - len(ratios) // 4],
    }
