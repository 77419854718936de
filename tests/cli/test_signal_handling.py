"""How a signal ends a command. The programs here send themselves the signals, so that each comes at its moment."""

import signal

import pytest

from tests.support.process import program

_TOLD_TWICE = """
import asyncio, os, signal
from tickql.cli.signal_handling import run_until_signal

async def job():
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()
    finally:
        os.kill(os.getpid(), {again})
        await asyncio.sleep(0)
        print("cleaned up")

run_until_signal(job())
os.kill(os.getpid(), {again})
print("ended")
"""

_UNDER_NOHUP = """
import asyncio, os, signal
signal.signal(signal.SIGHUP, signal.SIG_IGN)
from tickql.cli.signal_handling import run_until_signal

async def job():
    os.kill(os.getpid(), signal.SIGHUP)
    await asyncio.sleep(0)
    return "done"

print(run_until_signal(job()))
"""


@pytest.mark.parametrize("again", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_second_signal_changes_nothing_while_it_ends(again: signal.Signals) -> None:
    async with program("-c", _TOLD_TWICE.format(again=int(again))) as running:
        assert await running.ends() == 0
    assert list(running.output) == ["cleaned up", "ended"]


async def test_under_nohup_it_outlives_its_terminal() -> None:
    async with program("-c", _UNDER_NOHUP) as running:
        assert await running.ends() == 0
    assert list(running.output) == ["done"]
