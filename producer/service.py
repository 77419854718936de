"""The producer as a service: feed files, a page for each in one browser, one publisher."""

import asyncio
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, NoReturn

from feed import collector
from feed.publisher import Publisher
from feed.settings import FeedSettings
from producer.feedfile import FeedFile
from producer.outlet import Outlet
from producer.rig import Rig
from producer.supervisor import Supervisor


async def produce(feed_file: Path, settings: FeedSettings) -> None:
    """Watch the page of a feed file and publish its prices, until cancelled.

    Cancelled, it closes the browser, reports itself stopped, and sends what is still spooled (5 s at most).

    Raises:
        FeedFileError: the feed file cannot be used.
        BrowserNotFound, BrowserBroken, RobotsRefused: see `producer.errors`.
        feed.errors.Fenced: another producer has taken over.
    """
    feed = FeedFile.load(feed_file)
    collector.calm()
    async with Publisher(settings, feed.name) as publisher:
        await _until_one_ends(watch([feed], publisher), publisher.run())


async def watch(feeds: Sequence[FeedFile], outlet: Outlet) -> NoReturn:
    """Watch the pages of feed files, in one browser, until cancelled. However it ends, no browser is left behind.

    Raises:
        FeedFileError: a feed file cannot be used.
        BrowserNotFound, BrowserBroken, RobotsRefused: see `producer.errors`.
    """
    rig = Rig(feeds[0].page)
    try:
        await _until_one_ends(*(Supervisor(feed, outlet, rig).run() for feed in feeds))
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
