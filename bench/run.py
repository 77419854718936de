"""A whole run: rounds of all steps, until they are done or the time is up."""

import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence

from bench.errors import BenchError
from bench.plan import Step
from bench.results import Results, Row
from bench.stage import Stage

logger = logging.getLogger("bench")


def run(steps: Sequence[Step], rounds: int, budget_s: float, results: Results) -> None:
    """Measure everything once, then the core again, and with the time that is left the rest.

    Servers alternate, so that a disturbance of the machine meets all of them alike. A step whose server is missing, or
    that fails, is left out, and the results say so. No step begins that would take longer than `budget_s` leaves.
    """
    began = time.monotonic()
    took_s: dict[Step, float] = {}
    failed: Counter[Step] = Counter()
    agenda = list(schedule(steps, rounds))
    with Stage() as stage:
        for index, step in enumerate(agenda, 1):
            if failed[step] > 1 or _is_missing(step, results):
                continue
            spent_s = time.monotonic() - began
            if spent_s + took_s.get(step, 0.0) > budget_s:
                if step not in took_s:
                    results.note(f"Left out: {step.title}: time was up after {budget_s:g} s.")
                continue
            logger.info("%4.0f s  %d/%d  %s", spent_s, index, len(agenda), step.title)
            failed[step] += not _measure(step, stage, results)
            took_s[step] = time.monotonic() - began - spent_s
    results.wall_s += time.monotonic() - began


def schedule(steps: Sequence[Step], rounds: int) -> Iterator[Step]:
    """Every step once; the core in each further round, every other one the other way round; then the rest."""
    yield from steps
    for number in range(1, rounds):
        yield from (step for step in (reversed(steps) if number % 2 else steps) if step.is_core)
    for _ in range(1, rounds):
        yield from (step for step in steps if not step.is_core)


def _is_missing(step: Step, results: Results) -> bool:
    lacks = step.lacks()
    if lacks is not None:
        results.note(f"Left out: {step.title}: {lacks}.")
    return lacks is not None


def _measure(step: Step, stage: Stage, results: Results) -> bool:
    try:
        for row in step.measure(stage, results):
            results.rows.append(row)
            logger.info("        %s", told(row))
    except BenchError as error:
        logger.warning("        failed: %s", error)
        results.note(f"Failed: {step.title}: {error}.")
        return False
    return True


def told(row: Row) -> str:
    """A measurement in one line."""
    figures = [f"{name} {value:.4g}" for name, value in row.figures.items() if value is not None and name in _TOLD]
    return f"{row.server} {row.case}: {', '.join(figures)}"


_TOLD = {
    "us_per_message",
    "us_per_answer",
    "us_each",
    "kb_each",
    "per_s",
    "p50_ms",
    "p99_ms",
    "share",
    "lost",
    "irregular",
    "server_cpu",
    "load_cpu",
    "python_cpu",
    "page_hz",
    "others_cpu",
}
