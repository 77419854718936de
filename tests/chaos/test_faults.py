"""Faults under load, each judged by the checker: every reader has each tick once and in order, or a gap that says so.

And a naive reader under the same faults, to know that the checker can tell.
"""

import asyncio
from pathlib import Path

import pytest

from tests.conftest import RedisServer
from tests.support.feeding import client, publish
from tests.support.load import Rig, naive
from tests.support.patience import PATIENCE_S
from tests.support.proxy import FaultProxy, through
from tickql.feed import scripts
from tickql.feed.errors import Fenced
from tickql.feed.health import FeedState
from tickql.feed.settings import FeedSettings


async def test_without_a_fault_nothing_is_amiss(own_feed: FeedSettings, tmp_path: Path) -> None:
    async with Rig(own_feed, tmp_path) as rig:
        await rig.pass_ticks(500)
        assert await rig.finish() == []


async def test_redis_killed_and_restarted(own_feed: FeedSettings, valkey: RedisServer, tmp_path: Path) -> None:
    async with Rig(own_feed, tmp_path) as rig:
        for _ in range(3):
            valkey.kill()
            await valkey.restart()
            await rig.pass_ticks(200)
        assert await rig.finish() == []
        assert rig.publisher.stats.rotations == 0


@pytest.mark.parametrize("size_bytes", [1, 700, 9_000])
async def test_redis_killed_before_its_newest_entries_were_on_disk(
    size_bytes: int, own_feed: FeedSettings, valkey: RedisServer, tmp_path: Path
) -> None:
    async with Rig(own_feed, tmp_path) as rig:
        for _ in range(2):
            valkey.kill()
            valkey.cut_tail(size_bytes)
            await valkey.restart()
            await rig.pass_ticks(200)
        assert await rig.finish() == []
        assert rig.publisher.stats.rotations == 0


async def test_redis_away_for_a_while(own_feed: FeedSettings, valkey: RedisServer, tmp_path: Path) -> None:
    async with Rig(own_feed, tmp_path) as rig:
        valkey.kill()
        before = rig.generated
        await asyncio.sleep(1)
        await valkey.restart()
        await rig.pass_ticks(rig.generated - before)
        assert await rig.finish() == []


async def test_redis_frozen_for_a_second(own_feed: FeedSettings, valkey: RedisServer, tmp_path: Path) -> None:
    async with Rig(own_feed, tmp_path) as rig:
        valkey.freeze()
        await asyncio.sleep(1)
        valkey.thaw()
        await rig.pass_ticks(500)
        assert await rig.finish() == []
        assert rig.publisher.stats.rotations == 0


@pytest.mark.long
async def test_redis_frozen_until_the_feed_is_said_to_be_down(
    own_feed: FeedSettings, valkey: RedisServer, tmp_path: Path
) -> None:
    async with Rig(own_feed, tmp_path) as rig:
        valkey.freeze()
        async with asyncio.timeout(PATIENCE_S):
            while (status := rig.follower.status()).state is not FeedState.DOWN:
                await rig.follower.wait_for_status_change(status)
        valkey.thaw()
        await rig.pass_ticks(500)
        assert await rig.finish() == []
        assert rig.publisher.stats.rotations == 0


async def test_followers_connections_killed_between_ticks(own_feed: FeedSettings, tmp_path: Path) -> None:
    async with Rig(own_feed, tmp_path) as rig, client(own_feed) as redis:
        for _ in range(20):
            await redis.client_kill_filter(_type="pubsub")
            await rig.pass_ticks(5)
        assert await rig.finish() == []


async def test_every_connection_killed_again_and_again(own_feed: FeedSettings, tmp_path: Path) -> None:
    async with Rig(own_feed, tmp_path) as rig, client(own_feed) as redis:
        for _ in range(10):
            await redis.client_kill_filter(_type="normal", skipme=True)
            await redis.client_kill_filter(_type="pubsub")
            await rig.pass_ticks(20)
        assert await rig.finish() == []


async def test_messages_lost_on_their_way(own_feed: FeedSettings, tmp_path: Path) -> None:
    async with (
        FaultProxy(own_feed.redis_url) as proxy,
        Rig(own_feed, tmp_path, reading=through(proxy, own_feed)) as rig,
    ):
        for count in (1, 2, 7, 30, 1):
            proxy.lose_messages(count)
            await rig.pass_ticks(100)
        proxy.lose_messages(5)
        assert await rig.finish() == []
        assert len(proxy.lost) >= 41


async def test_replies_lost_on_their_way(own_feed: FeedSettings, tmp_path: Path) -> None:
    async with FaultProxy(own_feed.redis_url) as proxy, Rig(through(proxy, own_feed), tmp_path, own_feed) as rig:
        for _ in range(6):
            proxy.cut_before_reply_to(scripts.PUBLISH.sha.encode())
            await rig.pass_ticks(60)
        assert await rig.finish() == []
        assert rig.publisher.stats.connects > 6
        assert rig.publisher.stats.rotations == 0


async def test_redis_emptied(own_feed: FeedSettings, tmp_path: Path) -> None:
    async with Rig(own_feed, tmp_path) as rig, client(own_feed) as redis:
        for _ in range(3):
            await redis.flushall()
            await rig.pass_ticks(200)
        assert await rig.finish() == []
        assert rig.publisher.stats.rotations == 3


async def test_scripts_forgotten(own_feed: FeedSettings, tmp_path: Path) -> None:
    async with Rig(own_feed, tmp_path) as rig, client(own_feed) as redis:
        for _ in range(3):
            await redis.script_flush()
            await rig.pass_ticks(100)
        assert await rig.finish() == []


async def test_another_producer_takes_over_and_the_first_is_a_zombie(own_feed: FeedSettings, tmp_path: Path) -> None:
    async with FaultProxy(own_feed.redis_url) as proxy, Rig(through(proxy, own_feed), tmp_path, own_feed) as rig:
        zombie = await rig.replace_publisher()
        await rig.pass_ticks(1)
        publish(zombie, *range(900_001, 900_051))
        await rig.pass_ticks(100)
        publish(zombie, 900_051)
        with pytest.raises(Fenced):
            await asyncio.wait_for(zombie.wait_until_fenced(), PATIENCE_S)
        proxy.cut()
        await rig.pass_ticks(100)
        assert await rig.finish() == []
        assert rig.publisher.stats.rotations == 0


@pytest.mark.parametrize("fault", ["killed", "connection killed", "message lost"])
async def test_a_naive_reader_fails_the_checker(
    fault: str, own_feed: FeedSettings, valkey: RedisServer, tmp_path: Path
) -> None:
    async with FaultProxy(own_feed.redis_url) as proxy, Rig(own_feed, tmp_path) as rig, client(own_feed) as redis:
        rig.read("naive", naive(through(proxy, own_feed)))
        await rig.pass_ticks(100)
        for _ in range(40):  # it is lucky now and then
            match fault:
                case "killed":
                    valkey.kill()
                    await valkey.restart()
                case "connection killed":
                    await redis.client_kill_filter(_type="pubsub")
                case "message lost":
                    proxy.lose_messages(1)
            await rig.pass_ticks(40)
            if any("without a gap" in fault for fault in rig.so_far()):
                break
        faults = await rig.finish("naive")
        assert any("without a gap" in fault for fault in faults)
        assert {fault.split(":")[0] for fault in faults} == {"naive"}
