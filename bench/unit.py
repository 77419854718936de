"""A unit of measurement: the steps whose figures are compared with each other.

The steps of a unit are measured together, on one Redis. If one fails or the run stops, the whole unit is measured
again. Ratios are valid only between figures of the same build, the same machine and the same other load.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.results import Results, Row, Turn
from bench.stage import Stage

Measure = Callable[[Stage, Results], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Step:
    """Measures some cases of one server, which it starts. `lacks`: what it needs and is not installed here."""

    title: str
    measure: Measure
    lacks: Callable[[], str | None] = lambda: None


@dataclass(frozen=True, slots=True)
class Unit:
    """Steps of a section that are compared. `is_core`: it comes in every round; others again only when there is time.

    `case` tells units of one section from each other.
    """

    section: str
    steps: tuple[Step, ...]
    is_core: bool = False
    case: str = ""

    @property
    def name(self) -> str:
        """The name in the log and in `results.json`."""
        return f"{self.section}, {self.case}" if self.case else self.section


@dataclass(frozen=True, slots=True)
class Round:
    """A unit, for the first time or again. `number` counts from 1."""

    unit: Unit
    number: int

    @property
    def steps(self) -> tuple[Step, ...]:
        """Even rounds run in reverse order, so that a drifting disturbance affects all servers equally."""
        return self.unit.steps if self.number % 2 else self.unit.steps[::-1]

    def turns(self) -> list[Turn]:
        """One for each step, none of them taken yet, in the order of the plan."""
        return [Turn(self.unit.name, self.number, step.title) for step in self.unit.steps]


def agenda(units: Sequence[Unit], rounds: int) -> list[Round]:
    """Every unit once; then further rounds of the core units, even rounds in reverse order; then the other units."""
    core = [unit for unit in units if unit.is_core]
    return [
        *(Round(unit, 1) for unit in units),
        *(Round(unit, number) for number in range(2, rounds + 1) for unit in (core if number % 2 else core[::-1])),
        *(Round(unit, number) for number in range(2, rounds + 1) for unit in units if not unit.is_core),
    ]
