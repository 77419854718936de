"""The producer as a service: feed files, a page for each in one browser, one publisher."""

import asyncio
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, NoReturn

from feed import collector
from feed.publisher import Publisher
from feed.settings import FeedSettings
from producer.claims import Claims
from producer.feedfile import FeedFile
from producer.outlet import Outlet
from producer.rig import Rig
from producer.supervisor import Supervisor


async def produce(feed_files: Sequence[Path], settings: FeedSettings) -> None:
    """Watch the pages of feed files and publish their prices, until cancelled.

    Cancelled, it closes the browser, reports itself stopped, and sends what is still spooled (5 s at most).

    Raises:
        FeedFileError: a feed file cannot be used, or two of them not together.
        BrowserNotFound, BrowserBroken, RobotsRefused: see `producer.errors`.
        feed.errors.Fenced: another producer has taken over.
    """
    feeds = [FeedFile.load(path) for path in feed_files]
    Claims(feeds)
    collector.calm()
    async with Publisher(settings, "+".join(feed.name for feed in feeds)) as publisher:
        await _until_one_ends(watch(feeds, publisher), publisher.run())


async def watch(feeds: Sequence[FeedFile], outlet: Outlet) -> NoReturn:
    """Watch the pages of feed files, in one browser, until cancelled. However it ends, no browser is left behind.

    Each page has its own status, and no fault of one disturbs the others; what makes one useless for good ends all.
    The browser has windows if any of the feed files wants one.

    Raises:
        FeedFileError: a feed file cannot be used, or two of them not together.
        BrowserNotFound, BrowserBroken, RobotsRefused: see `producer.errors`.
    """
    claims = Claims(feeds)
    rig = Rig(min((feed.page for feed in feeds), key=lambda page: page.headless))
    try:
        await _until_one_ends(*(Supervisor(feed, outlet, rig, claims).run() for feed in feeds))
    finally:
        await rig.close()
    raise AssertionError("watching has no end of its own")


async def _until_one_ends(*jobs: Coroutine[Any, Any, object]) -> None:
    """Run jobs side by side until one of them ends; end the others, and raise what it raised."""
    tasks = [asyncio.create_task(job) for job in jobs]
    done: set[asyncio.Task[object]] = set()
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
