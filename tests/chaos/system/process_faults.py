"""Faults of producers and API servers: they die, hang, are replaced, and come back."""

import asyncio
import random

from tests.chaos.system.fault import Effect, Fault
from tests.chaos.system.processes import ApiServer
from tests.chaos.system.redis_faults import empty
from tests.chaos.system.system import System

_CLOCK_BEHIND_S = 3_600


async def kill_producer(system: System, chance: random.Random) -> None:
    await system.producers.end(system.producers.active, gently=False)
    await asyncio.sleep(chance.choice((0, 0.5, 3)))
    await system.producers.start()


async def restart_producer(system: System, chance: random.Random) -> None:
    await system.producers.end(system.producers.active, gently=True)
    await system.producers.start()


async def freeze_producer(system: System, chance: random.Random) -> None:
    """The producer hangs without a standby, and continues."""
    system.producers.active.process.freeze()
    await asyncio.sleep(chance.choice((0.3, 1, 5)))
    system.producers.active.process.thaw()


async def thaw_replaced_producer(system: System, chance: random.Random) -> None:
    """A producer hangs, a standby takes over, and the first one wakes up as a zombie."""
    zombie = system.producers.active
    zombie.process.freeze()
    await system.producers.start()
    await asyncio.sleep(chance.choice((0, 1)))
    zombie.process.thaw()
    await asyncio.sleep(chance.choice((0.5, 2)))
    await system.producers.end(zombie, gently=chance.random() < 0.5)


async def take_over(system: System, chance: random.Random) -> None:
    """Another producer replaces a healthy one by force."""
    replaced = system.producers.active
    await system.producers.start("--take-over")
    await asyncio.sleep(chance.choice((0, 1)))
    await system.producers.end(replaced, gently=chance.random() < 0.5)


async def kill_producer_and_redis(system: System, chance: random.Random) -> None:
    system.redis.kill()
    await system.producers.end(system.producers.active, gently=False)
    if chance.random() < 0.5:
        system.redis.cut_tail(chance.randint(1, 9_000), at_most=0.5)
    await system.redis.restart()
    await system.producers.start()


async def lose_all_to_a_host_whose_clock_is_behind(system: System, chance: random.Random) -> None:
    """The next producer begins a numbering with a lower epoch."""
    await system.producers.end(system.producers.active, gently=False)
    await empty(system, chance)
    system.producers.behind_s += _CLOCK_BEHIND_S
    await system.producers.start()


async def kill_server(system: System, chance: random.Random) -> None:
    await _kill(chance.choice(system.servers), chance.choice((0, 1)))


async def kill_all_servers(system: System, chance: random.Random) -> None:
    await asyncio.gather(*(_kill(server, chance.choice((0, 1))) for server in system.servers))


async def _kill(server: ApiServer, away_s: float) -> None:
    await server.kill()
    await asyncio.sleep(away_s)
    await server.start()


async def restart_servers(system: System, chance: random.Random) -> None:
    """One after the other, as for a new release."""
    for server in system.servers:
        await server.terminate()
        await server.start()


async def freeze_server(system: System, chance: random.Random) -> None:
    server = chance.choice(system.servers)
    server.process.freeze()
    await asyncio.sleep(chance.choice((0.5, 1, 5, 10)))
    server.process.thaw()


FAULTS = (
    Fault("producer killed", ("producer",), kill_producer, Effect.ENDS_PRODUCER),
    Fault("producer restarted", ("producer",), restart_producer, Effect.ENDS_PRODUCER),
    Fault("producer frozen", ("producer",), freeze_producer),
    Fault("replaced producer thawed", ("producer",), thaw_replaced_producer, Effect.ENDS_PRODUCER),
    Fault("producer replaced by force", ("producer",), take_over, Effect.ENDS_PRODUCER),
    Fault(
        "producer and redis killed", ("producer", "redis"), kill_producer_and_redis,
        Effect.ENDS_PRODUCER | Effect.ENDS_REDIS,
    ),
    Fault(
        "all lost to a producer whose clock is behind", ("producer", "redis"),
        lose_all_to_a_host_whose_clock_is_behind, Effect.ENDS_PRODUCER | Effect.RENUMBERS,
    ),
    Fault("a server killed", ("servers",), kill_server),
    Fault("all servers killed", ("servers",), kill_all_servers),
    Fault("servers restarted", ("servers",), restart_servers),
    Fault("a server frozen", ("servers",), freeze_server),
)  # fmt: skip
