"""The benchmarks' command line: `python -m bench`."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import machine, report, single
from bench.arguments import FOLDER, PARTS, UNFINISHED, parser
from bench.errors import BenchError
from bench.hostile.run import NAMES, HostileRun
from bench.plan import units
from bench.remarks import lack
from bench.results import Results
from bench.run import Run
from bench.scaling.cli import write as write_scaling
from bench.scaling.document import DOCUMENT
from bench.sizes import FULL, SMOKE
from bench.stage import require_linux
from bench.store import NAME, Store, load, save
from bench.unit import agenda


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns the exit code: 0, 1 after a one-line error or if something failed, 130 after Ctrl-C."""
    options = parser().parse_args(arguments)
    _log()
    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: a shell's background job would ignore it
        signal.signal(number, signal.default_int_handler)
    try:
        if options.command == "run":
            _run(options)
        elif options.command == "report":
            _report(load((options.source or options.into) / NAME), options.into)
        elif options.command == "hostile":
            require_linux()
            attacked = HostileRun(options.into, options.rounds, options.window, options.starts)
            print(attacked.measure(options.only or NAMES))
        else:
            for name, figures in single.COMMANDS[options.command](options):
                print(name)
                for figure, value in figures.items():
                    print(f"  {figure:20} {'-' if value is None else f'{value:,.4g}'}")
    except _Incomplete as error:
        print("\n".join([*error.lines, f"bench: {error}"]), file=sys.stderr)
        return 1
    except BenchError as error:
        print(f"bench: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: stopped", file=sys.stderr)
        return 130
    return 0


def _log() -> None:
    """To the terminal what people want to know; a run's own log takes more."""
    terminal = logging.StreamHandler()
    terminal.setLevel(logging.INFO)
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[terminal])
    logging.getLogger("bench").setLevel(logging.DEBUG)


def _run(options: argparse.Namespace) -> None:
    require_linux()
    sizes, rounds = (SMOKE, options.rounds or 1) if options.smoke else (FULL, options.rounds or 3)
    wanted = [unit for unit in units(sizes) if not options.only or unit.section in options.only]
    into = options.into or (PARTS if options.smoke or options.only else FOLDER)
    with Store(UNFINISHED / "-".join([sizes.name, f"{rounds}-rounds", *(options.only or ())])) as store:
        results = _begin(store, options.fresh)
        try:
            Run(results, options.budget, store.keep).measure(agenda(wanted, rounds))
        except KeyboardInterrupt:
            _report(results, store.folder)
            print("bench: the same command goes on with this", file=sys.stderr)
            raise
        if results.open:
            _report(results, store.folder)
            raise _Incomplete(results, store)
        _report(results, into)
        store.clear()


class _Incomplete(BenchError):
    """Names all that is missing."""

    def __init__(self, results: Results, store: Store) -> None:
        self.lines = [lack(turn) for turn in results.open]
        super().__init__(
            f"{len(self.lines)} of {len(results.turns)} steps have not been measured. The same command measures them, "
            f"with what they are compared with, and leaves the rest. Log: {_shown(store.log)}"
        )


def _begin(store: Store, is_fresh: bool) -> Results:
    here = machine.describe()
    found, summary = (None, "") if is_fresh else store.earlier(here)
    if summary:
        print(f"bench: {_shown(store.folder)}: {summary}", flush=True)
    return found or Results(here)


def _report(results: Results, into: Path) -> None:
    save(results, into / NAME)
    try:
        from bench.charts import draw
    except ImportError:
        drawn = []
        print("bench: no charts without matplotlib (make bench installs it)", file=sys.stderr)
    else:
        drawn = draw(results, into / "charts")
    report.write(results, into / "RESULTS.md", drawn)
    print(f"{_shown(into / 'RESULTS.md')} and {len(drawn)} charts", flush=True)
    if into.resolve() == FOLDER.resolve():
        _write_plans(results)


def _write_plans(results: Results) -> None:
    """Bring `docs/scaling.md` into step with the results that are kept."""
    try:
        write_scaling(results)
    except BenchError as error:
        print(f"bench: docs/scaling.md stays as it is: {error}", file=sys.stderr)
    else:
        print(_shown(DOCUMENT), flush=True)


def _shown(path: Path) -> str:
    """A path as it can be typed here."""
    return os.path.relpath(path)
