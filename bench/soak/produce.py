"""The producer under test: `python -m bench.soak.produce FEED RECYCLE_AFTER`, which may be less than in a feed file.

0: the page is not replaced.
"""

import asyncio
import dataclasses
import logging
import sys
from pathlib import Path

from tickql.cli.settings import Settings
from tickql.feed import gc_tuning
from tickql.feed.publisher import Publisher
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.service import watch

_SPOOL_TICKS = 20_000
"""Full within seconds: what still grows then is not the spool."""


async def produce(path: Path, recycle_after_s: float) -> None:
    """Watch and publish until cancelled."""
    feed = FeedFile.load(path)
    feed = dataclasses.replace(feed, page=feed.page.model_copy(update={"recycle_after_s": recycle_after_s or None}))
    gc_tuning.tune_gc()
    async with Publisher(Settings(), feed.name, _SPOOL_TICKS) as publisher:
        await watch([feed], publisher)


if __name__ == "__main__":
    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(produce(Path(sys.argv[1]), float(sys.argv[2])))
