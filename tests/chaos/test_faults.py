"""Faults under load. The delivery checker proves: every reader has each tick once and in order, or a gap.

A naive reader under the same faults proves that the checker detects missing ticks.
"""

import asyncio
from pathlib import Path

import pytest

from tests.support.load import LoadTest, naive_reader
from tests.support.market import publish, skewed_clock
from tests.support.proxy import FaultProxy, through
from tests.support.reading import client
from tests.support.redis_server import RedisServer
from tests.support.waiting import DEADLINE_S, until
from tickql.feed import scripts
from tickql.feed.errors import Fenced
from tickql.feed.health import FeedState
from tickql.feed.settings import FeedSettings


async def test_without_a_fault_the_checker_finds_nothing(own_feed: FeedSettings, tmp_path: Path) -> None:
    async with LoadTest(own_feed, tmp_path) as load:
        await load.pass_ticks(500)
        assert await load.finish() == []


async def test_redis_killed_and_restarted(own_feed: FeedSettings, valkey: RedisServer, tmp_path: Path) -> None:
    async with LoadTest(own_feed, tmp_path) as load:
        for _ in range(3):
            valkey.kill()
            await valkey.restart()
            await load.pass_ticks(200)
        assert await load.finish() == []
        assert load.publisher.stats.rotations == 0


@pytest.mark.parametrize("size_bytes", [1, pytest.param(700, marks=pytest.mark.long), 9_000])
async def test_redis_killed_before_its_newest_entries_were_on_disk(
    size_bytes: int, own_feed: FeedSettings, valkey: RedisServer, tmp_path: Path
) -> None:
    async with LoadTest(own_feed, tmp_path) as load:
        for _ in range(2):
            valkey.kill()
            valkey.cut_tail(size_bytes)
            await valkey.restart()
            await load.pass_ticks(200)
        assert await load.finish() == []
        assert load.publisher.stats.rotations == 0


async def test_redis_down_for_a_second(own_feed: FeedSettings, valkey: RedisServer, tmp_path: Path) -> None:
    async with LoadTest(own_feed, tmp_path) as load:
        valkey.kill()
        before = load.generated
        await asyncio.sleep(1)
        await valkey.restart()
        await load.pass_ticks(load.generated - before)
        assert await load.finish() == []


@pytest.mark.long
async def test_redis_frozen_for_a_second(own_feed: FeedSettings, valkey: RedisServer, tmp_path: Path) -> None:
    async with LoadTest(own_feed, tmp_path) as load:
        valkey.freeze()
        await asyncio.sleep(1)
        valkey.thaw()
        await load.pass_ticks(500)
        assert await load.finish() == []
        assert load.publisher.stats.rotations == 0


@pytest.mark.long
async def test_redis_frozen_until_the_feed_is_down(own_feed: FeedSettings, valkey: RedisServer, tmp_path: Path) -> None:
    async with LoadTest(own_feed, tmp_path) as load:
        valkey.freeze()
        async with asyncio.timeout(DEADLINE_S):
            while (status := load.follower.status()).state is not FeedState.DOWN:
                await load.follower.wait_for_status_change(status)
        valkey.thaw()
        await load.pass_ticks(500)
        assert await load.finish() == []
        assert load.publisher.stats.rotations == 0


@pytest.mark.long
async def test_followers_connections_killed_between_ticks(own_feed: FeedSettings, tmp_path: Path) -> None:
    async with LoadTest(own_feed, tmp_path) as load, client(own_feed) as redis:
        for _ in range(20):
            await redis.client_kill_filter(_type="pubsub")
            await load.pass_ticks(5)
        assert await load.finish() == []


async def test_every_connection_killed_again_and_again(own_feed: FeedSettings, tmp_path: Path) -> None:
    async with LoadTest(own_feed, tmp_path) as load, client(own_feed) as redis:
        for _ in range(10):
            await redis.client_kill_filter(_type="normal", skipme=True)
            await redis.client_kill_filter(_type="pubsub")
            await load.pass_ticks(20)
        assert await load.finish() == []


async def test_messages_lost_on_the_network(own_feed: FeedSettings, tmp_path: Path) -> None:
    async with (
        FaultProxy(own_feed.redis_url) as proxy,
        LoadTest(own_feed, tmp_path, reading=through(proxy, own_feed)) as load,
    ):
        for count in (1, 2, 7, 30, 1):
            proxy.lose_messages(count)
            await load.pass_ticks(100)
        proxy.lose_messages(5)
        assert await load.finish() == []
        assert len(proxy.lost) >= 41


@pytest.mark.long
async def test_replies_lost_on_the_network(own_feed: FeedSettings, tmp_path: Path) -> None:
    async with FaultProxy(own_feed.redis_url) as proxy, LoadTest(through(proxy, own_feed), tmp_path, own_feed) as load:
        for _ in range(6):
            proxy.cut_before_reply_to(scripts.PUBLISH.sha.encode())
            await load.pass_ticks(60)
        assert await load.finish() == []
        assert load.publisher.stats.connects > 6
        assert load.publisher.stats.rotations == 0


@pytest.mark.long
async def test_redis_emptied(own_feed: FeedSettings, tmp_path: Path) -> None:
    async with LoadTest(own_feed, tmp_path) as load, client(own_feed) as redis:
        for _ in range(3):
            await redis.flushall()
            await load.pass_ticks(200)
        assert await load.finish() == []
        assert load.publisher.stats.rotations == 3


async def test_scripts_forgotten(own_feed: FeedSettings, tmp_path: Path) -> None:
    async with LoadTest(own_feed, tmp_path) as load, client(own_feed) as redis:
        for _ in range(3):
            await redis.script_flush()
            await load.pass_ticks(100)
        assert await load.finish() == []


async def test_another_producer_takes_over_and_the_replaced_one_continues(
    own_feed: FeedSettings, tmp_path: Path
) -> None:
    async with FaultProxy(own_feed.redis_url) as proxy, LoadTest(through(proxy, own_feed), tmp_path, own_feed) as load:
        replaced = await load.replace_publisher()
        await load.pass_ticks(1)
        publish(replaced, *range(900_001, 900_051))
        await load.pass_ticks(100)
        publish(replaced, 900_051)
        with pytest.raises(Fenced):
            await asyncio.wait_for(replaced.wait_until_fenced(), DEADLINE_S)
        proxy.cut()
        await load.pass_ticks(100)
        assert await load.finish() == []
        assert load.publisher.stats.rotations == 0


@pytest.mark.parametrize(
    "fault",
    ["message lost", *(pytest.param(each, marks=pytest.mark.long) for each in ("killed", "connection killed"))],
)
async def test_a_naive_reader_fails_the_checker(
    fault: str, own_feed: FeedSettings, valkey: RedisServer, tmp_path: Path
) -> None:
    async with FaultProxy(own_feed.redis_url) as proxy, LoadTest(own_feed, tmp_path) as load, client(own_feed) as redis:
        load.add_reader("naive", naive_reader(through(proxy, own_feed)))
        await load.pass_ticks(100)
        for _ in range(40):  # By chance it sometimes misses nothing.
            match fault:
                case "killed":
                    valkey.kill()
                    await valkey.restart()
                case "connection killed":
                    await redis.client_kill_filter(_type="pubsub")
                case "message lost":
                    proxy.lose_messages(1)
            await load.pass_ticks(40)
            if any("without a gap" in fault for fault in load.faults()):
                break
        faults = await load.finish("naive")
        assert any("without a gap" in fault for fault in faults)
        assert {fault.split(":")[0] for fault in faults} == {"naive"}


@pytest.mark.long
async def test_every_redis_connection_reset_again_and_again(own_feed: FeedSettings, tmp_path: Path) -> None:
    async with FaultProxy(own_feed.redis_url) as proxy:
        feed = through(proxy, own_feed)
        async with LoadTest(feed, tmp_path, feed) as load:
            for _ in range(10):
                proxy.reset()
                await load.pass_ticks(20)
            assert await load.finish() == []
            assert load.publisher.stats.rotations == 0


async def test_redis_emptied_and_a_producer_on_a_host_whose_clock_is_behind(
    own_feed: FeedSettings, tmp_path: Path
) -> None:
    async with LoadTest(own_feed, tmp_path) as load, client(own_feed) as redis:

        async def empty() -> None:
            await redis.flushall()

        for hours in (1, 2, 1):
            await load.restart_publisher(empty, skewed_clock(-3_600 * hours))
            await load.pass_ticks(100)
        assert await load.finish() == []


async def test_a_split_brain_in_which_readers_follow_the_producer_later(
    own_feed: FeedSettings, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = RedisServer(tmp_path_factory.mktemp("other"))
    other.start()
    try:
        async with (
            FaultProxy(own_feed.redis_url) as writing,
            FaultProxy(own_feed.redis_url) as reading,
            LoadTest(through(writing, own_feed), tmp_path, through(reading, own_feed)) as load,
        ):
            writing.switch_to(other.url)
            written = load.generated + 100

            async def has_written() -> bool:
                return load.generated >= written and not load.publisher.unconfirmed

            await until(has_written)
            reading.switch_to(other.url)
            await load.pass_ticks(100)
            assert await load.finish() == []
    finally:
        other.stop()
