"""API servers are replaced one after the other while clients of every transport are connected (`make chaos`)."""

import random
import time
from contextlib import ExitStack
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest

from tests.chaos.system.readers import KINDS, Reader
from tests.chaos.system.session import Session
from tests.chaos.system.system import System
from tests.support.balancers import HAPROXY, NGINX, Balancer, Kind, requires
from tests.support.journal import Journal

pytestmark = pytest.mark.chaos

CLIENTS = 500
RATE_HZ = 5.0
HEARD_AGAIN_S = 5.0
"""The most that a client may wait for the next tick, from the end of its server on."""


def clients(address: str, journal: Journal) -> list[Reader]:
    kinds = [replace(kind, leaves=False) for kind in KINDS if kind.resumes and not kind.merging]
    named = [(f"{kind.name} {number}", kind) for number, kind in zip(range(CLIENTS), cycle(kinds), strict=False)]
    return [Reader(name, kind, "ES", [address], journal, random.Random(name)) for name, kind in named]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", [NGINX, HAPROXY], ids=lambda kind: kind.program)
async def test_servers_are_replaced_without_a_lost_or_repeated_tick(kind: Kind, tmp_path: Path) -> None:
    requires(kind)
    (tmp_path / "system").mkdir()
    system = System(tmp_path / "system", ["ES"], RATE_HZ)
    with ExitStack() as stack:

        def readers(system: System, journal: Journal) -> list[Reader]:
            # They connect again until it listens.
            before = Balancer(kind, [server.url for server in system.servers], tmp_path)
            stack.callback(before.stop)
            before.start()
            return clients(before.address, journal)

        async with Session(system, readers, None) as session:
            for server in system.servers:
                await server.terminate()
                waited_s = await session.until_heard(time.time())
                assert len(waited_s) == CLIENTS
                assert max(waited_s.values()) < HEARD_AGAIN_S
                await server.start()
            await session.finish()
    assert session.violations() == []
    assert not session.checker.gaps
    assert sum(sum(reader.breaks.values()) for reader in session.readers) >= CLIENTS
