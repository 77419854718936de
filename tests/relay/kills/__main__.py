"""Kills relays at random while a market runs, and checks that consumers of the broker get each tick once, in order.

    python -m tests.relay.kills --sink kafka --runs 100

Each run is one fault: mostly the relay that works is killed; sometimes it is paused until its standby has taken over,
or the broker is killed or frozen. Ctrl-C ends the faults. The exit code is 1 if a promise was broken: the logs are
then kept.
"""

import argparse
import asyncio
import logging
import shutil
import signal
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from tests.relay.kills.campaign import Campaign, Outcome

SINKS = sorted(path.stem.removesuffix("_target") for path in Path(__file__).parent.glob("*_target.py"))


def main() -> int:
    """Run one campaign; returns the exit code."""
    given = _arguments()
    logging.disable(logging.WARNING)
    create = import_module(f"tests.relay.kills.{given.sink}_target").create
    folder = Path(tempfile.mkdtemp(prefix="tickql-kills-"))
    outcome = asyncio.run(_run(Campaign(create, folder, given.seed, given.rate), given.runs))
    _say(_line(given.sink, outcome))
    for violation in outcome.violations[:10]:
        _say(f"    {violation}")
    if outcome.violations:
        _say(f"kept: {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


async def _run(campaign: Campaign, runs: int) -> Outcome:
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, campaign.end_early)
    return await campaign.run(runs, _say)


def _line(sink: str, outcome: Outcome) -> str:
    faults = ", ".join(f"{name} {count}" for name, count in sorted(outcome.faults.items()))
    lost = len(outcome.violations)
    return (
        f"{sink}, seed {outcome.seed}: {outcome.ticks} ticks, {outcome.repeated} repeated, {lost} violations "
        f"in {outcome.seconds:.0f} s ({faults})"
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.relay.kills", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sink", choices=SINKS, default="kafka", help="which broker")
    parser.add_argument("--runs", type=int, default=100, help="how many faults")
    parser.add_argument("--seed", type=int, default=1, help="of the faults and their moments")
    parser.add_argument("--rate", type=int, default=500, help="ticks a second, of twenty symbols")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
