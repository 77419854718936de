"""A program that produces ticks without a page: `python -m tests.support.lease_holder URL NAMESPACE`.

A term is a time in which it holds the lease. It prints the number of each term. Its ticks carry the number of the term
as ASK, the time at which they were made as BID (Unix seconds), and a running count as LAST: the same for all symbols.
"""

import argparse
import asyncio
import itertools
import json
import logging
import os
import random
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from tests.support.market import skewed_clock
from tickql.feed.errors import LeaseLost
from tickql.feed.lease import Lease
from tickql.feed.publisher import Publisher
from tickql.feed.race import race
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Quote

SOURCE = "board"
SYMBOLS = ("ES", "NQ")
_BURSTS = (0, 1, 1, 1, 2)
"""Ticks of each symbol in a round: one in the mean."""
_JOURNAL_S = 0.02


class TermJournal:
    """Writes how many ticks of the term Redis has confirmed for certain. `file`: `None` writes nothing.

    A line that is `last` says that no more ticks will be made.
    """

    def __init__(self, file: IO[str] | None, term: int) -> None:
        self._file = file
        self._term = term
        self._due_s = 0.0

    def confirmed(self, count: int, *, last: bool = False) -> None:
        now_s = time.monotonic()
        if self._file is not None and (last or now_s >= self._due_s):
            self._due_s = now_s + _JOURNAL_S
            self._file.write(json.dumps({"term": self._term, "confirmed": count, "last": last}) + "\n")
            self._file.flush()


async def main(given: argparse.Namespace) -> None:
    """Publish in every term until SIGTERM. SIGUSR1 ends only the making of ticks."""
    stopping = asyncio.Event()
    given.enough = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, given.enough.set)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    running = asyncio.create_task(_terms(given))
    await asyncio.wait([running, asyncio.create_task(stopping.wait())], return_when=asyncio.FIRST_COMPLETED)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def _terms(given: argparse.Namespace) -> None:
    settings = FeedSettings(redis_url=given.url, namespace=given.namespace, history_ticks=given.history)
    with ExitStack() as stack:
        file = None if given.journal is None else stack.enter_context(given.journal.open("a"))
        for number in itertools.count(1):
            async with Lease(settings, SOURCE, take_over=given.take_over and number == 1) as lease:
                lease.succession.is_ready = True
                await lease.acquire()
                publisher = Publisher(settings, SOURCE, lease=lease, clock_us=skewed_clock(-given.behind))
                try:
                    await _hold(lease, publisher, int(f"{os.getpid()}{number:03}"), given, file)
                except LeaseLost as lost:
                    print("lost:", lost, flush=True)  # noqa: T201


async def _hold(lease: Lease, publisher: Publisher, term: int, given: argparse.Namespace, file: IO[str] | None) -> None:
    journal = TermJournal(file, term)
    generated = [0]
    claimed = asyncio.Event().wait if given.keep else lease.succession.wait_for_claim
    try:
        async with publisher:
            print("term", term, flush=True)  # noqa: T201
            await race(publisher.wait_until_fenced(), _write(publisher, term, given, generated, journal), claimed())
            print("handed over", flush=True)  # noqa: T201
    finally:
        # The publisher has sent what was left.
        if not publisher.unconfirmed:
            journal.confirmed(generated[0], last=True)


async def _write(
    publisher: Publisher, term: int, given: argparse.Namespace, generated: list[int], journal: TermJournal
) -> None:
    bursts = random.Random(term)
    while not generated[0] or not given.enough.is_set():
        for _ in range(bursts.choice(_BURSTS)):
            generated[0] += 1
            now_us = time.time_ns() // 1_000
            bid = f"{now_us // 1_000_000}.{now_us % 1_000_000:06}"
            for symbol in given.symbols:
                publisher.publish(Quote(symbol, str(term), bid, str(generated[0]), now_us))
        await asyncio.sleep(1 / given.hz)
        if not publisher.unconfirmed:
            journal.confirmed(generated[0])
    await publisher.flush()
    journal.confirmed(generated[0], last=True)
    await publisher.wait_until_fenced()


if __name__ == "__main__":
    logging.basicConfig(level="INFO", stream=sys.stdout, format="%(message)s")
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("namespace")
    parser.add_argument("--take-over", action="store_true", help="replace the present holder")
    parser.add_argument("--keep", action="store_true", help="hand the lease over to nobody")
    parser.add_argument("--symbols", nargs="+", default=SYMBOLS)
    parser.add_argument("--hz", type=float, default=200.0, help="rounds a second")
    parser.add_argument("--history", type=int, default=100_000, help="ticks kept in Redis, of each symbol")
    parser.add_argument("--behind", type=int, default=0, help="seconds that the clock of this host is behind")
    parser.add_argument("--journal", type=Path, default=None, help="file for what Redis has confirmed")
    asyncio.run(main(parser.parse_args()))
