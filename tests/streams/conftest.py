"""Real pages that hear of prices without showing them, in a real browser."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from producer.browser import launch_browser
from producer.errors import ProducerError
from producer.feedfile import FeedFile
from producer.plan import observer_script
from producer.source import Source
from producer.tap import Tap
from producer.watch import Watch
from tests.producer.recorder import Recorder
from tests.streams.exchange import Exchange


class Watched(Recorder):
    """A page under watch, and all that came of it."""

    def __init__(self, page: Page, source: Callable[["Watched"], Source]) -> None:
        super().__init__()
        self.page = page
        self.source = source(self)
        self.task: asyncio.Task[Any]

    async def run(self, script: str) -> Any:
        """Run JavaScript in the page, as the page itself would."""
        return await self.page.evaluate(script)


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not there when a page opens is said after a fraction of the usual time."""
    monkeypatch.setattr("producer.sight.SETTLE_US", 500_000)


Watching = Callable[..., Awaitable[Watched]]
_numbers = itertools.count()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    settings = FeedFile.parse('page.url = "http://localhost"\nsymbol = [{name = "ES", last = "b"}]').page
    async with async_playwright() as driver:
        browser = await launch_browser(driver, settings)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_exchange() -> AsyncIterator[Exchange]:
    async with Exchange() as exchange:
        yield exchange


@pytest_asyncio.fixture(loop_scope="session")
async def exchange(shared_exchange: Exchange) -> Exchange:
    """The exchange, with nothing left of the test before."""
    await shared_exchange.until(lambda: not any([*shared_exchange.sockets.values(), *shared_exchange.sources.values()]))
    return shared_exchange


@pytest_asyncio.fixture(loop_scope="session")
async def watch(browser: Browser, exchange: Exchange) -> AsyncIterator[Watching]:
    """Serves a page with some script and watches it by some rules of a feed file."""
    async with AsyncExitStack() as stack:

        async def start(script: str, rules: str, *, page: str = "", body: str = "") -> Watched:
            whole = f"<!doctype html><meta charset=utf-8><title>chart</title>{body}<script>{script}</script>"
            url = exchange.put(f"/page/{next(_numbers)}", whole, kind="text/html")
            feed = FeedFile.parse(f'[page]\nurl = "{url}"\n{page}\n{rules}')
            context = await browser.new_context()
            stack.push_async_callback(context.close)
            watched = Watched(await context.new_page(), lambda outlet: Source(feed, outlet))
            tap = await Tap.open(watched.page, observer_script(feed))
            async with watched.page.expect_event("domcontentloaded"):
                watched.task = asyncio.create_task(Watch(watched.source, tap).run())
                stack.push_async_callback(_cancelled, watched.task)
            return watched

        yield start


async def _cancelled(task: asyncio.Task[Any]) -> None:
    task.cancel()
    try:
        await task
    except (asyncio.CancelledError, ProducerError):
        return
