"""Reads the ticks of all producers of `tests.support.lease_holder`, and checks that no two of them write at a time."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.support.background import in_background
from tests.support.lease_holder import SYMBOLS
from tests.support.waiting import DEADLINE_S, PATIENT
from tickql.feed.follower import Follower
from tickql.feed.history import History
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Tick


class Reading:
    """Reads the ticks of all producers and checks them."""

    def __init__(self, settings: FeedSettings) -> None:
        self._settings = settings
        self.ticks: dict[str, list[Tick]] = {symbol: [] for symbol in SYMBOLS}
        self.gaps = 0
        self._progress = asyncio.Condition()

    async def follow(self) -> None:
        async with Follower(self._settings) as follower, asyncio.TaskGroup() as tasks:
            for symbol in SYMBOLS:
                tasks.create_task(self._read(follower, symbol))

    async def _read(self, follower: Follower, symbol: str) -> None:
        async with follower.tail(symbol) as tail:
            while True:
                event = await tail.next()
                self.gaps += event.gap is not None
                async with self._progress:
                    self.ticks[symbol].append(event.tick)
                    self._progress.notify_all()

    async def more(self, term: int, count: int = 50) -> None:
        """Wait for `count` more ticks of a term, of each symbol."""
        wanted = {symbol: self._of(symbol, term) + count for symbol in SYMBOLS}
        async with asyncio.timeout(DEADLINE_S), self._progress:
            await self._progress.wait_for(lambda: all(self._of(symbol, term) >= wanted[symbol] for symbol in SYMBOLS))

    def _of(self, symbol: str, term: int) -> int:
        return sum(tick.ask == str(term) for tick in self.ticks[symbol])

    async def faults(self) -> list[str]:
        """Return the faults in the ticks that were read, and in those that Redis holds in the end."""
        faults = []
        for symbol in SYMBOLS:
            read = list(self.ticks[symbol])
            async with History(self._settings, PATIENT) as history:
                stored = list((await history.page(symbol, last=100_000)).ticks)
            for name, ticks in (("read", read), ("stored", stored)):
                faults += [f"{symbol}, {name}: {fault}" for fault in _faults(ticks)]
            if read != stored[: len(read)]:
                faults.append(f"{symbol}: the ticks read differ from the stored ones")
        return faults


def _faults(ticks: list[Tick]) -> list[str]:
    """No seq may be missing, each term must be in one piece, and each count must be in its term once and in order."""
    faults = [
        f"{other.cursor} after {one.cursor}"
        for one, other in itertools.pairwise(ticks)
        if other.cursor.epoch == one.cursor.epoch and other.cursor.seq != one.cursor.seq + 1
    ]
    terms = [(term, [int(tick.last or 0) for tick in each]) for term, each in itertools.groupby(ticks, term_of)]
    names = [term for term, _ in terms]
    faults += [f"term {term} comes twice" for term in set(names) if names.count(term) > 1]
    for term, counts in terms:
        if counts != list(range(1, len(counts) + 1)):
            faults.append(f"term {term} has {counts[:3]}...{counts[-3:]}, {len(counts)} ticks")
    return faults


def term_of(tick: Tick) -> int:
    """Return the number of the term in which a tick was made."""
    return int(tick.ask or 0)


@asynccontextmanager
async def reading(settings: FeedSettings) -> AsyncIterator[Reading]:
    reader = Reading(settings)
    async with in_background(reader.follow()):
        yield reader
