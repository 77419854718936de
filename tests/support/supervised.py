"""A producer of feed files with a separate browser, whose processes a test may kill, freeze and count."""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from tests.support.process import descendants
from tests.support.recorder import Recorder
from tickql.feed.status import ProducerReport, ProducerState
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.service import watch
from tickql.producer.timings import DEFAULT_TIMINGS, Timings

TICKING = """<!doctype html><title>board</title><b id=last>0</b>
<script>let n = 0; setInterval(() => { last.textContent = `${++n}.${Date.now()}`; }, 50);</script>"""


class Supervised(Recorder):
    """A producer of feed files, with the processes that it has started."""

    def __init__(self, *feeds: FeedFile, timings: Timings = DEFAULT_TIMINGS) -> None:
        super().__init__()
        self._others = set(descendants(os.getpid()))
        self.task: asyncio.Task[NoReturn] = asyncio.create_task(watch(feeds, self, timings))

    def processes(self, mark: str = "") -> list[int]:
        found = descendants(os.getpid(), without=self._others)
        return [pid for pid, command in found.items() if mark in command]

    def browser(self) -> int:
        """The browser's main process: the one that the driver has started."""
        (driver,) = self.processes("run-driver")
        return next(pid for pid in descendants(driver) if parent(pid) == driver)

    def of(self, source: str) -> list[ProducerReport]:
        return [report for report in self.reports if report.source == source]

    def state(self, source: str) -> ProducerState | None:
        reports = self.of(source)
        return reports[-1].state if reports else None

    async def until_live(self, *sources: str) -> None:
        await self.until(
            lambda: all(self.of(each) and self.of(each)[-1].state is ProducerState.LIVE for each in sources)
        )

    async def recovers_from(self, fault: Callable[[], object]) -> str:
        """Cause a fault; wait for STALE, and then for prices again. Returns the reason of STALE."""
        await self.until_count(3)
        await self.until_state(ProducerState.LIVE)
        reports = len(self.reports)
        fault()
        await self.until(lambda: any(report.state is ProducerState.STALE for report in self.reports[reports:]))
        reason = next(report.reason for report in self.reports[reports:] if report.state is ProducerState.STALE)
        quotes = len(self.quotes)
        await self.until(lambda: len(self.quotes) > quotes + 2)
        await self.until_state(ProducerState.LIVE)
        return reason or ""

    async def stop(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await self.task


def feed(name: str, url: str, rules: str, page: str = "") -> FeedFile:
    return FeedFile.parse(f'[page]\nurl = "{url}"\n{page}\n{rules}', Path(f"{name}.toml"))


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def kill(pids: Sequence[int], number: signal.Signals = signal.SIGKILL) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
