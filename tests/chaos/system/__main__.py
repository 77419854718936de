"""Faults at random against the whole system: `make chaos`, with `SEED=7 RUNS=1` a run again.

Each run has its own seed, and is one line. A report of all runs is kept, and the journal and the logs of those that
broke a promise. The exit code is 1 if one did, or if the naive twin never did: the runs then prove nothing.
"""

import argparse
import asyncio
import json
import logging
import shutil
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from tests.chaos.system.outcome import Outcome
from tests.chaos.system.run import ChaosRun, Plan
from tickql.feed.redis_address import ServerKind

_PROOF_RUNS = 5
"""So many runs have a fault that the naive twin does not survive, by far most probably."""


def main() -> int:
    """Run seeds one after the other; returns the exit code."""
    given = _arguments()
    # What the clients log of the faults is no news.
    logging.disable(logging.WARNING)
    # gql leaves the error of a pong on a broken connection to nobody.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    given.into.mkdir(parents=True, exist_ok=True)
    end_s = time.monotonic() + 60 * given.minutes if given.minutes else float("inf")
    outcomes: list[Outcome] = []
    for seed in range(given.seed, given.seed + given.runs):
        if time.monotonic() >= end_s:
            break
        plan = (Plan.alone if given.alone else Plan.of)(seed, given.servers)
        outcome = _run(plan, given.seconds, given.into, given.keep)
        outcomes.append(outcome)
        sys.stdout.write(f"{outcome.line}\n")
        for violation in outcome.violations[:5]:
            sys.stdout.write(f"    {violation}\n")
        if outcome.violations:
            kind = "" if given.servers is ServerKind.SINGLE else f" --{given.servers.lower()}"
            options = f"--seconds {given.seconds:g}{' --alone' if given.alone else ''}{kind}"
            again = f'make chaos SEED={seed} RUNS=1 ARGS="{options}"'
            sys.stdout.write(f"    repeat with `{again}`; kept: {given.into / str(seed)}\n")
        sys.stdout.flush()
    return _judge(outcomes)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make chaos", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1, help="of the first run; each further run has the next one")
    parser.add_argument("--runs", type=int, default=6, help="how many runs")
    parser.add_argument("--seconds", type=float, default=30.0, help="time of the faults of a run")
    parser.add_argument("--minutes", type=float, default=0.0, help="begin no run after so long; 0: no limit")
    parser.add_argument("--into", type=Path, default=Path(".tickql/chaos"), help="folder of report and journals")
    parser.add_argument("--alone", action="store_true", help="one kind of fault in each run, all kinds in turn")
    parser.set_defaults(servers=ServerKind.SINGLE)
    kinds = {
        ServerKind.CLUSTER: "on a Redis Cluster that fails over and is resharded",
        ServerKind.SENTINEL: "on a primary with a replica, which a Sentinel promotes",
    }
    for kind, what in kinds.items():
        parser.add_argument(f"--{kind.lower()}", dest="servers", action="store_const", const=kind, help=what)
    parser.add_argument("--keep", action="store_true", help="keep every run's journal and logs")
    return parser.parse_args()


def _run(plan: Plan, seconds: float, into: Path, keep: bool) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="tickql-chaos-") as folder:
        run = ChaosRun(plan, seconds, Path(folder))
        try:
            outcome = asyncio.run(run.run())
        except Exception as error:  # noqa: BLE001 - a run that cannot be ended is one that failed
            outcome = Outcome(plan.seed, [fault.name for fault in run.caused], [f"not run to its end: {error!r}"])
        with (into / "runs.jsonl").open("a") as report:
            report.write(json.dumps(asdict(outcome)) + "\n")
        if outcome.violations or keep:
            kept = into / str(plan.seed)
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(folder, kept, ignore=shutil.ignore_patterns("redis"))
    return outcome


def _judge(outcomes: list[Outcome]) -> int:
    broken = [outcome.seed for outcome in outcomes if outcome.violations]
    naive = sum(bool(outcome.naive) for outcome in outcomes)
    sys.stdout.write(f"{len(outcomes)} runs, {len(broken)} with violations {broken or ''}; naive twin: {naive} runs\n")
    if len(outcomes) >= _PROOF_RUNS and not naive:
        sys.stdout.write("the naive twin broke no promise: these runs prove nothing\n")
        return 1
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
