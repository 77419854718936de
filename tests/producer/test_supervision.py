"""Faults of the page, the browser and the driver: what the status says, and that prices come again."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
import pytest_asyncio

from feed.status import ProducerState
from producer.errors import (
    BrowserBroken,
    BrowserGone,
    BrowserNotFound,
    FeedFileError,
    PageBlank,
    PageCrashed,
    PageFault,
    PageHung,
    PageUnreachable,
    RobotsRefused,
)
from producer.feedfile import FeedFile
from producer.rig import Rung
from producer.supervisor import Supervisor, rung_for
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
        self.task: asyncio.Task[NoReturn] = asyncio.create_task(Supervisor(feed, self).run())

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

        async def start(rules: str = LAST, page: str = "", recycle_after_s: float | None = None) -> Supervised:
            feed = FeedFile.parse(f'[page]\nurl = "{market.url("/")}"\n{page}\n{rules}')
            settings = feed.page.model_copy(update={"recycle_after_s": recycle_after_s})
            supervised = Supervised(replace(feed, page=settings))
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


async def test_an_aged_page_is_replaced_without_a_word_of_trouble(supervise: Supervise, market: Site) -> None:
    es = await supervise(recycle_after_s=1)
    await es.until(lambda: market.requests.count("/") >= 2 and len(es.quotes) > 5)
    assert ProducerState.STALE not in [report.state for report in es.reports]


async def test_a_site_that_is_down_at_first_is_waited_for(supervise: Supervise, market: Site) -> None:
    await market.stop()
    es = await supervise()
    assert "ERR_CONNECTION_REFUSED" in await es.until_state(ProducerState.STALE)
    await market.start()
    await es.until_state(ProducerState.LIVE)


async def test_an_http_error_is_waited_out(supervise: Supervise, market: Site) -> None:
    market.put("/", "<b id=last>busy</b>", status="503 Service Unavailable")
    es = await supervise()
    assert "HTTP 503" in await es.until_state(ProducerState.STALE)
    market.put("/", TICKING)
    await es.until_state(ProducerState.LIVE)


async def test_an_address_that_does_not_load_is_left_again(supervise: Supervise, market: Site) -> None:
    leaving = TICKING + "<script>setTimeout(() => { location.href = 'http://127.0.0.1:9/' }, 500)</script>"
    market.put("/", leaving)
    es = await supervise()
    await es.until_count(1)
    market.put("/", TICKING)
    assert "does not load" in await es.until_state(ProducerState.STALE)
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


async def test_a_selector_that_the_browser_refuses_ends_it(supervise: Supervise) -> None:
    es = await supervise('[[symbol]]\nname = "ES"\nlast = "#last:nosuch"')
    with pytest.raises(FeedFileError, match="'#last:nosuch'"):
        await es.task


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


async def test_robots_txt_is_obeyed_where_the_feed_file_says_so(supervise: Supervise, market: Site) -> None:
    market.put("/robots.txt", "User-agent: *\nDisallow: /")
    es = await supervise(page='robots = "obey"')
    with pytest.raises(RobotsRefused, match=r"/robots\.txt disallows"):
        await es.task
    assert market.requests == ["/robots.txt"]


async def test_robots_txt_is_only_a_warning_otherwise(
    supervise: Supervise, market: Site, caplog: pytest.LogCaptureFixture
) -> None:
    market.put("/robots.txt", "User-agent: *\nDisallow: /")
    es = await supervise()
    await es.until_count(1)
    assert [record.message for record in caplog.records if "robots.txt disallows" in record.message]


@pytest.mark.parametrize(
    ("fault", "rungs"),
    [
        (PageUnreachable(), [Rung.RELOAD, Rung.PAGE, Rung.PAGE, Rung.PAGE]),
        (PageBlank(), [Rung.RELOAD, Rung.PAGE, Rung.PAGE, Rung.PAGE]),
        (PageHung(), [Rung.PAGE, Rung.CONTEXT, Rung.BROWSER, Rung.DRIVER]),
        (PageCrashed(), [Rung.PAGE, Rung.CONTEXT, Rung.BROWSER, Rung.DRIVER]),
        (BrowserGone(), [Rung.BROWSER, Rung.DRIVER, Rung.DRIVER, Rung.DRIVER]),
    ],
)
def test_each_failure_in_a_row_is_answered_with_more(fault: PageFault, rungs: list[Rung]) -> None:
    assert [rung_for(fault, failures) for failures in (1, 2, 3, 4)] == rungs


def test_a_site_that_stays_away_gets_a_new_browser_now_and_then() -> None:
    assert rung_for(PageUnreachable(), 10) is Rung.BROWSER
