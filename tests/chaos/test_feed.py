"""Outages of a minute, and many more examples for the scripts, excluded by default: `make chaos`."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.feed_machine import FeedMachine
from tests.support.leased_machine import LeasedMachine
from tests.support.load import LoadTest
from tests.support.redis_server import RedisServer
from tickql.feed.settings import FeedSettings

pytestmark = pytest.mark.chaos


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
