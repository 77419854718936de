"""A run: it measures one unit after the other, until all are there or the time is up."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from bench.errors import BenchError
from bench.results import Outcome, Results, Row, Turn
from bench.stage import Stage
from bench.unit import Round, Step

logger = logging.getLogger("bench")
_TRIES = 2
"""Failures of a step after which this run does not try it again."""


class Run:
    """One run. `results`: what there is already, and more with each step, after which `keep` is called.

    What an earlier run has measured stays. No step begins that would take longer than `budget_s` leaves: of this run's
    time for what must be there, and of all runs' time together for further rounds. Those are measured to their end.
    """

    def __init__(self, results: Results, budget_s: float, keep: Callable[[Results], None]) -> None:
        self._results = results
        self._budget_s = budget_s
        self._keep = keep
        self._began = time.monotonic()
        self._before_s = results.wall_s
        self._failures: Counter[str] = Counter()
        results.runs += 1

    def measure(self, agenda: Sequence[Round]) -> None:
        """Measure what is missing of an agenda. A failed step is logged; the others continue.

        Raises:
            KeyboardInterrupt: the user has stopped it; what there is has been kept.
        """
        wanted = [turn for each in agenda if each.number == 1 for turn in each.turns()]
        there = {turn.key for turn in self._results.turns}
        self._put(*(turn for turn in wanted if turn.key not in there))
        for index, each in enumerate(sorted(agenda, key=self._urgency), 1):
            turns = self._results.of_round(each.unit.name, each.number)
            if turns and all(turn.is_done for turn in turns):
                continue
            if self._spent_s(is_due=bool(turns)) + self._results.took_s(each.unit.name) > self._budget_s:
                self._put(*(replace(turn, why=self._late) for turn in turns if turn.outcome is Outcome.MISSING))
                continue
            title = each.unit.name if each.number == 1 else f"{each.unit.name}, round {each.number}"
            logger.info("%4.0f s  %d/%d  %s", self._spent_s(is_due=True), index, len(agenda), title)
            self._measure_round(each)

    def _urgency(self, each: Round) -> int:
        """What nobody has measured comes first, then what failed before and may fail again, then further rounds."""
        turns = self._results.of_round(each.unit.name, each.number)
        return int(any(turn.rows for turn in turns)) if turns else 2

    def _spent_s(self, is_due: bool) -> float:
        return time.monotonic() - self._began + (0.0 if is_due else self._before_s)

    @property
    def _late(self) -> str:
        return f"time was up after {self._budget_s:g} s"

    def _put(self, *turns: Turn) -> None:
        for turn in turns:
            self._results.put(turn)
        self._results.wall_s = self._spent_s(is_due=False)
        self._keep(self._results)

    def _measure_round(self, each: Round) -> None:
        """Measure all steps of a unit, those too that an earlier run had measured: see `bench.unit`."""
        waiting = {turn.step: turn for turn in each.turns()}
        self._put(*waiting.values())
        try:
            with Stage() as stage:
                for step in each.steps:
                    self._measure_step(step, waiting.pop(step.title), stage)
        except Exception as error:
            # An error of the stage itself. Other units have another stage.
            logger.debug("where the stage failed", exc_info=True)
            why = _reason(error)
            logger.warning("        failed: %s", why)
            self._put(*(replace(turn, outcome=Outcome.FAILED, why=why) for turn in waiting.values()))

    def _measure_step(self, step: Step, turn: Turn, stage: Stage) -> None:
        began, rows = time.monotonic(), list[Row]()
        outcome, why = Outcome.MISSING, "the run was stopped while it was measured"
        try:
            if (refused := self._refusal(step, turn)) is not None:
                outcome, why = refused
                return
            logger.info("        %s", step.title)
            for row in step.measure(stage, self._results):
                rows.append(row)
                logger.info("          %s", summary(row))
            outcome, why = Outcome.MEASURED, ""
        except Exception as error:
            # Any error: the other steps do not depend on this one.
            logger.debug("where it failed", exc_info=True)
            outcome, why = Outcome.FAILED, _reason(error)
            logger.warning("          failed: %s", why)
            self._failures[step.title] += 1
        finally:
            took_s = time.monotonic() - began
            self._put(replace(turn, outcome=outcome, why=why, took_s=took_s, rows=tuple(rows)))

    def _refusal(self, step: Step, turn: Turn) -> tuple[Outcome, str] | None:
        """Why a step does not even begin; `None`: it does."""
        if (lacks := step.lacks()) is not None:
            return Outcome.ABSENT, lacks
        if self._failures[step.title] >= _TRIES:
            return Outcome.FAILED, f"it failed {_TRIES} times before"
        if turn.round == 1 and self._spent_s(is_due=True) > self._budget_s:
            return Outcome.MISSING, self._late
        return None


def _reason(error: Exception) -> str:
    """A failure in one line."""
    reason = " ".join(str(error).split())
    return reason if isinstance(error, BenchError) else f"{type(error).__name__}: {reason}"


def summary(row: Row) -> str:
    """A measurement in one line."""
    figures = [
        f"{name} {value:.4g}" for name, value in row.figures.items() if value is not None and name in _SHOWN_FIGURES
    ]
    return f"{row.server} {row.case}: {', '.join(figures)}"


_SHOWN_FIGURES = {
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
