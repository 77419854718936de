"""The producer as a service: one feed file, one page, one publisher."""

import asyncio
from pathlib import Path

from feed import collector
from feed.publisher import Publisher
from feed.settings import FeedSettings
from producer.feedfile import FeedFile
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
    supervisor = Supervisor(feed, publisher := Publisher(settings, feed.name))
    async with publisher:
        watching = asyncio.create_task(supervisor.run())
        publishing = asyncio.create_task(publisher.run())
        try:
            done, _ = await asyncio.wait([watching, publishing], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (watching, publishing):
                task.cancel()
            await asyncio.gather(watching, publishing, return_exceptions=True)
        for task in done:
            task.result()
