"""Runs a soak of the system: 200 clients of four transports, one API server for each, and a fault at regular times."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil

from bench.process_tree import GONE, cpu_s, open_files, pss_kb
from bench.soak.record import Fault as FaultTime
from tests.chaos.soak.record import Size, SystemRecord
from tests.chaos.system.fault import Fault
from tests.chaos.system.process_faults import kill_all_servers, kill_server, restart_servers
from tests.chaos.system.readers import KINDS, Kind, Reader
from tests.chaos.system.run import FAULTS
from tests.chaos.system.session import Session
from tests.chaos.system.system import System
from tests.support.journal import Journal

TRANSPORTS = ("graphql-transport-ws", "plain websocket", "sse", "multipart")
"""Each has its own API server, so that the memory of that process is that of the transport."""
_OTHERS = {"graphql-transport-ws": ("latest", "board"), "sse": ("paced sse",)}
"""Kinds that a tenth of the clients of a transport are, each."""
_HISTORY_TICKS = 2_000
_WEIGH_S = 5.0
_RESTARTS_UNTIL = 0.25
"""Share of the time in which servers end: afterwards their memory is compared."""


class SystemSoak:
    """One soak. `clients` subscribe to `symbols`, in turn; each symbol has `rate_hz` ticks a second."""

    def __init__(self, folder: Path, symbols: int, rate_hz: float, clients: int, every_s: float, seed: int) -> None:
        self.record = SystemRecord()
        self._symbols = [f"S{number:02}" for number in range(1, symbols + 1)]
        self._clients = clients
        self._every_s = every_s
        self._chance = random.Random(seed)
        self._begin_s = time.time()
        self._counted: Counter[str] = Counter()
        self._system = System(folder, self._symbols, rate_hz, len(TRANSPORTS), _HISTORY_TICKS)

    async def run(self, seconds: float, say: Callable[[str], None]) -> SystemRecord:
        """Run for `seconds` seconds, and judge."""
        record = self.record
        async with Session(self._system, self._readers, None, False, kept_contents=2 * _HISTORY_TICKS) as session:
            self._begin_s = time.time()
            async with self._weighing(session):
                await self._cause_faults(session, seconds, say)
            await session.finish()
            record.gaps = dict(session.checker.gaps)
            record.breaks = sum(sum(reader.breaks.values()) for reader in session.readers)
        record.violations = session.violations()
        return record

    @property
    def _now_s(self) -> float:
        return time.time() - self._begin_s

    def _readers(self, system: System, journal: Journal) -> list[Reader]:
        addresses = dict(zip(TRANSPORTS, system.addresses, strict=True))
        return [
            Reader(
                f"{transport} {number}", self._kind(transport, number), self._symbols[number % len(self._symbols)],
                [addresses[transport]], journal, random.Random(self._chance.random()),
            )
            for transport in TRANSPORTS
            for number in range(self._clients // len(TRANSPORTS))
        ]  # fmt: skip

    def _kind(self, transport: str, number: int) -> Kind:
        kinds = {kind.name: kind for kind in KINDS}
        others = _OTHERS.get(transport, ())
        return kinds[others[number % 10] if number % 10 < len(others) else transport]

    async def _cause_faults(self, session: Session, seconds: float, say: Callable[[str], None]) -> None:
        faults = self._faults(seconds)
        while self._now_s + self._every_s < seconds:
            begin_s = self._now_s
            fault = next(faults)
            await session.cause(fault, random.Random(self._chance.random()))
            self.record.faults.append(FaultTime(fault.name, int(begin_s * 1e6), int(self._now_s * 1e6)))
            waited_s = await session.until_heard(time.time())
            self.record.recovered_s.append(max(waited_s.values(), default=0.0))
            say(f"{begin_s:7.1f} s  {fault.name}: heard again after {self.record.recovered_s[-1]:.1f} s")
            await asyncio.sleep(begin_s + self._every_s - self._now_s)
        await asyncio.sleep(seconds - self._now_s)

    def _faults(self, seconds: float) -> Iterator[Fault]:
        """Yield every fault once before any comes again."""
        ending = {kill_server, kill_all_servers, restart_servers}
        while True:
            for fault in self._chance.sample(FAULTS, len(FAULTS)):
                if fault.cause not in ending or self._now_s < seconds * _RESTARTS_UNTIL:
                    yield fault

    @asynccontextmanager
    async def _weighing(self, session: Session) -> AsyncIterator[None]:
        task = asyncio.create_task(self._weigh(session))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _weigh(self, session: Session) -> None:
        counted_s = self._now_s
        while True:
            pids = {
                transport: server.process.pid
                for transport, server in zip(TRANSPORTS, self._system.servers, strict=True)
            }
            pids |= {"redis": self._system.redis.pid, "producer": self._system.producers.active.process.pid}
            for name, pid in pids.items():
                with suppress(*GONE):
                    processes = [psutil.Process(pid)] if pid else []
                    if mb := pss_kb(processes) * 1024 / 1e6:
                        size = Size(self._now_s, pid, mb, open_files(processes), cpu_s(pid))
                        self.record.sizes.setdefault(name, []).append(size)
            await asyncio.sleep(_WEIGH_S)
            self._count(session, counted_s)
            counted_s = self._now_s

    def _count(self, session: Session, since_s: float) -> None:
        """Record the events a second since the last time."""
        received: Counter[str] = Counter()
        for reader in session.readers:
            received[reader.name.rpartition(" ")[0]] += reader.received
        for transport, count in received.items():
            rate = (count - self._counted[transport]) / (self._now_s - since_s)
            self.record.received.setdefault(transport, Counter())[int(self._now_s)] = round(rate)
        self._counted = received
