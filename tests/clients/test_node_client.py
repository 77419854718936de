"""The npm package tickql-client: its own tests, and what somebody gets who installs it."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "clients" / "node"
_MINUTES = 5

_PROGRAM = """
import { createClient } from "tickql-client";

const tickql = createClient({ url: process.argv[2] });
const { ticks } = await tickql.history("ES", { first: 2 });
for await (const tick of tickql.ticks("ES", { after: ticks[0].cursor })) {
  console.log(JSON.stringify([tick.seq, tick.last]));
  if (tick.seq === 4) break;
}
"""


def _npm(*arguments: str, folder: Path) -> str:
    done = subprocess.run(["npm", *arguments], cwd=folder, capture_output=True, text=True, timeout=60 * _MINUTES)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.long
@pytest.mark.timeout(60 * _MINUTES)
def test_the_tests_of_the_package_pass() -> None:
    _npm("run", "--silent", "test", folder=PACKAGE)


@pytest.fixture
def server() -> Iterator["_Server"]:
    server = _Server()
    yield server
    server.end()


class _Server:
    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [ROOT / ".venv" / "bin" / "python", "-m", "tests.support.market_server"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.url: str = self._line()["url"]

    def send(self, **command: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        self._line()

    def end(self) -> None:
        self._process.communicate()

    def _line(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


@pytest.mark.long
@pytest.mark.timeout(60 * _MINUTES)
def test_the_packed_package_is_installed_and_used_in_an_empty_folder(server: _Server, tmp_path: Path) -> None:
    server.send(tick=4)
    _npm("run", "--silent", "build", folder=PACKAGE)
    (packed,) = json.loads(_npm("pack", "--json", "--pack-destination", str(tmp_path), folder=PACKAGE))
    shipped = {file["path"].split("/")[0] for file in packed["files"]}
    assert shipped == {"package.json", "README.md", "dist", "examples"}
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "package.json").write_text('{"type": "module", "private": true}')
    _npm("install", "--prefer-offline", "--no-audit", "--no-fund", str(tmp_path / packed["filename"]), folder=folder)
    (folder / "program.js").write_text(_PROGRAM)
    done = subprocess.run(
        ["node", "program.js", server.url], cwd=folder, capture_output=True, text=True, timeout=60 * _MINUTES
    )
    assert [json.loads(line) for line in done.stdout.splitlines()] == [[2, "2"], [3, "3"], [4, "4"]], done.stderr
