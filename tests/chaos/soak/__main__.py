"""A soak of the whole system: `make soak`, with `MINUTES=60` for longer."""

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

from tests.chaos.soak import report
from tests.chaos.soak.run import SystemSoak


def main() -> int:
    """Run a soak and write its report. Returns the exit code: 0 if nothing was wrong, 1 otherwise."""
    parser = argparse.ArgumentParser(
        prog="make soak", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=20.0, help="how long")
    parser.add_argument("--every", type=float, default=20.0, metavar="SECONDS", help="between two faults")
    parser.add_argument("--symbols", type=int, default=50, help="of the feed")
    parser.add_argument("--rate", type=float, default=20.0, metavar="HZ", help="ticks of each symbol")
    parser.add_argument("--clients", type=int, default=200, help="of all kinds together")
    parser.add_argument("--seed", type=int, default=1, help="of the faults")
    parser.add_argument(
        "--into", type=Path, default=Path(".tickql/soak-system"), metavar="FOLDER", help="of the report"
    )
    given = parser.parse_args()
    # What the clients log of the faults is no news.
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="tickql-soak-") as folder:
        soak = SystemSoak(Path(folder), given.symbols, given.rate, given.clients, given.every, given.seed)
        record = asyncio.run(soak.run(given.minutes * 60, lambda line: print(line, flush=True)))  # noqa: T201
    title = (
        f"{given.minutes:g} minutes, {given.symbols} symbols at {given.rate:g} Hz, {given.clients} clients of four "
        f"transports, a fault each {given.every:g} s"
    )
    path = report.write(record, given.into, title)
    sys.stdout.write(path.read_text())
    return 0 if record.good else 1


if __name__ == "__main__":
    sys.exit(main())
