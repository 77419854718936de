"""Where results are on disk: `results.json`, and the folder of a run that is not complete yet."""

import fcntl
import json
import logging
import shutil
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.errors import BenchError
from bench.results import Outcome, Results, Row, Turn

NAME = "results.json"
logger = logging.getLogger("bench")


class Store:
    """The folder of a run that is not complete yet, for one run at a time. A context manager that keeps others out.

    It holds what has been measured, after every step, and a log in which failures have their tracebacks.

    Raises:
        BenchError: another run uses the folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "run.log"
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = self._stack.enter_context((self.folder / "lock").open("a"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._stack.close()
            raise BenchError(f"another run is at work in {self.folder}") from None
        handler = logging.FileHandler(self.log, delay=True)
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        logger.addHandler(handler)
        self._stack.callback(handler.close)
        self._stack.callback(logger.removeHandler, handler)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def earlier(self, machine: dict[str, str]) -> tuple[Results | None, str]:
        """Return the results of an earlier run to continue, or `None`, and a line for the user.

        A run continues only with the same tickql, to the byte, on the same machine, with the same versions.
        """
        path = self.folder / NAME
        if not path.is_file():
            return None, ""
        try:
            found = load(path)
        except BenchError as error:
            return None, f"measuring all from the start: {error}"
        other = [name for name in {**machine, **found.machine} if machine.get(name) != found.machine.get(name)]
        if other:
            return None, f"measuring all from the start, as this has changed: {', '.join(other)}"
        done = len(found.turns) - len(found.open)
        summary = (
            f"{done} of {len(found.turns)} steps are there and stay, "
            "the rest is measured (--fresh measures all from the start)"
        )
        return found, summary

    def keep(self, results: Results) -> None:
        """Keep what there is."""
        save(results, self.folder / NAME)

    def clear(self) -> None:
        """Remove the folder: the run is complete."""
        shutil.rmtree(self.folder)


def save(results: Results, path: Path) -> None:
    """Write results as JSON, a line for each measurement, figures to four significant digits.

    Written atomically: a reader sees the old or the new file, also after a crash.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    document: dict[str, Any] = asdict(results)
    turns = ",\n".join(map(_turn, document.pop("turns")))
    new = path.with_suffix(".new")
    new.write_text(json.dumps(document, indent=1)[:-2] + ',\n "turns": [\n' + turns + "\n ]\n}\n")
    new.replace(path)


def _turn(turn: dict[str, Any]) -> str:
    rows = turn.pop("rows")
    for row in rows:
        row["figures"] = {name: _short(value) for name, value in row["figures"].items()}
    lines = ",\n".join("   " + json.dumps(row) for row in rows)
    return "  " + json.dumps(turn)[:-1] + (f', "rows": [\n{lines}\n  ]}}' if rows else ', "rows": []}')


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def load(path: Path) -> Results:
    """Read what `save` wrote.

    Raises:
        BenchError: it cannot be read.
    """
    try:
        document = json.loads(path.read_text())
        turns = [
            Turn(**{**turn, "outcome": Outcome(turn["outcome"]), "rows": tuple(Row(**row) for row in turn["rows"])})
            for turn in document.pop("turns")
        ]
        return Results(turns=turns, **document)
    except FileNotFoundError:
        raise BenchError(f"{path}: no such file: python -m bench run writes it") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BenchError(f"{path} cannot be read: {type(error).__name__}: {error}") from None
