"""A page in a real browser under watch, with a recorder of its quotes and reports."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from playwright.async_api import Browser, Page

from tests.support.recorder import Recorder
from tickql.producer.capture.observer_client import ObserverClient
from tickql.producer.capture.observer_config import observer_script
from tickql.producer.errors import ProducerError
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.timings import DEFAULT_TIMINGS, Timings
from tickql.producer.watch.feed_source import FeedSource
from tickql.producer.watch.page_watcher import PageWatcher


class Watched(Recorder):
    """A page under watch."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self.source: FeedSource
        self.observer: ObserverClient
        self.task: asyncio.Task[Any]

    async def run(self, script: str) -> Any:
        """Run JavaScript in the page, as the page itself would."""
        return await self.page.evaluate(script)


FAST = Timings(settle_s=0.5)
"""Missing fields are reported after a fraction of the usual grace period: pages of tests are complete at once."""

BOARD_TABLE = """
[[table]]
rows = "#board tr"
symbol = "td:nth-child(1)"
ask = "td:nth-child(2)"
bid = "td:nth-child(3)"
last = "td:nth-child(4)"
"""
"""For a board of plain cells: symbol, ask, bid, last."""

Watching = Callable[..., Awaitable[Watched]]
W = TypeVar("W", bound=Watched)


@asynccontextmanager
async def watching(
    browser: Browser,
    feed: FeedFile,
    kind: Callable[[Page], W],
    *,
    opened: str = "domcontentloaded",
    timings: Timings = DEFAULT_TIMINGS,
) -> AsyncIterator[W]:
    """Watch the page of a feed file in a separate context, from the page's event `opened` on."""
    async with await browser.new_context(viewport={"width": 1280, "height": 1000}) as context:
        watched = kind(await context.new_page())
        watched.observer = await ObserverClient.open(watched.page, observer_script(feed, timings), timings)
        watched.source = FeedSource(feed, watched, timings=timings)
        try:
            async with watched.page.expect_event(opened):
                watched.task = asyncio.create_task(PageWatcher(watched.source, watched.observer).run())
            yield watched
        finally:
            watched.task.cancel()
            with suppress(asyncio.CancelledError, ProducerError):
                await watched.task
