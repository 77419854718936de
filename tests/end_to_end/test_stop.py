"""How `make up` and `scripts/up` end: by any signal, to the process alone or to its group, at any time."""

import fcntl
import os
import shlex
import shutil
import signal
import sys
from pathlib import Path

import pytest

from tests.support.process import Program, command, descendants, gone, program
from tickql.feed.embedded.ports import free_port

pytestmark = pytest.mark.timeout(120)

_ROOT = Path(__file__).parents[2]
_PARTS = ("debian", "python", "browser", "server", "graphiql", "board", "peers", "pages")


def _checkout(folder: Path, install: str, tickql: str) -> Path:
    """Our Makefile and scripts in a folder where `install` sets up the one missing part; `tickql` runs as tickql."""
    shutil.copy(_ROOT / "Makefile", folder)
    shutil.copytree(_ROOT / "scripts", folder / "scripts")
    for part in _PARTS:
        (folder / "scripts" / "parts" / f"{part}.sh").write_text(f"{part}_ready() {{ true; }}\n")
    with (folder / "scripts" / "parts" / "python.sh").open("w") as file:
        file.write(f"python_ready() {{ [ -e is-set-up ]; }}\npython_install() {{ step packages {install}; }}\n")
    program = folder / ".venv" / "bin" / "tickql"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\n{tickql}\n")
    program.chmod(0o755)
    return folder


def _send(number: signal.Signals, running: Program, to: str) -> list[int]:
    """Send a signal to the process alone or to its group; every process that has to end."""
    pid = running.process.pid
    pids = [pid, *descendants(pid)]
    (os.killpg if to == "group" else os.kill)(pid, number)
    return pids


@pytest.mark.parametrize(
    ("number", "to"), [(signal.SIGINT, "alone"), (signal.SIGINT, "group"), (signal.SIGTERM, "alone")]
)
@pytest.mark.parametrize("words", [("make", "up"), ("scripts/up",)], ids=" ".join)
async def test_a_signal_ends_a_set_up_at_once(
    tmp_path: Path, words: tuple[str, ...], number: signal.Signals, to: str
) -> None:
    folder = _checkout(tmp_path, "sleep 600", "echo started")
    async with command(*words, folder=folder) as running:
        await running.says("packages ...")
        pids = _send(number, running, to)
        code = await running.ends()
    assert await gone(pids) == []
    assert "started" not in running.output
    assert (code == 0) is (words == ("scripts/up",)), "make itself always dies by the signal"


async def test_a_signal_ends_a_set_up_that_waits_for_another(tmp_path: Path) -> None:
    folder = _checkout(tmp_path, "true", "echo started")
    (folder / ".tickql").mkdir()
    with (folder / ".tickql" / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        async with command("scripts/up", folder=folder) as running:
            await running.says("another set-up is at work")
            pids = _send(signal.SIGTERM, running, "alone")
            assert await running.ends() == 0
            assert await gone(pids) == []


async def test_scripts_up_becomes_tickql_with_its_arguments_and_folder_and_lets_another_set_up_begin(
    tmp_path: Path,
) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    _checkout(checkout, "touch is-set-up", 'echo "$$ in $PWD: $*"; exec sleep 600')
    async with command(str(checkout / "scripts" / "up"), "a b.toml", "--port", "1", folder=tmp_path) as running:
        await running.says(f"{running.process.pid} in {tmp_path}: up a b.toml --port 1")
        with (checkout / ".tickql" / "setup.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGKILL])
async def test_what_make_up_runs_ends_with_make(tmp_path: Path, number: signal.Signals) -> None:
    folder = _checkout(tmp_path, "touch is-set-up", "echo started; exec sleep 600")
    async with command("make", "up", folder=folder) as running:
        await running.says("started")
        pids = _send(number, running, "alone")
        assert await running.ends() == -number
        assert await gone(pids) == []


@pytest.mark.parametrize("to", ["alone", pytest.param("group", marks=pytest.mark.long)])
async def test_sigint_to_make_ends_every_part_of_a_live_tickql(tmp_path: Path, to: str) -> None:
    tickql = f'exec {shlex.quote(sys.executable)} -m tickql "$@"'
    folder = _checkout(tmp_path, "touch is-set-up", tickql)
    options = f"--port {free_port()} --demo-port {free_port()}"
    async with command("make", "up", f"ARGS={options}", folder=folder) as running:
        await running.says("GraphiQL")
        pids = _send(signal.SIGINT, running, to)
        assert len(pids) > 10, "make, who watches it, redis, page, producer, driver, browser and API"
        assert await running.ends() == -signal.SIGINT
        assert await gone(pids) == []
    assert running.output[-1] == "stopping"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_while_tickql_up_loads_is_an_orderly_end(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "typer.py").write_text("import time\nprint('loading')\ntime.sleep(600)\n")
    async with program("-m", "tickql", "up", environment={"PYTHONPATH": str(tmp_path)}) as running:
        await running.says("loading")
        running.process.send_signal(number)
        assert await running.ends() == 0
    assert list(running.output) == ["loading"]


_TOLD_WHILE_PARTS_START = """
import asyncio, os, signal
from tickql.cli.main import main
from tickql.cli.managed_process import ManagedProcess

enter = ManagedProcess.__aenter__

async def told_to_end(self):
    if self.name == "api":
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()
    return await enter(self)

ManagedProcess.__aenter__ = told_to_end
main()
"""


async def test_a_signal_while_the_parts_start_is_an_orderly_end(tmp_path: Path) -> None:
    options = ["--port", str(free_port()), "--demo-port", str(free_port()), "--data", str(tmp_path)]
    async with program("-c", _TOLD_WHILE_PARTS_START, "up", *options) as running:
        assert await running.ends() == 0
    assert list(running.output) == []
