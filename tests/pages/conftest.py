"""The pages, each watched by its own feed file while it plays."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import replace

import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from producer.browser import launch_browser
from producer.errors import ProducerError
from producer.feedfile import FeedFile
from producer.plan import observer_script
from producer.source import Source
from producer.tap import Tap
from producer.watch import Watch
from tests.pages.server import PAGES, PagesServer
from tests.pages.truth import Shown
from tests.producer.recorder import Recorder

PERIOD_MS = 40
STEPS = 15


class Played(Recorder):
    """A page that plays, and what is published of it."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self.source: Source
        self.watching: asyncio.Task[object]

    async def shown(self) -> Shown:
        """All that the page has shown, once it is at its end."""
        shown: dict[str, dict[str, list[str]]] = defaultdict(dict)
        for frame in self.page.frames:
            given = await frame.evaluate("Promise.resolve(window.finished).then(() => window.shown ?? {})")
            for symbol, prices in given.items():
                shown[symbol].update(prices)
        return shown


Play = Callable[..., Awaitable[Played]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    settings = FeedFile.load(PAGES / "sorted" / "feed.toml").page
    async with async_playwright() as driver:
        browser = await launch_browser(driver, settings)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pages() -> AsyncIterator[PagesServer]:
    async with PagesServer() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def play(browser: Browser, pages: PagesServer) -> AsyncIterator[Play]:
    """Opens a page by name, watched by its feed file."""
    async with AsyncExitStack() as stack:

        async def start(name: str, steps: int = STEPS) -> Played:
            feed = FeedFile.load(PAGES / name / "feed.toml")
            url = pages.url(name, steps=steps, period=PERIOD_MS)
            feed = replace(feed, page=feed.page.model_copy(update={"url": url}))
            context = await browser.new_context(viewport={"width": 1280, "height": 1000})
            stack.push_async_callback(context.close)
            played = Played(await context.new_page())
            tap = await Tap.open(played.page, observer_script(feed))
            played.source = Source(feed, played)
            async with played.page.expect_event("load"):
                played.watching = asyncio.create_task(Watch(played.source, tap).run())
                stack.push_async_callback(_cancelled, played.watching)
            return played

        yield start


async def _cancelled(task: asyncio.Task[object]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError, ProducerError):
        await task
