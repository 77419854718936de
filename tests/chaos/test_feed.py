"""Long runs with faults at random, excluded by default: `make chaos`. The seed of a failing run is in its name."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.conftest import RedisServer
from tests.support.feed_machine import FeedMachine, LeasedMachine
from tests.support.feeding import client, publish
from tests.support.load import Rig
from tests.support.proxy import FaultProxy, through
from tickql.feed import scripts
from tickql.feed.errors import Fenced
from tickql.feed.settings import FeedSettings

pytestmark = pytest.mark.chaos

RUN_S = 15


class Chaos:
    """Things that go wrong, one after the other and while the last one is still being got over."""

    def __init__(self, rig: Rig, server: RedisServer, proxy: FaultProxy, chance: random.Random) -> None:
        self._rig = rig
        self._server = server
        self._proxy = proxy
        self._random = chance
        self.log: list[str] = []

    async def one(self) -> None:
        """Let one thing go wrong, and some ticks pass or none."""
        faults: list[Callable[[], Awaitable[None]]] = [
            self.kill,
            self.kill_and_cut,
            self.freeze,
            self.hang_up,
            self.lose_messages,
            self.lose_replies,
            self.cut,
            self.stall,
            self.empty,
            self.forget_scripts,
            self.take_over,
        ]
        fault = self._random.choice(faults)
        self.log.append(fault.__name__)
        await fault()
        await self._rig.pass_ticks(self._random.choice((0, 1, 20, 100)))

    async def kill(self) -> None:
        self._server.kill()
        await asyncio.sleep(self._random.choice((0, 0.3, 1)))
        await self._server.restart()

    async def kill_and_cut(self) -> None:
        self._server.kill()
        self._server.cut_tail(self._random.randint(1, 6_000))
        await self._server.restart()

    async def freeze(self) -> None:
        self._server.freeze()
        await asyncio.sleep(self._random.choice((0.1, 1, 2.5)))
        self._server.thaw()

    async def hang_up(self) -> None:
        async with client(self._settings) as connection:
            await connection.client_kill_filter(_type=self._random.choice(("pubsub", "normal")), skipme=True)

    async def lose_messages(self) -> None:
        self._proxy.lose_messages(self._random.randint(1, 40))

    async def lose_replies(self) -> None:
        script = self._random.choice((scripts.PUBLISH, scripts.OPEN, scripts.READ))
        self._proxy.cut_before_reply_to(script.sha.encode())

    async def cut(self) -> None:
        self._proxy.cut()

    async def stall(self) -> None:
        self._proxy.stall()

    async def empty(self) -> None:
        async with client(self._settings) as connection:
            await connection.flushall()

    async def forget_scripts(self) -> None:
        async with client(self._settings) as connection:
            await connection.script_flush()

    async def take_over(self) -> None:
        zombie = await self._rig.replace_publisher()
        # A takeover is on disk before the first tick: no crash of a real server takes it back.
        await self._rig.pass_ticks(60)
        publish(zombie, *range(900_001, 900_010))
        with suppress(Fenced):
            await asyncio.wait_for(zombie.wait_until_fenced(), 20)

    @property
    def _settings(self) -> FeedSettings:
        return FeedSettings(redis_url=self._server.url)


@pytest.mark.timeout(150)
@pytest.mark.parametrize("seed", range(6))
async def test_any_mixture_of_faults(seed: int, own_feed: FeedSettings, valkey: RedisServer, tmp_path: Path) -> None:
    async with FaultProxy(own_feed.redis_url) as proxy:
        feed = through(proxy, own_feed)
        async with Rig(feed, tmp_path, feed, seed) as rig:
            chaos = Chaos(rig, valkey, proxy, random.Random(seed))
            end_s = asyncio.get_running_loop().time() + RUN_S
            while asyncio.get_running_loop().time() < end_s:
                await chaos.one()
            proxy.release()
            assert await rig.finish() == [], chaos.log


@pytest.mark.timeout(120)
async def test_redis_away_for_a_minute(own_feed: FeedSettings, valkey: RedisServer, tmp_path: Path) -> None:
    async with Rig(own_feed, tmp_path) as rig:
        valkey.kill()
        await asyncio.sleep(60)
        await valkey.restart()
        await rig.pass_ticks(1_000)
        assert await rig.finish() == []


@pytest.mark.timeout(150)
async def test_redis_frozen_for_half_a_minute(own_feed: FeedSettings, valkey: RedisServer, tmp_path: Path) -> None:
    async with Rig(own_feed, tmp_path) as rig:
        valkey.freeze()
        await asyncio.sleep(30)
        valkey.thaw()
        await rig.pass_ticks(1_000)
        assert await rig.finish() == []


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", [FeedMachine, LeasedMachine])
def test_the_scripts_hold_in_many_more_examples(kind: type[FeedMachine], shared_redis: RedisServer) -> None:
    with redis.Redis(port=shared_redis.port, protocol=2) as client:
        machine: Any = partial(kind, client)
        run_state_machine_as_test(
            machine, settings=settings(deadline=None, print_blob=True, max_examples=700, stateful_step_count=40)
        )
