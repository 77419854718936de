"""Faults of a primary behind Sentinel: it dies, hangs and is replaced, and its replica lags."""

import asyncio
import random

import redis.asyncio

from tests.chaos.system import process_faults
from tests.chaos.system.fault import Effect, Fault
from tests.chaos.system.sentinel_system import SentinelSystem
from tests.chaos.system.system import System
from tests.support.redis_sentinel import SentinelSetup


def _setup(system: System) -> SentinelSetup:
    assert isinstance(system, SentinelSystem)
    return system.sentinel


async def kill_primary(system: System, chance: random.Random) -> None:
    """And start it again before or after its replica has been promoted."""
    sentinel = _setup(system)
    primary = sentinel.primary
    primary.kill()
    if chance.random() < 0.3:
        await primary.restart()
    else:
        await asyncio.sleep(chance.choice((1, 2, 4)))
    await sentinel.heal()


async def kill_primary_of_lagging_replica(system: System, chance: random.Random) -> None:
    """The replica that is promoted lacks the newest ticks."""
    sentinel = _setup(system)
    primary, replica = sentinel.primary, sentinel.replica
    replica.freeze()
    await asyncio.sleep(chance.uniform(0.05, 0.4))
    primary.kill()
    replica.thaw()
    await asyncio.sleep(chance.choice((2, 4)))
    await sentinel.heal()


async def kill_producer_and_primary_of_lagging_replica(system: System, chance: random.Random) -> None:
    """Nobody has the newest ticks any more."""
    await asyncio.gather(
        system.producers.end(system.producers.active, gently=False), kill_primary_of_lagging_replica(system, chance)
    )
    await system.producers.start()


async def freeze_primary(system: System, chance: random.Random) -> None:
    """Its replica is promoted, and it wakes up as the primary of before."""
    sentinel = _setup(system)
    sentinel.primary.freeze()
    await asyncio.sleep(chance.choice((0.3, 2.5, 5)))
    await sentinel.heal()


async def fail_over(system: System, chance: random.Random) -> None:
    """On purpose, as for maintenance."""
    sentinel = _setup(system)
    await asyncio.to_thread(sentinel.fail_over)
    await asyncio.sleep(chance.choice((0.5, 2)))
    await sentinel.heal()


async def kill_clients(system: System, chance: random.Random) -> None:
    async with redis.asyncio.Redis(port=_setup(system).primary.port, protocol=2) as client:
        for kind in ("normal", "pubsub"):
            await client.client_kill_filter(_type=kind, skipme=True)


async def empty(system: System, chance: random.Random) -> None:
    async with redis.asyncio.Redis(port=_setup(system).primary.port, protocol=2) as client:
        await client.flushall()


_REDIS_ITSELF = ("producer and redis killed", "all lost to a producer whose clock is behind")

FAULTS = (
    Fault("primary killed", ("redis",), kill_primary, Effect.ENDS_REDIS),
    Fault("primary of a lagging replica killed", ("redis",), kill_primary_of_lagging_replica, Effect.ENDS_REDIS),
    Fault(
        "producer and primary of a lagging replica killed", ("producer", "redis"),
        kill_producer_and_primary_of_lagging_replica, Effect.ENDS_PRODUCER | Effect.ENDS_REDIS,
    ),
    Fault("primary frozen", ("redis",), freeze_primary, Effect.ENDS_REDIS),
    Fault("failover on purpose", ("redis",), fail_over, Effect.ENDS_REDIS),
    Fault("clients of the primary killed", ("redis",), kill_clients),
    Fault("redis emptied", ("redis",), empty, Effect.RENUMBERS),
    *(fault for fault in process_faults.FAULTS if fault.name not in _REDIS_ITSELF),
)  # fmt: skip
