"""Faults of the page, the browser and the driver: what the status says, and that prices come again."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import NoReturn

import pytest
import pytest_asyncio

from feed.status import ProducerState
from producer.errors import (
    BrowserBroken,
    BrowserGone,
    BrowserNotFound,
    PageBlank,
    PageCrashed,
    PageFault,
    PageHung,
    PageUnreachable,
)
from producer.feedfile import FeedFile
from producer.service import watch
from producer.supervisor import rung_for
from producer.tab import Rung
from tests.end_to_end.process import descendants, gone
from tests.producer.recorder import Recorder
from tests.producer.site import Site

TICKING = """<!doctype html><title>board</title><b id=last>0</b>
<script>let n = 0; setInterval(() => { last.textContent = `${++n}.${Date.now()}`; }, 50);</script>"""
LAST = '[[symbol]]\nname = "ES"\nlast = "#last"'
RECOVERY_S = 15.0
NOTICE_S = 5.0


class Supervised(Recorder):
    """A supervisor at work, and the processes that it has started."""

    def __init__(self, feed: FeedFile) -> None:
        super().__init__()
        self._others = set(descendants(os.getpid()))
        self.task: asyncio.Task[NoReturn] = asyncio.create_task(watch([feed], self))

    def processes(self, mark: str = "") -> list[int]:
        found = descendants(os.getpid())
        return [pid for pid, command in found.items() if pid not in self._others and mark in command]

    def browser(self) -> int:
        """The browser itself: of its processes the one that the driver has started."""
        (driver,) = self.processes("run-driver")
        return next(pid for pid in descendants(driver) if parent(pid) == driver)

    async def recovers_from(self, fault: Callable[[], object]) -> str:
        """Do harm; wait for the status to say so and for prices to come again. Returns the reason given."""
        await self.until_count(3)
        await self.until_state(ProducerState.LIVE)
        reports = len(self.reports)
        fault()
        await self.until(
            lambda: any(report.state is ProducerState.STALE for report in self.reports[reports:]), NOTICE_S
        )
        reason = next(report.reason for report in self.reports[reports:] if report.state is ProducerState.STALE)
        quotes = len(self.quotes)
        await self.until(lambda: len(self.quotes) > quotes + 2, RECOVERY_S)
        await self.until_state(ProducerState.LIVE)
        return reason or ""

    async def stop(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await self.task


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def kill(pids: list[int], number: signal.Signals = signal.SIGKILL) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


Supervise = Callable[..., Awaitable[Supervised]]


@pytest_asyncio.fixture
async def market() -> AsyncIterator[Site]:
    async with Site() as site:
        site.put("/", TICKING)
        yield site


@pytest_asyncio.fixture
async def supervise(market: Site) -> AsyncIterator[Supervise]:
    """Supervises the market's page."""
    async with AsyncExitStack() as stack:

        async def start() -> Supervised:
            supervised = Supervised(FeedFile.parse(f'[page]\nurl = "{market.url("/")}"\n{LAST}'))
            stack.push_async_callback(supervised.stop)
            return supervised

        yield start


async def test_a_killed_page_is_replaced(supervise: Supervise) -> None:
    es = await supervise()
    assert "process has ended" in await es.recovers_from(lambda: kill(es.processes("--type=renderer")))


async def test_a_killed_browser_is_replaced(supervise: Supervise) -> None:
    es = await supervise()
    assert "browser has ended" in await es.recovers_from(lambda: kill([es.browser()]))


async def test_a_killed_driver_is_replaced_and_its_browser_ends(supervise: Supervise) -> None:
    es = await supervise()
    await es.until_count(1)
    browser = es.browser()
    assert "no line to the browser" in await es.recovers_from(lambda: kill(es.processes("run-driver")))
    assert await gone([browser]) == []


async def test_a_hung_page_is_replaced(supervise: Supervise) -> None:
    es = await supervise()
    reason = await es.recovers_from(lambda: kill(es.processes("--type=renderer"), signal.SIGSTOP))
    assert "not been heard" in reason


async def test_a_site_that_is_down_at_first_is_waited_for(supervise: Supervise, market: Site) -> None:
    await market.stop()
    es = await supervise()
    assert "ERR_CONNECTION_REFUSED" in await es.until_state(ProducerState.STALE)
    await market.start()
    await es.until_state(ProducerState.LIVE)


async def test_once_stopped_it_says_so_and_leaves_no_process(supervise: Supervise) -> None:
    es = await supervise()
    await es.until_count(1)
    left = es.processes()
    assert len(left) > 2
    await es.stop()
    assert es.reports[-1].state is ProducerState.STOPPED
    assert await gone(left) == []


async def test_stopped_while_it_starts_it_leaves_no_process(supervise: Supervise) -> None:
    es = await supervise()
    await es.until(lambda: es.reports or es.processes())
    left = es.processes()
    await es.stop()
    assert await gone([*left, *es.processes()]) == []


async def test_without_a_browser_it_says_how_to_get_one(supervise: Supervise, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKQL_BROWSER", "no-such-program")
    es = await supervise()
    with pytest.raises(BrowserNotFound, match="TICKQL_BROWSER=no-such-program is no program: install one with"):
        await es.task


async def test_a_browser_that_never_starts_ends_it(supervise: Supervise, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKQL_BROWSER", "false")
    es = await supervise()
    with pytest.raises(BrowserBroken, match="does not start"):
        await es.task


@pytest.mark.parametrize(
    ("fault", "rungs"),
    [
        (PageUnreachable(), [Rung.RELOAD, Rung.PAGE, Rung.PAGE, Rung.PAGE]),
        (PageBlank(), [Rung.RELOAD, Rung.PAGE, Rung.PAGE, Rung.PAGE]),
        (PageHung(), [Rung.PAGE, Rung.CONTEXT, Rung.BROWSER, Rung.BROWSER]),
        (PageCrashed(), [Rung.PAGE, Rung.CONTEXT, Rung.BROWSER, Rung.BROWSER]),
        (BrowserGone(), [Rung.BROWSER, Rung.BROWSER, Rung.BROWSER, Rung.BROWSER]),
    ],
)
def test_each_failure_in_a_row_is_answered_with_more(fault: PageFault, rungs: list[Rung]) -> None:
    assert [rung_for(fault, failures) for failures in (1, 2, 3, 4)] == rungs


def test_a_site_that_stays_away_gets_a_new_browser_now_and_then() -> None:
    assert rung_for(PageUnreachable(), 10) is Rung.BROWSER
