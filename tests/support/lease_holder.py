"""A program that produces ticks without a page: `python -m tests.support.lease_holder URL NAMESPACE [take-over]`.

A term is a time in which it holds the lease. It prints the number of each term. Its ticks carry the number of the term
as ASK and a running count as LAST.
"""

import asyncio
import itertools
import logging
import os
import signal
import sys

from tickql.feed.errors import LeaseLost
from tickql.feed.lease import Lease
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Quote

SOURCE = "board"
SYMBOLS = ("ES", "NQ")
_PUBLISH_S = 0.005


async def main(settings: FeedSettings, take_over: bool) -> None:
    """Publish in every term until SIGTERM."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    running = asyncio.create_task(_terms(settings, take_over))
    await asyncio.wait([running, asyncio.create_task(stopping.wait())], return_when=asyncio.FIRST_COMPLETED)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def _terms(settings: FeedSettings, take_over: bool) -> None:
    for number in itertools.count(1):
        async with Lease(settings, SOURCE, take_over=take_over and number == 1) as lease:
            term = int(f"{os.getpid()}{number:03}")
            try:
                async with Publisher(settings, SOURCE, lease=lease) as publisher, asyncio.TaskGroup() as tasks:
                    tasks.create_task(publisher.wait_until_fenced())
                    print("term", term, flush=True)  # noqa: T201
                    tasks.create_task(_write(publisher, term))
            except* LeaseLost as lost:
                print("lost:", lost.exceptions[0], flush=True)  # noqa: T201


async def _write(publisher: Publisher, term: int) -> None:
    for count in itertools.count(1):
        for symbol in SYMBOLS:
            publisher.publish(Quote(symbol, str(term), None, str(count), 1_700_000_000_000_000 + count))
        await asyncio.sleep(_PUBLISH_S)


if __name__ == "__main__":
    logging.basicConfig(level="INFO", stream=sys.stdout, format="%(message)s")
    asyncio.run(main(FeedSettings(redis_url=sys.argv[1], namespace=sys.argv[2]), "take-over" in sys.argv))
