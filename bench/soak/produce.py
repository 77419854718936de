"""The producer under test: `python -m bench.soak.produce FEED RECYCLE_AFTER`, which may be less than in a feed file.

0: the page is not replaced.
"""

import asyncio
import dataclasses
import logging
import sys
from pathlib import Path

from feed import collector
from feed.publisher import Publisher
from producer.feedfile import FeedFile
from producer.service import watch
from tickql.settings import Settings

_SPOOL_TICKS = 20_000
"""Full within seconds: what still grows then is not the spool."""


async def produce(path: Path, recycle_after_s: float) -> None:
    """Watch and publish for ever."""
    feed = FeedFile.load(path)
    feed = dataclasses.replace(feed, page=feed.page.model_copy(update={"recycle_after_s": recycle_after_s or None}))
    collector.calm()
    async with Publisher(Settings(), feed.name, _SPOOL_TICKS) as publisher:
        await watch([feed], publisher)


if __name__ == "__main__":
    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(produce(Path(sys.argv[1]), float(sys.argv[2])))
