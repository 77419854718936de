"""What was measured: every round's figures, and their medians."""

from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median

Figures = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement. `case` is what was varied: subscribers, symbols, documents."""

    section: str
    server: str
    case: int
    figures: Figures


class Outcome(StrEnum):
    """What became of a step."""

    MEASURED = "measured"
    ABSENT = "absent"
    """Its server is not installed here."""
    FAILED = "failed"
    MISSING = "missing"
    """Not measured, or not to the end: the run was stopped, or its time was up."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One step in one round of its unit. `why`: it has not been measured. `took_s`: seconds."""

    unit: str
    round: int
    step: str
    outcome: Outcome = Outcome.MISSING
    why: str = "the run ended before it"
    took_s: float = 0.0
    rows: tuple[Row, ...] = ()

    @property
    def key(self) -> tuple[str, int, str]:
        """What names it."""
        return self.unit, self.round, self.step

    @property
    def is_done(self) -> bool:
        """Whether nothing would come of another try."""
        return self.outcome in (Outcome.MEASURED, Outcome.ABSENT)


@dataclass(slots=True)
class Results:
    """The turns of all steps, remarks for the reader, and the machine and the tickql that were measured."""

    machine: dict[str, str] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    wall_s: float = 0.0
    """Of all runs together."""
    runs: int = 0
    """How many it took: more than one when some were stopped, or a step failed."""

    @property
    def rows(self) -> list[Row]:
        """Of all turns."""
        return [row for turn in self.turns for row in turn.rows]

    @property
    def open(self) -> list[Turn]:
        """The turns that a further run has to take."""
        return [turn for turn in self.turns if not turn.is_done]

    def put(self, turn: Turn) -> None:
        """Keep a turn, in the place of an earlier one of the same name."""
        for index, other in enumerate(self.turns):
            if other.key == turn.key:
                self.turns[index] = turn
                return
        self.turns.append(turn)

    def of_round(self, unit: str, number: int) -> list[Turn]:
        """The turns of a unit in one round; none: the round has not begun."""
        return [turn for turn in self.turns if (turn.unit, turn.round) == (unit, number)]

    def took_s(self, unit: str) -> float:
        """Seconds of the longest round of a unit so far."""
        rounds = {turn.round for turn in self.turns}
        return max((sum(turn.took_s for turn in self.of_round(unit, each)) for each in rounds), default=0.0)

    def note(self, text: str) -> None:
        """Keep a remark for the reader, once."""
        if text not in self.notes:
            self.notes.append(text)

    def of(self, section: str, server: str, case: int) -> list[Figures]:
        """The figures of every round."""
        return [row.figures for row in self.rows if (row.section, row.server, row.case) == (section, server, case)]

    def cases(self, section: str, server: str) -> list[int]:
        """What was measured of a server, ascending."""
        return sorted({row.case for row in self.rows if (row.section, row.server) == (section, server)})

    def servers(self, section: str) -> list[str]:
        """Who was measured, in the order of the turns: the plan's."""
        return list(dict.fromkeys(row.server for row in self.rows if row.section == section))

    def median(self, section: str, server: str, case: int, figure: str) -> float | None:
        """The median over the rounds; `None`: not measured."""
        values = [figures.get(figure) for figures in self.of(section, server, case)]
        known = [value for value in values if value is not None]
        return median(known) if known else None
