"""Suites and clients of others against a real server of a replayed feed: `make conformance`.

With `ARGS="--only clients malformed"` only these, with `SEED=7` other generated input.
"""

import argparse
import asyncio
import logging
import os
import sys
import time
from collections.abc import Awaitable, Callable

from tests.conformance.suites import audits, clients, generated_input, generated_queries, websocket_cases
from tests.conformance.suites.finding import Finding, table
from tests.conformance.suites.served_feed import ServedFeed, served_feed

_MINUTES = 9.5
_SUITES: dict[str, Callable[[ServedFeed, int], Awaitable[list[Finding]]]] = {
    "graphql-http": audits.run,
    "kosoku": websocket_cases.run,
    "clients": clients.run,
    "schemathesis": generated_queries.run,
    "protocol": generated_input.run_sequences,
    "malformed": generated_input.run_malformed,
}


async def _run(names: list[str], seed: int) -> list[Finding]:
    findings: list[Finding] = []
    until_s = time.monotonic() + 60 * _MINUTES
    async with served_feed() as feed:
        for name in names:
            begin_s = time.monotonic()
            findings += await _suite(name, feed, seed, until_s - begin_s)
            failed = sum(not each.passed for each in findings if each.suite == name)
            sys.stderr.write(f"{name}: {time.monotonic() - begin_s:.0f} s, {failed} failed\n")
    return findings


async def _suite(name: str, feed: ServedFeed, seed: int, time_s: float) -> list[Finding]:
    """Run one suite. One that cannot be run, or not in the time that is left, has failed."""
    sys.stderr.write(f"{name} ...\n")
    try:
        async with asyncio.timeout(time_s):
            return await _SUITES[name](feed, seed)
    except Exception as error:  # noqa: BLE001 - it becomes a line of the table
        return [Finding(name, "could not be run to its end", False, f"{type(error).__name__}: {error}")]


def main() -> int:
    """Run suites, and print the table of results; the exit code is 1 if something failed."""
    parser = argparse.ArgumentParser(prog="make conformance", description="Suites and clients of others.")
    parser.add_argument("--only", nargs="+", choices=_SUITES, default=list(_SUITES), help="these suites")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or 1), help="of generated input")
    given = parser.parse_args()
    # gql leaves a session of aiohttp open where it cannot connect, which is told for each attempt.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    findings = asyncio.run(_run(given.only, given.seed))
    sys.stdout.write(table(findings) + "\n")
    return 0 if all(each.passed for each in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
