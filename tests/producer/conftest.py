"""Real pages in a real browser. One browser for all that leave it alive; the supervision tests start their own."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

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
from tests.producer.site import Site


class Watched(Recorder):
    """A page under watch, and all that came of it."""

    def __init__(self, page: Page, site: Site) -> None:
        super().__init__()
        self.page = page
        self.site = site
        self.source: Source
        self.task: asyncio.Task[Any]
        self.tap: Tap

    async def run(self, script: str) -> Any:
        """Run JavaScript in the page, as the page itself would."""
        return await self.page.evaluate(script)


_numbers = itertools.count()
Watching = Callable[..., Awaitable[Watched]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    settings = FeedFile.parse('page.url = "http://localhost"\nsymbol = [{name = "ES", last = "b"}]').page
    async with async_playwright() as driver:
        browser = await launch_browser(driver, settings)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def site() -> AsyncIterator[Site]:
    async with Site() as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def watch(browser: Browser, site: Site) -> AsyncIterator[Watching]:
    """Serves a page with some body and watches it by some rules of a feed file."""
    async with AsyncExitStack() as stack:

        async def start(body: str, rules: str, *, page: str = "", **headers: str) -> Watched:
            whole = f"<!doctype html><meta charset=utf-8><title>board</title>{body}"
            url = site.put(f"/{next(_numbers)}", whole, **headers)
            feed = FeedFile.parse(f'[page]\nurl = "{url}"\n{page}\n{rules}')
            context = await browser.new_context(viewport={"width": 1280, "height": 1000})
            stack.push_async_callback(context.close)
            watched = Watched(await context.new_page(), site)
            watched.tap = await Tap.open(watched.page, observer_script(feed))
            watched.source = Source(feed, watched)
            async with watched.page.expect_event("domcontentloaded"):
                watched.task = asyncio.create_task(Watch(watched.source, watched.tap).run())
                stack.push_async_callback(_cancelled, watched.task)
            return watched

        yield start


async def _cancelled(task: asyncio.Task[Any]) -> None:
    task.cancel()
    try:
        await task
    except (asyncio.CancelledError, ProducerError):
        return
