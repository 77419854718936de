"""Faults of the page, the browser and the driver: the status reports them, and prices come again."""

import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from tests.support.process import gone
from tests.support.site import Site
from tests.support.supervised import TICKING, Supervised, feed, kill
from tickql.feed.status import ProducerState
from tickql.producer.errors import (
    BrowserBroken,
    BrowserGone,
    BrowserNotFound,
    PageBlank,
    PageCrashed,
    PageFault,
    PageHung,
    PageUnreachable,
)
from tickql.producer.watch.page_lifecycle import RestartLevel
from tickql.producer.watch.supervisor import restart_level

LAST = '[[symbol]]\nname = "ES"\nlast = "#last"'


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
            supervised = Supervised(feed("feed", market.url("/"), LAST))
            stack.push_async_callback(supervised.stop)
            return supervised

        yield start


async def test_a_killed_page_is_replaced(supervise: Supervise) -> None:
    es = await supervise()
    assert "process has ended" in await es.recovers_from(lambda: kill(es.processes("--type=renderer")))


@pytest.mark.long
async def test_a_killed_browser_is_replaced(supervise: Supervise) -> None:
    es = await supervise()
    fault = await es.recovers_from(lambda: kill([es.browser()]))
    # Chromium may close its pages before it is gone itself.
    assert "browser has ended" in fault or "the page was closed" in fault


@pytest.mark.long
async def test_a_killed_driver_is_replaced_and_its_browser_ends(supervise: Supervise) -> None:
    es = await supervise()
    await es.until_count(1)
    browser = es.browser()
    assert "the connection to the browser is lost" in await es.recovers_from(lambda: kill(es.processes("run-driver")))
    assert await gone([browser]) == []


@pytest.mark.long
async def test_a_hung_page_is_replaced(supervise: Supervise) -> None:
    es = await supervise()
    reason = await es.recovers_from(lambda: kill(es.processes("--type=renderer"), signal.SIGSTOP))
    assert "no message from the page" in reason


@pytest.mark.long
async def test_a_site_that_is_down_at_first_is_retried_until_it_answers(
    supervise: Supervise, market: Site, caplog: pytest.LogCaptureFixture
) -> None:
    await market.stop()
    es = await supervise()
    assert "ERR_CONNECTION_REFUSED" in await es.until_state(ProducerState.STALE)
    await market.start()
    await es.until_state(ProducerState.LIVE)
    assert "trying again" not in caplog.text, "the status reports it"


async def test_when_stopped_it_reports_stopped_and_leaves_no_process(supervise: Supervise) -> None:
    es = await supervise()
    await es.until_count(1)
    left = es.processes()
    assert len(left) > 2
    await es.stop()
    assert es.reports[-1].state is ProducerState.STOPPED
    assert await gone(left) == []


@pytest.mark.long
async def test_when_stopped_during_its_start_it_leaves_no_process(supervise: Supervise) -> None:
    es = await supervise()
    await es.until(lambda: es.reports or es.processes())
    left = es.processes()
    await es.stop()
    assert await gone([*left, *es.processes()]) == []


async def test_without_a_browser_the_error_names_how_to_get_one(
    supervise: Supervise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TICKQL_BROWSER", "no-such-program")
    es = await supervise()
    with pytest.raises(
        BrowserNotFound, match="TICKQL_BROWSER=no-such-program is not a program: `tickql install-browser`"
    ):
        await es.task


@pytest.mark.parametrize("program", [pytest.param("TICKQL_BROWSER", marks=pytest.mark.long), "PLAYWRIGHT_NODEJS_PATH"])
async def test_a_browser_or_driver_that_never_starts_ends_the_producer(
    supervise: Supervise, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setenv(program, shutil.which("false") or "")
    es = await supervise()
    with pytest.raises(BrowserBroken, match="does not start"):
        await es.task


@pytest.mark.parametrize(
    ("fault", "levels"),
    [
        (PageUnreachable(), [RestartLevel.RELOAD, RestartLevel.PAGE, RestartLevel.PAGE, RestartLevel.PAGE]),
        (PageBlank(), [RestartLevel.RELOAD, RestartLevel.PAGE, RestartLevel.PAGE, RestartLevel.PAGE]),
        (PageHung(), [RestartLevel.PAGE, RestartLevel.CONTEXT, RestartLevel.BROWSER, RestartLevel.BROWSER]),
        (PageCrashed(), [RestartLevel.PAGE, RestartLevel.CONTEXT, RestartLevel.BROWSER, RestartLevel.BROWSER]),
        (BrowserGone(), [RestartLevel.BROWSER, RestartLevel.BROWSER, RestartLevel.BROWSER, RestartLevel.BROWSER]),
    ],
)
def test_each_failure_in_a_row_restarts_more(fault: PageFault, levels: list[RestartLevel]) -> None:
    assert [restart_level(fault, failures) for failures in (1, 2, 3, 4)] == levels


def test_every_tenth_failure_of_a_site_gets_a_new_browser() -> None:
    assert restart_level(PageUnreachable(), 10) is RestartLevel.BROWSER
