"""A unit of measurement: the steps whose figures are compared with each other.

Ratios mean something only between figures of the same conditions: the same build, the same machine, and as much else
going on beside. So the steps of a unit are measured in one go, on a Redis of their own, and when one of them failed, or
the run was stopped among them, the whole unit is measured again. Never is a single step put beside older figures.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.results import Results, Row, Turn
from bench.stage import Stage

Measure = Callable[[Stage, Results], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Step:
    """Measures some cases of one server, on a start of its own of it. `lacks`: what it needs and is not here."""

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
        """How people and `results.json` call it."""
        return f"{self.section}, {self.case}" if self.case else self.section


@dataclass(frozen=True, slots=True)
class Round:
    """A unit, for the first time or again. `number` counts from 1."""

    unit: Unit
    number: int

    @property
    def steps(self) -> tuple[Step, ...]:
        """In every other round the other way round: a disturbance that grows or fades meets all servers alike."""
        return self.unit.steps if self.number % 2 else self.unit.steps[::-1]

    def turns(self) -> list[Turn]:
        """One for each step, none of them taken yet, in the order of the plan."""
        return [Turn(self.unit.name, self.number, step.title) for step in self.unit.steps]


def agenda(units: Sequence[Unit], rounds: int) -> list[Round]:
    """Every unit once; the core in each further round, every other one the other way round; then the rest."""
    core = [unit for unit in units if unit.is_core]
    return [
        *(Round(unit, 1) for unit in units),
        *(Round(unit, number) for number in range(2, rounds + 1) for unit in (core if number % 2 else core[::-1])),
        *(Round(unit, number) for number in range(2, rounds + 1) for unit in units if not unit.is_core),
    ]
