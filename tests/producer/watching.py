"""A page in a real browser under watch, and all that came of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from playwright.async_api import Browser, Page

from producer.errors import ProducerError
from producer.feedfile import FeedFile
from producer.plan import observer_script
from producer.source import Source
from producer.tap import Tap
from producer.watch import Watch
from tests.producer.recorder import Recorder


class Watched(Recorder):
    """A page under watch."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self.source: Source
        self.tap: Tap
        self.task: asyncio.Task[Any]

    async def run(self, script: str) -> Any:
        """Run JavaScript in the page, as the page itself would."""
        return await self.page.evaluate(script)


Watching = Callable[..., Awaitable[Watched]]
W = TypeVar("W", bound=Watched)


@asynccontextmanager
async def watching(
    browser: Browser, feed: FeedFile, kind: Callable[[Page], W], *, opened: str = "domcontentloaded"
) -> AsyncIterator[W]:
    """The page of a feed file in a context of its own, once it has got as far as the event `opened`."""
    async with await browser.new_context(viewport={"width": 1280, "height": 1000}) as context:
        watched = kind(await context.new_page())
        watched.tap = await Tap.open(watched.page, observer_script(feed))
        watched.source = Source(feed, watched)
        try:
            async with watched.page.expect_event(opened):
                watched.task = asyncio.create_task(Watch(watched.source, watched.tap).run())
            yield watched
        finally:
            watched.task.cancel()
            with suppress(asyncio.CancelledError, ProducerError):
                await watched.task
