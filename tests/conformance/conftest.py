"""The conformance pages, each watched by its own feed file while it plays the market."""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest_asyncio
from playwright.async_api import Browser

from tests.conformance.pages.server import PAGES, ConformanceSite
from tests.conformance.pages.truth import Shown
from tests.support.watching import Watched, watching
from tickql.producer.feedfile.feed_file import FeedFile

PERIOD_MS = 40
STEPS = 15


class Played(Watched):
    """A page that plays the market, and the quotes that are published."""

    async def shown(self) -> Shown:
        """Return all prices that the page has shown, once its play is over."""
        shown: dict[str, dict[str, list[str]]] = defaultdict(dict)
        for frame in self.page.frames:
            prices_of = await frame.evaluate("Promise.resolve(window.finished).then(() => window.shown ?? {})")
            for symbol, prices in prices_of.items():
                shown[symbol].update(prices)
        return shown


Play = Callable[..., Awaitable[Played]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pages() -> AsyncIterator[ConformanceSite]:
    async with ConformanceSite() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def play(browser: Browser, pages: ConformanceSite) -> AsyncIterator[Play]:
    """Open a page by name, and watch it by its feed file."""
    async with AsyncExitStack() as stack:

        async def start(name: str, steps: int = STEPS) -> Played:
            feed = FeedFile.load(PAGES / name / "feed.toml")
            url = pages.page(name, steps=steps, period=PERIOD_MS)
            feed = replace(feed, page=feed.page.model_copy(update={"url": url}))
            return await stack.enter_async_context(watching(browser, feed, Played, opened="load"))

        yield start
