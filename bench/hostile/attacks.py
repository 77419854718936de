"""Attacks that are repeated: the neighbours' latency and the server's memory before, while and after."""

from collections.abc import Iterator
from contextlib import ExitStack

from bench.delivery import Delivery
from bench.hostile.cases import Case
from bench.hostile.resources import Sampler
from bench.hostile.scene import Attacker, Scene, attacked_server, attacker, make_history, scene, sink, statuses
from bench.results import Figures, Row
from bench.stage import Stage

ATTACKS = "attacks"
_RAMP_S = 0.3
_AFTER_S = 3.0


def measure_cases(cases: list[Case], window_s: float) -> Iterator[tuple[Row, Attacker]]:
    """Measure each case once, each with a server of its own."""
    with Stage() as stage, sink(stage) as nothing:
        make_history(stage)
        for case in cases:
            with ExitStack() as stack:
                if case.needs_statuses:
                    stack.enter_context(statuses(stage))
                place = stack.enter_context(scene(stage, attacked_server()))
                figures, attacking = _measure(stage, place, case, nothing, window_s)
            yield Row(ATTACKS, case.name, 0, figures), attacking


def _measure(stage: Stage, place: Scene, case: Case, nothing: int, window_s: float) -> tuple[Figures, Attacker]:
    idle = place.measure(window_s)
    with attacker(stage, case.name, nothing) as control:
        place.wait_for(control)
        place.load.receive_for(_RAMP_S)
        beside = place.measure(window_s)
    with place.sampler() as sampler:
        with attacker(stage, case.name, place.port) as attacking:
            place.wait_for(attacking)
            place.load.receive_for(_RAMP_S)
            attacked = place.measure(window_s)
        after = place.measure(_AFTER_S)
    return {**figures_of(idle, beside, attacked, after), **memory_of(sampler)}, attacking


def figures_of(idle: Delivery, control: Delivery, attacked: Delivery, after: Delivery) -> Figures:
    """Return what the neighbours noticed."""
    windows = {"idle": idle, "control": control, "attacked": attacked, "after": after}
    figures: Figures = {}
    for name, window in windows.items():
        figures[f"{name}_p50_ms"] = window.late.p50_ms
        figures[f"{name}_p99_ms"] = window.late.p99_ms
        figures[f"{name}_max_ms"] = window.late.max_ms
        figures[f"{name}_cpu"] = window.used.server_s / window.used.wall_s
    figures["irregular"] = sum(window.irregular + window.lost for window in windows.values())
    figures["share"] = min(window.share for window in windows.values())
    figures["others_cpu"] = idle.used.others_s / idle.used.wall_s
    return figures


def memory_of(sampler: Sampler) -> Figures:
    """Return what the server's memory did."""
    before = sampler.before.mb
    return {
        "before_mb": before,
        "grown_mb": sampler.peak_mb - before,
        "left_mb": sampler.samples[-1].mb - before,
    }
