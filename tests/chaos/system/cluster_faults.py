"""Faults of a Redis Cluster: primaries die, hang and are replaced, replicas lag, slots move."""

import asyncio
import random

import redis
from redis.exceptions import RedisError

from tests.chaos.system import process_faults
from tests.chaos.system.cluster_system import ClusterSystem
from tests.chaos.system.fault import Cause, Effect, Fault
from tests.chaos.system.system import System
from tests.support.redis_cluster import RedisCluster
from tests.support.redis_server import RedisServer


def _primary(system: System, chance: random.Random) -> tuple[RedisCluster, RedisServer]:
    """Return the cluster, and the primary of a symbol or of another key."""
    assert isinstance(system, ClusterSystem)
    keys = system.feed.keys
    key = chance.choice((*map(keys.head, system.symbols), keys.status, keys.symbols, keys.fence))
    return system.cluster, system.cluster.primary_of(key)


async def _replicas(cluster: RedisCluster, primary: RedisServer) -> list[RedisServer]:
    return [node for node in cluster.nodes if await asyncio.to_thread(cluster.is_replica, node, primary)]


async def kill_primary(system: System, chance: random.Random) -> None:
    cluster, primary = _primary(system, chance)
    primary.kill()
    await asyncio.sleep(chance.choice((0, 0.5, 2, 4)))
    await cluster.heal()


async def kill_primary_of_lagging_replica(system: System, chance: random.Random) -> None:
    """The replica that is promoted lacks the newest ticks."""
    cluster, primary = _primary(system, chance)
    replicas = await _replicas(cluster, primary)
    for replica in replicas:
        replica.freeze()
    await asyncio.sleep(chance.uniform(0.05, 0.4))
    primary.kill()
    for replica in replicas:
        replica.thaw()
    await asyncio.sleep(chance.choice((2, 4)))
    await cluster.heal()


async def freeze_primary(system: System, chance: random.Random) -> None:
    """For longer than the timeout of the cluster: its replica is promoted, and it wakes up as the primary of before."""
    cluster, primary = _primary(system, chance)
    primary.freeze()
    await asyncio.sleep(chance.choice((0.3, 2.5, 5)))
    await cluster.heal()


async def fail_over(system: System, chance: random.Random) -> None:
    """On purpose, as for maintenance."""
    cluster, primary = _primary(system, chance)
    for replica in await _replicas(cluster, primary):
        await asyncio.to_thread(cluster.ask, replica, "CLUSTER", "FAILOVER", *chance.choice(((), ("FORCE",))))
    await asyncio.sleep(chance.choice((0.5, 2)))
    await cluster.heal()


def move_slots(*, at_once: bool) -> Cause:
    """Return a fault that moves the slots of keys to other primaries."""

    async def move(system: System, chance: random.Random) -> None:
        assert isinstance(system, ClusterSystem)
        keys = system.feed.keys
        for _ in range(chance.choice((1, 4))):
            key = chance.choice((*map(keys.head, system.symbols), keys.status, keys.symbols, keys.fence))
            await asyncio.to_thread(system.cluster.move_slot, key, at_once=at_once)

    return move


async def kill_clients(system: System, chance: random.Random) -> None:
    cluster, _ = _primary(system, chance)
    for node in cluster.nodes:
        with redis.Redis(port=node.port, protocol=2) as client:
            for kind in ("normal", "pubsub"):
                try:
                    await asyncio.to_thread(client.client_kill_filter, _type=kind, skipme=True)
                except RedisError:
                    continue


async def empty_node(system: System, chance: random.Random) -> None:
    cluster, primary = _primary(system, chance)
    await asyncio.to_thread(cluster.ask, primary, "FLUSHALL")


_REDIS_ITSELF = ("producer and redis killed", "all lost to a producer whose clock is behind")

FAULTS = (
    Fault("primary killed", ("redis",), kill_primary, Effect.ENDS_REDIS),
    Fault("primary of a lagging replica killed", ("redis",), kill_primary_of_lagging_replica, Effect.ENDS_REDIS),
    Fault("primary frozen", ("redis",), freeze_primary, Effect.ENDS_REDIS),
    Fault("failover on purpose", ("redis",), fail_over, Effect.ENDS_REDIS),
    Fault("slots moved key by key", ("redis",), move_slots(at_once=False), Effect.ENDS_REDIS),
    Fault("slots moved at once", ("redis",), move_slots(at_once=True), Effect.ENDS_REDIS),
    Fault("clients of all nodes killed", ("redis",), kill_clients),
    Fault("a node emptied", ("redis",), empty_node, Effect.RENUMBERS),
    *(fault for fault in process_faults.FAULTS if fault.name not in _REDIS_ITSELF),
)
