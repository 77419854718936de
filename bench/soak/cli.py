"""The soak's command line."""

import argparse
import sys
from pathlib import Path

from bench.errors import BenchError
from bench.soak import report
from bench.soak.run import Soak
from bench.soak.verdict import is_good
from bench.stage import Stage


def main() -> int:
    """Run a soak and write its report. Returns the exit code: 0 if nothing was wrong, 1 otherwise, 130 when stopped."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.soak",
        description="Run a producer at full rate, with a fault at regular intervals, and judge what it did.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--minutes", type=float, default=20.0, help="how long")
    parser.add_argument(
        "--every", type=float, default=60.0, metavar="SECONDS", help="between two faults; 0: none, and no fresh page"
    )
    parser.add_argument("--symbols", type=int, default=50, help="on the page")
    parser.add_argument("--rate", type=float, default=100.0, metavar="HZ", help="changes of each symbol")
    parser.add_argument(
        "--into", type=Path, default=Path(".tickql/soak"), metavar="FOLDER", help="for SOAK.md, soak.png and the log"
    )
    options = parser.parse_args()
    try:
        with Stage() as stage:
            try:
                record = Soak(stage, options.symbols, options.rate, options.every).run(options.minutes * 60, _say)
            finally:
                _keep_log(stage.folder, options.into)
    except BenchError as error:
        print(f"soak: {' '.join(str(error).split())} (log: {options.into / 'producer.log'})", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("soak: stopped", file=sys.stderr)
        return 130
    path = report.write(record, options.into, options.minutes)
    print(path.read_text())
    return 0 if is_good(record) else 1


def _keep_log(stage: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for log in stage.glob("producer-*.log"):
        (folder / "producer.log").write_bytes(log.read_bytes())


def _say(line: str) -> None:
    print(line, flush=True)
