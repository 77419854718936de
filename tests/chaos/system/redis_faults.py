"""Faults of Redis itself: it dies, hangs, loses data, or refuses."""

import asyncio
import random

from tests.chaos.system.fault import Effect, Fault
from tests.chaos.system.system import System
from tests.support.reading import client


async def kill(system: System, chance: random.Random) -> None:
    system.redis.kill()
    await asyncio.sleep(chance.choice((0, 0.3, 1, 6)))
    await system.redis.restart()


async def kill_and_cut(system: System, chance: random.Random) -> None:
    system.redis.kill()
    # Not all of a young file: without the heads of the symbols a producer cannot restore what Redis lost.
    system.redis.cut_tail(chance.randint(1, chance.choice((200, 9_000, 90_000))), at_most=0.5)
    await system.redis.restart()


async def freeze(system: System, chance: random.Random) -> None:
    system.redis.freeze()
    await asyncio.sleep(chance.choice((0.2, 1, 5, 10)))
    system.redis.thaw()


async def kill_subscribers(system: System, chance: random.Random) -> None:
    async with client(system.feed) as redis:
        for _ in range(chance.choice((1, 5, 20))):
            await redis.client_kill_filter(_type="pubsub")
            await asyncio.sleep(chance.uniform(0, 0.1))


async def kill_clients(system: System, chance: random.Random) -> None:
    async with client(system.feed) as redis:
        for _ in range(chance.choice((1, 5))):
            await redis.client_kill_filter(_type="normal", skipme=True)
            await asyncio.sleep(chance.uniform(0, 0.1))


async def empty(system: System, chance: random.Random) -> None:
    async with client(system.feed) as redis:
        await redis.flushall()


async def forget_scripts(system: System, chance: random.Random) -> None:
    async with client(system.feed) as redis:
        for _ in range(chance.choice((1, 5))):
            await redis.script_flush()
            await asyncio.sleep(0.05)


async def refuse_writes(system: System, chance: random.Random) -> None:
    """Out of memory: every write is refused."""
    async with client(system.feed) as redis:
        await redis.config_set("maxmemory", 1_000_000)
        try:
            await asyncio.sleep(chance.choice((0.2, 1, 3)))
        finally:
            await redis.config_set("maxmemory", 0)


async def pause(system: System, chance: random.Random) -> None:
    async with client(system.feed) as redis:
        await redis.client_pause(chance.choice((300, 2_500)), all=chance.random() < 0.5)


async def delete_heads(system: System, chance: random.Random) -> None:
    await _delete(system, *map(system.feed.keys.head, system.symbols))


async def delete_streams(system: System, chance: random.Random) -> None:
    await _delete(system, *map(system.feed.keys.ticks, system.symbols))


async def delete_other_keys(system: System, chance: random.Random) -> None:
    keys = system.feed.keys
    await _delete(system, chance.choice((keys.lease("board"), keys.fence, keys.symbols, keys.status)))


async def _delete(system: System, *keys: str) -> None:
    async with client(system.feed) as redis:
        await redis.delete(*keys)


FAULTS = (
    Fault("redis killed", ("redis",), kill, Effect.ENDS_REDIS),
    Fault("redis killed, its newest writes lost", ("redis",), kill_and_cut, Effect.ENDS_REDIS),
    Fault("redis frozen", ("redis",), freeze),
    Fault("subscribers of redis killed", ("redis",), kill_subscribers),
    Fault("clients of redis killed", ("redis",), kill_clients),
    Fault("redis emptied", ("redis",), empty, Effect.RENUMBERS),
    Fault("scripts forgotten", ("redis",), forget_scripts),
    Fault("redis out of memory", ("redis",), refuse_writes),
    Fault("redis paused", ("redis",), pause),
    Fault("heads deleted", ("redis",), delete_heads, Effect.RENUMBERS),
    Fault("streams deleted", ("redis",), delete_streams, Effect.TRIMS),
    Fault("another key deleted", ("redis",), delete_other_keys),
)
