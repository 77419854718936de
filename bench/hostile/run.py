"""One run of `python -m bench hostile`: rounds over all that is wanted, and a report that grows with each round."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.hostile.attacks import measure_cases
from bench.hostile.background import off_the_servers_core
from bench.hostile.cases import CASES
from bench.hostile.cost import COST, measure_cost
from bench.hostile.held import HELD_CASES, measure_held
from bench.hostile.report import render
from bench.hostile.scene import Attacker
from bench.hostile.storm import STORM, measure_storm
from bench.results import Outcome, Results, Row, Turn

NAMES = (*CASES, *HELD_CASES, STORM, COST)
"""All that can be measured."""


class HostileRun:
    """Measures in rounds. `folder`: for `HOSTILE.md`."""

    def __init__(self, folder: Path, rounds: int, window_s: float, starts: int) -> None:
        self._folder = folder
        self._rounds = rounds
        self._window_s = window_s
        self._starts = starts
        self._results = Results()
        self._answers: dict[str, Counter[str]] = {}

    def measure(self, names: Sequence[str]) -> str:
        """Measure what is named, and return the report."""
        with off_the_servers_core():
            for number in range(1, self._rounds + 1):
                for row, attacker in self._round(names, number):
                    self._keep(row, number)
                    if attacker is not None:
                        self._answers.setdefault(row.server, Counter()).update(attacker.answers)
                self._write()
        return self._write()

    def _round(self, names: Sequence[str], number: int) -> Iterator[tuple[Row, Attacker | None]]:
        if cases := [CASES[name] for name in names if name in CASES]:
            yield from measure_cases(cases, self._window_s)
        if held := [HELD_CASES[name] for name in names if name in HELD_CASES]:
            yield from measure_held(held, self._window_s)
        if STORM in names:
            yield from ((row, None) for row in measure_storm())
        if COST in names and number == 1:
            yield from ((row, None) for row in measure_cost(self._starts))

    def _keep(self, row: Row, number: int) -> None:
        for other in ("idle", "control"):
            mine, theirs = row.figures.get("attacked_p99_ms"), row.figures.get(f"{other}_p99_ms")
            row.figures[f"x_{other}"] = mine / theirs if mine and theirs else None
        self._results.put(Turn(row.section, number, row.server, Outcome.MEASURED, "", rows=(row,)))
        shown = {name: value for name, value in row.figures.items() if name in _SHOWN and value is not None}
        told = ", ".join(f"{name} {value:.4g}" for name, value in shown.items())
        print(f"round {number}  {row.server}: {told}", flush=True)  # noqa: T201 - what a person waits for

    def _write(self) -> str:
        text = f"{render(self._results, self._answers)}\n\nLoad of the machine at the end: {os.getloadavg()[0]:.2f}.\n"
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "HOSTILE.md").write_text(text)
        return text


_SHOWN = (
    *("idle_p99_ms", "control_p99_ms", "attacked_p99_ms", "attacked_max_ms", "x_control", "grown_mb", "left_mb"),
    *("freed_s", "held", "resumed_s", "gaps", "repeats", "ratio", "ratio_low", "ratio_high", "others_cpu"),
)
