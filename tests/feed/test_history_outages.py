"""The history while Redis is away, slow, or has forgotten scripts."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tests.support.market import fill
from tests.support.proxy import FaultProxy, through
from tests.support.reading import client
from tests.support.redis_server import RedisServer
from tests.support.waiting import DEADLINE_S, PATIENT
from tickql.feed.errors import FeedUnavailable
from tickql.feed.history import History
from tickql.feed.settings import FeedSettings
from tickql.feed.timings import DEFAULT_TIMINGS


@pytest.fixture
async def reader(feed_settings: FeedSettings) -> AsyncIterator[History]:
    async with History(feed_settings, PATIENT) as reader:
        yield reader


async def test_scripts_that_redis_has_forgotten_are_sent_again(feed_settings: FeedSettings, reader: History) -> None:
    await fill(feed_settings, 1, 2)
    await reader.read_stream("ES", None, 1)
    async with client(feed_settings) as redis:
        await redis.script_flush()
    assert (await reader.page("ES", last=1, from_us=0)).ticks


async def test_a_frozen_redis_is_unavailable_within_the_timeout(own_feed: FeedSettings, valkey: RedisServer) -> None:
    async with History(own_feed) as reader:
        assert await reader.symbols() == []
        valkey.freeze()
        begin = time.monotonic()
        with pytest.raises(FeedUnavailable, match="redis does not answer"):
            await reader.latest("ES")
        assert time.monotonic() - begin < 2 * DEFAULT_TIMINGS.redis_call_s + DEADLINE_S
        valkey.thaw()
        assert await asyncio.wait_for(reader.symbols(), DEADLINE_S) == []


async def test_a_redis_that_has_ended_is_unavailable_at_once_and_answers_again_after_its_restart(
    own_feed: FeedSettings, valkey: RedisServer
) -> None:
    async with History(own_feed) as reader:
        await asyncio.gather(*(reader.symbols() for _ in range(20)))
        valkey.kill()
        with pytest.raises(FeedUnavailable) as gone:
            await reader.latest("ES")
        assert "no answer within" not in str(gone.value)
        await valkey.restart()
        assert await asyncio.gather(*(reader.symbols() for _ in range(20))) == [[]] * 20


async def test_many_concurrent_calls_time_out_together_and_not_one_after_the_other(feed_settings: FeedSettings) -> None:
    async with FaultProxy(feed_settings.redis_url) as proxy, History(through(proxy, feed_settings)) as reader:
        proxy.go_silent()
        begin = time.monotonic()
        answers = await asyncio.gather(*(reader.symbols() for _ in range(40)), return_exceptions=True)
        assert {type(answer) for answer in answers} == {FeedUnavailable}
        assert time.monotonic() - begin < 5 * DEFAULT_TIMINGS.redis_call_s


async def test_the_reply_to_a_cancelled_call_is_not_taken_for_the_reply_to_the_next(
    feed_settings: FeedSettings,
) -> None:
    await fill(feed_settings, 1, 2, 3)
    async with FaultProxy(feed_settings.redis_url) as proxy, History(through(proxy, feed_settings), PATIENT) as reader:
        proxy.hold(b"SMEMBERS")
        asking = [asyncio.create_task(reader.symbols()) for _ in range(8)]
        await asyncio.wait_for(proxy.held.wait(), DEADLINE_S)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        proxy.release()
        for _ in range(8):
            tick = await asyncio.wait_for(reader.latest("ES"), DEADLINE_S)
            assert tick is not None
            assert tick.last == "3"
