"""The status of the feed, as a follower knows it."""

import time
from collections.abc import AsyncIterator

import pytest

from tests.support.market import publish
from tests.support.proxy import FaultProxy, through
from tests.support.reading import next_events, next_numbers, status_until
from tests.support.redis_server import RedisServer
from tickql.feed.follower import Follower
from tickql.feed.health import FeedState, FeedStatus
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState, SymbolReport
from tickql.feed.tick import Quote
from tickql.feed.tick_reader import TickReader


@pytest.fixture
async def reader(publisher: Publisher, proxy: FaultProxy, feed_settings: FeedSettings) -> AsyncIterator[TickReader]:
    """A reader behind the proxy that has read tick 1, the newest one."""
    publish(publisher, 1)
    async with Follower(through(proxy, feed_settings)) as follower, follower.tail("ES") as reader:
        assert await next_numbers(reader, 1) == [1]
        yield reader


# The status of the feed.


def report(state: ProducerState = ProducerState.LIVE, reason: str | None = None) -> ProducerReport:
    symbol = SymbolReport(state=ProducerState.LIVE, since_us=1)
    return ProducerReport(source="test", state=state, reason=reason, since_us=1, heard_us=1, symbols={"ES": symbol})


async def state_becomes(follower: Follower, state: FeedState) -> FeedStatus:
    return await status_until(follower, lambda status: status.state is state)


async def test_a_follower_that_has_not_connected_is_down(feed_settings: FeedSettings) -> None:
    assert Follower(feed_settings).status().state is FeedState.DOWN


async def test_without_a_producer_the_feed_is_stale(follower: Follower) -> None:
    assert (await state_becomes(follower, FeedState.STALE)).reason == "no producer has reported yet"


async def test_a_producer_that_publishes_ticks_makes_the_feed_live(publisher: Publisher, follower: Follower) -> None:
    publisher.report(report())
    status = await state_becomes(follower, FeedState.QUIET)
    assert [(each.symbol, each.state) for each in status.symbols] == [("ES", FeedState.QUIET)]
    async with follower.tail("ES") as reader:
        publisher.publish(Quote("ES", None, None, "1", time.time_ns() // 1_000))
        await next_events(reader, 1)
        status = await state_becomes(follower, FeedState.LIVE)
        assert status.symbols[0].last_tick_us is not None


async def test_a_report_from_before_the_start_of_the_follower_is_known(
    publisher: Publisher, follower: Follower, feed_settings: FeedSettings
) -> None:
    publisher.report(report(ProducerState.STALE, "the page hangs"))
    await status_until(follower, lambda status: bool(status.symbols))
    async with Follower(feed_settings) as later:
        status = await status_until(later, lambda status: bool(status.symbols))
        assert status.reason == "test: the page hangs"


@pytest.mark.long
async def test_a_producer_that_stops_reporting_makes_the_feed_stale(
    follower: Follower, feed_settings: FeedSettings
) -> None:
    async with Publisher(feed_settings, "test") as publisher:
        publisher.report(report())
        await state_becomes(follower, FeedState.QUIET)
    assert (await state_becomes(follower, FeedState.STALE)).reason == "the producer of test does not report"


async def test_the_feed_is_down_while_redis_is_down(own_feed: FeedSettings, valkey: RedisServer) -> None:
    async with Publisher(own_feed, "test") as publisher, Follower(own_feed) as follower:
        publisher.report(report())
        await state_becomes(follower, FeedState.QUIET)
        valkey.kill()
        status = await state_becomes(follower, FeedState.DOWN)
        assert (status.reason, status.symbols[0].state) == ("redis is not reachable", FeedState.DOWN)
        await valkey.restart()
        await state_becomes(follower, FeedState.QUIET)
