"""A system with its clients and a delivery checker: what chaos runs and the soak have in common."""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.chaos.system.fault import Fault, allowed_after
from tests.chaos.system.readers import Reader
from tests.chaos.system.system import System
from tests.support.delivery_checker import DeliveryChecker
from tests.support.graphql_client import Api
from tests.support.journal import Journal
from tests.support.waiting import until
from tickql.feed.codec import decode_tick

NAIVE = "naive twin"
"""The name of the reader whose broken promises prove that the faults are no play."""
RECOVERY_S = 120.0
"""How long after the last fault every client must have a new tick, and then the last one. What is measured is seconds;
the rest is for machines that are busy with other things."""
_POLL_S = 0.05


class Session:
    """Judges what the clients of a system receive. An async context manager: entered, every client has a tick.

    `readers`: makes the clients, once the system runs. `journal`: a file for all events; `None`: none is written.
    `keeps_all`: whether Redis keeps all ticks.
    """

    def __init__(
        self,
        system: System,
        readers: Callable[[System, Journal], list[Reader]],
        journal: Path | None,
        keeps_all: bool = True,
        kept_contents: int | None = None,
    ) -> None:
        self.system = system
        self.caused: list[Fault] = []
        """The faults so far."""
        self.readers: list[Reader] = []
        self.checker = DeliveryChecker(allowed_after((), keeps_all), kept_contents)
        self.journal = Journal(journal, self.checker.take)
        self._make_readers = readers
        self._keeps_all = keeps_all
        self._reading: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self.system.__aenter__()
        self.readers = self._make_readers(self.system, self.journal)
        self._reading = [asyncio.create_task(reader.run()) for reader in self.readers]
        if len(await self._heard(0.0)) < len(self.readers):
            await self.__aexit__(None, None, None)
            raise TimeoutError("clients have no tick before the first fault: this machine is too busy")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._reading:
            task.cancel()
        await asyncio.gather(*self._reading, return_exceptions=True)
        await self.system.__aexit__(kind, error, trace)
        self.journal.close()

    async def cause(self, fault: Fault, chance: random.Random) -> None:
        """Cause a fault. Returns when its cause is gone."""
        self.caused.append(fault)
        self.checker.allowed = allowed_after(self.caused, self._keeps_all)
        self.journal.write("fault", {"name": fault.name, "at": time.time()})
        await fault.cause(self.system, chance)
        self.journal.write("healed", {"name": fault.name, "at": time.time()})

    async def until_heard(self, since_s: float) -> dict[str, float]:
        """Wait until every client has a tick that was made after `since_s`. Returns how many seconds each waited."""
        waited_s = await self._heard(since_s)
        for reader in self.readers:
            if str(reader) not in waited_s:
                self._broken(reader.name, f"no tick of {reader.symbol} within {RECOVERY_S:g} s after the faults")
        return waited_s

    async def _heard(self, since_s: float) -> dict[str, float]:
        """Wait for the same, for at most `RECOVERY_S`. A client that has none is not in the result."""
        begin_s = time.monotonic()
        waited_s: dict[str, float] = {}

        def all_heard() -> bool:
            for reader in self.readers:
                if reader.made_s > since_s:
                    waited_s.setdefault(str(reader), round(time.monotonic() - begin_s, 2))
            return len(waited_s) == len(self.readers)

        with suppress(TimeoutError):
            await _until(all_heard)
        return waited_s

    async def finish(self) -> None:
        """End the making of ticks, and wait until all clients have the last one. Compare with Redis and the servers."""
        term, last = await self.system.producers.active.finish()
        for producer in self.system.producers.all:
            for its_term, number in {term: number for term, number, _ in producer.confirmed()}.items():
                self._write("confirmed", its_term, number)
        self._write("generated", term, last)
        with suppress(TimeoutError):
            await _until(lambda: set(self.checker.readers_behind()) <= {NAIVE})
        for symbol in self.system.symbols:
            for tick in map(decode_tick, await self.system.stored(symbol)):
                self._stored(symbol, str(tick.cursor), tick.ask, tick.bid, tick.last)
        for server in self.system.servers:
            await self._ask(server.url)
            for line in server.errors:
                self._broken("a server's log", line)

    def violations(self) -> list[str]:
        """Return a sentence for each promise that was broken, other than to the naive twin."""
        return [fault for fault in self.checker.faults() if not fault.startswith(f"{NAIVE}: ")]

    async def _ask(self, url: str) -> None:
        query = "query ($symbols: [String!]) { lastPrices(symbols: $symbols) { symbol cursor ask bid last } }"
        ticks: list[dict[str, Any]] = []

        async def has_all() -> bool:
            # The set of symbols may just have been deleted: the producer registers them again each two seconds.
            ticks[:] = (await Api(url).query(query, symbols=list(self.system.symbols)))["lastPrices"]
            return len(ticks) == len(self.system.symbols)

        with suppress(AssertionError):
            await until(has_all)
        if len(ticks) != len(self.system.symbols):
            self._broken(url, f"has {len(ticks)} last prices")
        for tick in ticks:
            self._stored(tick["symbol"], tick["cursor"], tick["ask"], tick["bid"], tick["last"])

    def _stored(self, symbol: str, cursor: str, *prices: str | None) -> None:
        self.journal.write("stored", {"symbol": symbol, "cursor": cursor, "content": " ".join(map(str, prices))})

    def _write(self, kind: str, term: int, number: int) -> None:
        for symbol in self.system.symbols:
            self.journal.write(kind, {"symbol": symbol, "term": term, "number": number})

    def _broken(self, reader: str, what: str) -> None:
        self.journal.write("broken", {"reader": reader, "what": what})


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(RECOVERY_S):
        while not holds():  # noqa: ASYNC110 - no event announces it
            await asyncio.sleep(_POLL_S)
