"""One chaos run: faults by a seed, and what the delivery checker finds."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.system import cluster_faults, link_faults, process_faults, redis_faults, sentinel_faults
from tests.chaos.system.cluster_system import ClusterSystem
from tests.chaos.system.fault import Fault
from tests.chaos.system.outcome import Outcome
from tests.chaos.system.readers import KINDS, Kind, Reader, following, naive
from tests.chaos.system.sentinel_system import SentinelSystem
from tests.chaos.system.session import NAIVE, Session
from tests.chaos.system.system import System
from tests.chaos.system.transports import redis_ticks
from tests.support.journal import Journal
from tickql.feed.redis_address import ServerKind

FAULTS = (*redis_faults.FAULTS, *link_faults.FAULTS, *process_faults.FAULTS)
_FAULTS_OF = {
    ServerKind.SINGLE: FAULTS,
    ServerKind.CLUSTER: cluster_faults.FAULTS,
    ServerKind.SENTINEL: sentinel_faults.FAULTS,
}
_SYSTEMS = {ServerKind.SINGLE: System, ServerKind.CLUSTER: ClusterSystem, ServerKind.SENTINEL: SentinelSystem}
SYMBOLS = ("ES", "NQ")
_RATE_HZ = 50.0
_ALL_TICKS, _FEW_TICKS = 100_000, 300
_AT_ONCE = 2
"""The most faults at the same time."""


@dataclass(frozen=True)
class Plan:
    """What a seed decides: the kinds of faults, and how many ticks Redis keeps. `servers`: what Redis is."""

    seed: int
    faults: Sequence[Fault]
    history_ticks: int = _ALL_TICKS
    servers: ServerKind = ServerKind.SINGLE

    @classmethod
    def of(cls, seed: int, servers: ServerKind = ServerKind.SINGLE) -> "Plan":
        """Return the plan of a seed: one kind of fault alone, some, or all."""
        chance = random.Random(seed)
        all_faults = _FAULTS_OF[servers]
        count = min(len(all_faults), chance.choice((1, 3, 6, 12, len(all_faults), len(all_faults))))
        faults = chance.sample(all_faults, count)
        return cls(seed, faults, chance.choice((_ALL_TICKS, _ALL_TICKS, _ALL_TICKS, _FEW_TICKS)), servers)

    @classmethod
    def alone(cls, seed: int, servers: ServerKind = ServerKind.SINGLE) -> "Plan":
        """Return a plan with one kind of fault: those of as many seeds in a row as there are kinds have all of them."""
        all_faults = _FAULTS_OF[servers]
        return cls(seed, [all_faults[seed % len(all_faults)]], servers=servers)


@dataclass
class ChaosRun:
    """Runs a plan for `seconds` of faults. `folder`: for the data, logs and journal of the run."""

    plan: Plan
    seconds: float
    folder: Path
    kinds: Sequence[Kind] = KINDS
    servers: int = 2
    caused: list[Fault] = field(default_factory=list)

    async def run(self) -> Outcome:
        """Run it to its end, and judge."""
        begin_s = time.monotonic()
        self._chance = random.Random(self.plan.seed)
        kind = _SYSTEMS[self.plan.servers]
        system = kind(self.folder, SYMBOLS, _RATE_HZ, self.servers, self.plan.history_ticks)
        keeps_all = self.plan.history_ticks == _ALL_TICKS
        async with Session(system, self._readers, self.folder / "journal.jsonl", keeps_all) as session:
            self.caused = session.caused
            await self._cause_faults(session)
            recovered_s = await session.until_heard(time.time())
            await session.finish()
        return Outcome(
            self.plan.seed,
            [fault.name for fault in self.caused],
            session.violations(),
            session.checker.faults(NAIVE),
            time.monotonic() - begin_s,
            recovered_s,
            {str(reader): reader.received for reader in session.readers},
            {str(reader): dict(reader.breaks) for reader in session.readers},
            dict(session.checker.gaps),
        )

    def _readers(self, system: System, journal: Journal) -> list[Reader]:
        near_redis = system.near_redis
        kinds = [
            *self.kinds,
            Kind("feed follower", following(near_redis, 4_096)),
            Kind("tickql's client, from redis", redis_ticks(near_redis.redis_url)),
            Kind("slow feed follower", following(near_redis, 64, 0.3)),
            Kind(NAIVE, naive(near_redis), leaves=False),
        ]
        return [
            Reader(kind.name, kind, symbol, system.addresses, journal, random.Random(self._chance.random()))
            for kind in kinds
            for symbol in SYMBOLS
        ]

    async def _cause_faults(self, session: Session) -> None:
        """Cause one fault after the other, also while the system still recovers from the last one."""
        end_s = time.monotonic() + self.seconds
        running: dict[asyncio.Task[None], Fault] = {}
        while time.monotonic() < end_s:
            busy = {part for fault in running.values() for part in fault.parts}
            free = [fault for fault in self.plan.faults if not busy.intersection(fault.parts)]
            if free and len(running) < _AT_ONCE:
                fault = self._chance.choice(free)
                running[asyncio.create_task(session.cause(fault, random.Random(self._chance.random())))] = fault
            await asyncio.sleep(self._chance.choice((0.1, 0.5, 1, 2, 4)))
            for task in [task for task in running if task.done()]:
                del running[task]
                await task
        await asyncio.gather(*running)
        session.system.heal()
