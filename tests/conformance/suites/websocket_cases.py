"""The WebSocket cases of kosoku (the cases of the Autobahn test suite) on the WebSocket class of the API."""

import json
import os
import tempfile
from collections import Counter
from pathlib import Path

from tests.conformance.suites.finding import Finding
from tests.conformance.suites.gql_follower import PYTHON_SUITES
from tests.conformance.suites.served_feed import ServedFeed
from tests.support.process import program

_LEFT_OUT = ("9.*", "12.*", "13.*")
"""Messages of megabytes, which are beyond the limit of a frame, and compression, which is off."""
_ON_PURPOSE = {"7.1.5": "the library websockets answers a close frame amid a message with 1002 in place of 1000"}
"""By the number of a case: why it is not passed."""
_GOOD = ("OK", "NON-STRICT", "INFORMATIONAL")


async def run(feed: ServedFeed, seed: int) -> list[Finding]:
    """Run the cases against an echo server of its own. They have no seed."""
    left_out = [word for pattern in _LEFT_OUT for word in ("-x", pattern)]
    with tempfile.TemporaryDirectory() as folder:
        async with program("-m", "tests.conformance.suites.echo_server") as server:
            port = await server.says("")
            words = [str(PYTHON_SUITES / "bin" / "kosoku"), f"127.0.0.1:{port}", *left_out, "-p", "4", "-o", folder]
            path = os.pathsep.join([str(PYTHON_SUITES), *filter(None, [os.environ.get("PYTHONPATH")])])
            async with program(*words, environment={"PYTHONPATH": path}) as kosoku:
                await kosoku.ends()
            tracebacks = sum("Traceback" in line for line in server.output)
        (cases,) = json.loads((Path(folder) / "index.json").read_text()).values()
    failed = [name for name, case in cases.items() if {case["behavior"], case["behaviorClose"]} - set(_GOOD)]
    counts = Counter(case["behavior"] for case in cases.values())
    note = f"{len(cases)} cases: " + ", ".join(f"{count} {name}" for name, count in counts.most_common())
    return [
        Finding("kosoku", "WebSocket cases", len(cases) > 240 and set(failed) <= set(_ON_PURPOSE), note),
        *(Finding("kosoku", name, name in _ON_PURPOSE, _ON_PURPOSE.get(name, "failed")) for name in failed),
        Finding("kosoku", "log of the server", not tracebacks, f"{tracebacks} tracebacks"),
    ]
