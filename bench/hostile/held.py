"""Clients that hold hundreds or thousands of connections: what they cost, and when they are gone."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bench.hostile.attacks import figures_of, memory_of
from bench.hostile.resources import Sampler
from bench.hostile.scene import Attacker, Scene, attacked_server, attacker, make_history, scene, sink
from bench.results import Figures, Row
from bench.stage import Stage

HELD_CONNECTIONS = "held"
_FREED_S = 30.0
_SPARE_FILES = 5
"""Descriptors that may come and go by themselves."""
_ROOM = {
    "TICKQL_MAX_CONNECTIONS": "20000",
    "TICKQL_MAX_CONNECTIONS_PER_ADDRESS": "20000",
    "TICKQL_MAX_CONNECTIONS_BEFORE_INIT": "20000",
}


@dataclass(frozen=True, slots=True)
class Held:
    """Connections that are held. `client`: which kind; `environment`: of the server."""

    name: str
    client: str
    count: int
    environment: Mapping[str, str] = field(default_factory=dict)


HELD_CASES = {
    case.name: case
    for case in (
        Held("stuck-websocket", "stuck-websocket", 500),
        Held("stuck-plain", "stuck-plain", 500),
        Held("stuck-sse", "stuck-sse", 500),
        Held("stuck-multipart", "stuck-multipart", 500),
        Held("silent", "silent", 10_000),
        Held("silent-admitted", "silent", 10_000, _ROOM),
        Held("silent-websocket", "silent-websocket", 10_000),
    )
}
"""By their names. `silent-admitted`: with limits that let all of them in."""


def measure_held(cases: list[Held], window_s: float) -> Iterator[tuple[Row, Attacker]]:
    """Measure each case once, each with a server of its own."""
    with Stage() as stage, sink(stage) as nothing:
        make_history(stage)
        for case in cases:
            with scene(stage, attacked_server(case.environment)) as place:
                figures, attacking = _measure(stage, place, case, nothing, window_s)
            yield Row(HELD_CONNECTIONS, case.name, case.count, figures), attacking


def _measure(stage: Stage, place: Scene, case: Held, nothing: int, window_s: float) -> tuple[Figures, Attacker]:
    idle = place.measure(window_s)
    with attacker(stage, case.client, nothing, case.count) as control:
        place.wait_for(control)
        beside = place.measure(window_s)
    with place.sampler() as sampler:
        with attacker(stage, case.client, place.port, case.count) as attacking:
            opening = place.measure(window_s)
            place.wait_for(attacking)
            opened_s = time.monotonic()
            attacked = place.measure(window_s)
            freed_s = _until_freed(place, sampler, opened_s)
        after = place.measure(window_s)
    count = max(1, sampler.peak_files - sampler.before.files)
    memory = memory_of(sampler)
    return {
        **figures_of(idle, beside, attacked, after),
        **memory,
        "opening_p99_ms": opening.late.p99_ms,
        "held": count,
        "kb_each": (memory["grown_mb"] or 0.0) * 1000 / count,
        "freed_s": freed_s,
    }, attacking


def _until_freed(place: Scene, sampler: Sampler, opened_s: float) -> float | None:
    """Wait until the connections are gone. Return the seconds since `opened_s`; `None`: they are not, or not in time.

    The neighbours read meanwhile.
    """
    most = sampler.before.files + _SPARE_FILES
    while time.monotonic() < opened_s + _FREED_S:
        for each in sampler.samples:
            if each.at_s >= opened_s and each.files <= most:
                return each.at_s - opened_s
        place.load.receive_for(0.2)
    return None
