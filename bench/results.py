"""What was measured: every round's figures, kept as JSON, and their medians."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Self

Figures = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement. `case` is what was varied: subscribers, symbols, documents."""

    section: str
    server: str
    case: int
    figures: Figures


@dataclass(slots=True)
class Results:
    """All rows of a run, with what was left out (and why) and the machine that it ran on."""

    machine: dict[str, str] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    wall_s: float = 0.0

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
        """Who was measured, in the order of the first measurement."""
        return list(dict.fromkeys(row.server for row in self.rows if row.section == section))

    def median(self, section: str, server: str, case: int, figure: str) -> float | None:
        """The median over the rounds; `None`: not measured."""
        values = [figures.get(figure) for figures in self.of(section, server, case)]
        known = [value for value in values if value is not None]
        return median(known) if known else None

    def highest(self, figure: str) -> float:
        """The largest of a figure in any row."""
        return max((value for row in self.rows if (value := row.figures.get(figure)) is not None), default=0.0)

    def save(self, path: Path) -> None:
        """Write it as JSON, figures to four significant digits."""
        told: dict[str, Any] = asdict(self)
        for row in told["rows"]:
            row["figures"] = {name: _short(value) for name, value in row["figures"].items()}
        rows = ",\n".join("  " + json.dumps(row) for row in told.pop("rows"))
        path.write_text(json.dumps(told, indent=1)[:-2] + ',\n "rows": [\n' + rows + "\n ]\n}\n")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        told = json.loads(path.read_text())
        return cls(told["machine"], [Row(**row) for row in told["rows"]], told["notes"], told["wall_s"])


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
