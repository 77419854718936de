"""Faults of the links between the processes: between producer and Redis, servers and Redis, clients and servers."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from tests.chaos.system.fault import Cause, Fault
from tests.chaos.system.system import System
from tests.support.proxy import FaultProxy
from tickql.feed import scripts

_Links = Callable[[System, random.Random], list[FaultProxy]]


def _some(links: list[FaultProxy], chance: random.Random) -> list[FaultProxy]:
    """One of them, or all."""
    return links if chance.random() < 0.5 else [chance.choice(links)]


_LINKS: dict[str, _Links] = {
    "producer and redis": lambda system, chance: [system.writing],
    "servers and redis": lambda system, chance: _some(system.reading, chance),
    "clients and servers": lambda system, chance: _some(system.serving, chance),
}


async def cut(proxy: FaultProxy, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 4))):
        proxy.cut()
        await asyncio.sleep(chance.uniform(0, 0.5))


async def reset(proxy: FaultProxy, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 4))):
        proxy.reset()
        await asyncio.sleep(chance.uniform(0, 0.5))


async def half_open(proxy: FaultProxy, chance: random.Random) -> None:
    proxy.half_open()


async def silence(proxy: FaultProxy, chance: random.Random) -> None:
    proxy.go_silent()
    await asyncio.sleep(chance.choice((0.5, 3, 10)))
    proxy.end_silence()


async def stall(proxy: FaultProxy, chance: random.Random) -> None:
    """The present connections pass no replies for a while."""
    proxy.stall()
    await asyncio.sleep(chance.choice((0.5, 3, 6)))
    proxy.release()


async def slow(proxy: FaultProxy, chance: random.Random) -> None:
    proxy.delay_s = chance.choice((0.02, 0.1, 0.4))
    await asyncio.sleep(chance.choice((1, 4)))
    proxy.delay_s = 0.0


async def split(proxy: FaultProxy, chance: random.Random) -> None:
    proxy.piece_bytes = chance.choice((1, 3, 7))
    await asyncio.sleep(chance.choice((0.5, 2)))
    proxy.piece_bytes = 0


async def lose_messages(proxy: FaultProxy, chance: random.Random) -> None:
    proxy.lose_messages(chance.choice((1, 1, 7, 40)))


async def lose_replies(proxy: FaultProxy, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 3))):
        script = chance.choice((scripts.PUBLISH, scripts.OPEN, scripts.READ, scripts.LEASE))
        proxy.cut_before_reply_to(script.sha.encode())
        await asyncio.sleep(chance.uniform(0, 0.5))


async def garbage(proxy: FaultProxy, chance: random.Random) -> None:
    """Bytes that are no reply come before the next one."""
    proxy.inject(b"\xff no reply of redis\r\n")


def _on(links: _Links, fail: Callable[[FaultProxy, random.Random], Awaitable[None]]) -> Cause:
    async def cause(system: System, chance: random.Random) -> None:
        # Each link draws from its own numbers: their tasks interleave as the machine likes.
        failing = [fail(proxy, random.Random(chance.random())) for proxy in links(system, chance)]
        await asyncio.gather(*failing)

    return cause


_ON_EVERY_LINK = {
    "cut": cut, "reset": reset, "half-open": half_open, "silent": silence, "stalled": stall, "slow": slow,
    "in pieces": split,
}  # fmt: skip

FAULTS = (
    *(
        Fault(f"{name} between {link}", (link,), _on(_LINKS[link], fail))
        for link in _LINKS
        for name, fail in _ON_EVERY_LINK.items()
    ),
    *(
        Fault(f"{name} between {link}", (link,), _on(_LINKS[link], fail))
        for link in ("producer and redis", "servers and redis")
        for name, fail in {"lost replies": lose_replies, "garbage": garbage}.items()
    ),
    Fault(
        "lost messages between servers and redis",
        ("servers and redis",),
        _on(_LINKS["servers and redis"], lose_messages),
    ),
)
