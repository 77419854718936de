"""Queries that schemathesis generates from the schema: none is answered with an error of the server."""

import os
import re
import sys
import tempfile
from pathlib import Path

from tests.conformance.suites.finding import Finding
from tests.conformance.suites.gql_follower import PYTHON_SUITES
from tests.conformance.suites.served_feed import ServedFeed
from tests.support.process import command

_TIME_S = 30


async def run(feed: ServedFeed, seed: int) -> list[Finding]:
    """Generate queries for a bounded time."""
    before = feed.tracebacks
    words = ["-m", "schemathesis.cli", "run", f"{feed.url}/graphql", "--max-time", str(_TIME_S), "--seed", str(seed)]
    checks = ["--checks", "not_a_server_error", "--continue-on-failure", "--generation-database", "none", "--no-color"]
    path = os.pathsep.join([str(PYTHON_SUITES), *filter(None, [os.environ.get("PYTHONPATH")])])
    with tempfile.TemporaryDirectory() as folder:
        program = command(sys.executable, *words, *checks, environment={"PYTHONPATH": path}, folder=Path(folder))
        async with program as schemathesis:
            await schemathesis.process.wait()
            code = await schemathesis.ends()
    said = "\n".join(schemathesis.output)
    counted = re.search(r"(\d+) generated, (\d+) passed", said)
    passed = code == 0 and counted is not None and counted[1] == counted[2]
    tracebacks = feed.tracebacks - before
    note = f"{counted[0]} (seed {seed}), {tracebacks} tracebacks" if counted and passed else said[-2000:]
    return [Finding("schemathesis", "queries", passed and not tracebacks, note)]
