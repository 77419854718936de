"""A whole run: rounds of all steps, until they are done or the time is up."""

import logging
import time
from collections import Counter
from collections.abc import Sequence

from bench.errors import BenchError
from bench.plan import Step
from bench.results import Results, Row
from bench.stage import Stage

logger = logging.getLogger("bench")


def run(steps: Sequence[Step], rounds: int, budget_s: float, results: Results) -> None:
    """Measure; servers alternate, so that a disturbance of the machine meets all of them alike.

    A step whose server is missing, or that fails, is left out, and the results say so. After `budget_s` seconds no
    further step begins; the first round is not cut short by anything but that.
    """
    began = time.monotonic()
    took_s: dict[Step, float] = {}
    failures: Counter[Step] = Counter()
    with Stage() as stage:
        for number in range(1, rounds + 1):
            for index, step in enumerate(_order(steps, number), 1):
                if number > step.rounds or failures[step] > 1 or _is_missing(step, results):
                    continue
                spent_s = time.monotonic() - began
                if spent_s + took_s.get(step, 0.0) > budget_s:
                    results.note(
                        f"Time was up ({budget_s:g} s) in round {number} of {rounds}: some medians are of fewer."
                    )
                    continue
                logger.info(
                    "%4.0f s  round %d of %d, %d/%d: %s", spent_s, number, rounds, index, len(steps), step.title
                )
                failures[step] += not _measure(step, stage, results)
                took_s[step] = time.monotonic() - began - spent_s
    results.wall_s += time.monotonic() - began


def _order(steps: Sequence[Step], number: int) -> list[Step]:
    """Every other round the other way round."""
    return list(steps) if number % 2 else list(reversed(steps))


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
