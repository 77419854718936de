"""A part of the main job: whatever it prints, and wherever that goes, it is never held up by being listened to."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.support.waiting import DEADLINE_S
from tickql.cli.managed_process import ManagedProcess

TALK = """
import sys
print("x" * 300_000)
print("2026-01-01 00:00:00,000 WARNING tickql.producer: board is STALE")
print('{"time": "2026-01-01T00:00:00Z", "level": "ERROR", "logger": "tickql.feed", "message": "redis is away"}')
print('{"level": "INFO", "message": "redis is back"}')
print('{"no": "log"}')
sys.exit("tickql: that was all")
"""


@pytest.mark.parametrize("log", ["part.log", "/dev/full", "/dev"])
async def test_a_line_without_end_and_a_log_that_cannot_be_written_do_not_stop_it(tmp_path: Path, log: str) -> None:
    said: list[str] = []
    async with ManagedProcess("talker", [sys.executable, "-c", TALK], {}, tmp_path / log, said.append) as talker:
        async with asyncio.timeout(DEADLINE_S):
            assert await talker.wait() == "talker ended (exit code 1): that was all"
    assert said[-2:] == ["talker: board is STALE", "talker: redis is away"]
    if log == "/dev/full":
        assert said[0] == "talker: /dev/full cannot be written: no space left on device"
    elif log == "/dev":
        assert said[0] == "talker: /dev cannot be written: is a directory"
    else:
        assert (tmp_path / log).read_text().startswith("x" * 300_000 + "\n")
