"""Long runs with random faults, excluded by default: `make chaos`. The name of a failing test has its seed."""

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
from tests.support.load import LoadTest
from tests.support.market import publish, skewed_clock
from tests.support.proxy import FaultProxy, through
from tests.support.reading import client
from tickql.feed import scripts
from tickql.feed.errors import Fenced
from tickql.feed.settings import FeedSettings

pytestmark = pytest.mark.chaos

RUN_S = 15


class Chaos:
    """Random faults, one after the other, also while the system still recovers from the last one."""

    def __init__(self, load: LoadTest, server: RedisServer, proxy: FaultProxy, chance: random.Random) -> None:
        self._load = load
        self._server = server
        self._proxy = proxy
        self._random = chance
        self.log: list[str] = []
        self.clock_behind_s = 0

    async def cause_one(self) -> None:
        """Cause one fault, then let some ticks pass, or none."""
        faults: list[Callable[[], Awaitable[None]]] = [
            self.kill,
            self.kill_and_cut,
            self.freeze,
            self.kill_connections,
            self.lose_messages,
            self.lose_replies,
            self.cut,
            self.stall,
            self.empty,
            self.forget_scripts,
            self.take_over,
            self.reset,
            self.delete_keys,
            self.hang,
            self.lose_all_to_a_host_whose_clock_is_behind,
        ]
        fault = self._random.choice(faults)
        self.log.append(fault.__name__)
        await fault()
        await self._load.pass_ticks(self._random.choice((0, 1, 20, 100)))

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

    async def kill_connections(self) -> None:
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
        replaced = await self._load.replace_publisher()
        # The takeover is on disk before the first tick: no crash of the server undoes it.
        await self._load.pass_ticks(60)
        publish(replaced, *range(900_001, 900_010))
        with suppress(Fenced):
            await asyncio.wait_for(replaced.wait_until_fenced(), 20)

    async def reset(self) -> None:
        self._proxy.reset()

    async def delete_keys(self) -> None:
        keys = self._settings.keys
        which = self._random.choice((keys.head("ES"), keys.ticks("ES"), keys.symbols))
        async with client(self._settings) as connection:
            await connection.delete(which)

    async def hang(self) -> None:
        """Nothing passes for longer than every timeout of a call, and for as long as a repair may take."""
        self._proxy.go_silent()
        await asyncio.sleep(self._random.choice((3, 10)))
        self._proxy.end_silence()

    async def lose_all_to_a_host_whose_clock_is_behind(self) -> None:
        """The next producer begins a numbering with a lower epoch."""
        self.clock_behind_s += 3_600
        await self._load.restart_publisher(self.empty, skewed_clock(-self.clock_behind_s))

    @property
    def _settings(self) -> FeedSettings:
        return FeedSettings(redis_url=self._server.url)


@pytest.mark.timeout(150)
@pytest.mark.parametrize("seed", range(6))
async def test_any_mixture_of_faults(seed: int, own_feed: FeedSettings, valkey: RedisServer, tmp_path: Path) -> None:
    async with FaultProxy(own_feed.redis_url) as proxy:
        feed = through(proxy, own_feed)
        async with LoadTest(feed, tmp_path, feed, seed) as load:
            chaos = Chaos(load, valkey, proxy, random.Random(seed))
            end_s = asyncio.get_running_loop().time() + RUN_S
            while asyncio.get_running_loop().time() < end_s:
                await chaos.cause_one()
            proxy.release()
            assert await load.finish() == [], chaos.log


@pytest.mark.timeout(120)
async def test_redis_down_for_a_minute(own_feed: FeedSettings, valkey: RedisServer, tmp_path: Path) -> None:
    async with LoadTest(own_feed, tmp_path) as load:
        valkey.kill()
        await asyncio.sleep(60)
        await valkey.restart()
        await load.pass_ticks(1_000)
        assert await load.finish() == []


@pytest.mark.timeout(150)
async def test_redis_frozen_for_half_a_minute(own_feed: FeedSettings, valkey: RedisServer, tmp_path: Path) -> None:
    async with LoadTest(own_feed, tmp_path) as load:
        valkey.freeze()
        await asyncio.sleep(30)
        valkey.thaw()
        await load.pass_ticks(1_000)
        assert await load.finish() == []


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", [FeedMachine, LeasedMachine])
def test_the_scripts_hold_in_many_more_examples(kind: type[FeedMachine], shared_redis: RedisServer) -> None:
    with redis.Redis(port=shared_redis.port, protocol=2) as client:
        machine: Any = partial(kind, client)
        run_state_machine_as_test(
            machine, settings=settings(deadline=None, print_blob=True, max_examples=700, stateful_step_count=40)
        )
