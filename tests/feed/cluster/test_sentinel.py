"""Sentinel: a failover in the middle of publishing costs no tick, and what it cannot find is named."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from tests.support.market import number_of, publish
from tests.support.reading import events_until, numbers
from tests.support.redis_sentinel import NAME, SentinelSetup
from tests.support.waiting import DEADLINE_S, PATIENT, until
from tickql.feed.connect import open_connection
from tickql.feed.errors import FeedRefused, FeedUnavailable
from tickql.feed.follower import Follower
from tickql.feed.history import History
from tickql.feed.lease import Lease
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql_client import follow


@pytest.fixture(scope="module")
def sentinel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SentinelSetup]:
    setup = SentinelSetup(tmp_path_factory.mktemp("sentinel"))
    try:
        setup.start()
        yield setup
    finally:
        setup.stop()


async def test_a_failover_in_the_middle_of_publishing_costs_no_tick(sentinel: SentinelSetup) -> None:
    settings = FeedSettings(redis_url=sentinel.url)
    async with (
        Lease(settings, "board") as lease,
        Follower(settings) as follower,
        follower.tail("ES") as tail,
        History(settings, PATIENT) as history,
    ):
        await lease.acquire()
        async with (
            Publisher(settings, "board", lease=lease) as publisher,
            aclosing(follow("ES", settings.redis_url)) as received,
        ):
            publish(publisher, *range(1, 101))
            events = await events_until(tail, 100)
            publish(publisher, *range(101, 201))
            await sentinel.replace_primary()
            publish(publisher, *range(201, 301))
            events += await events_until(tail, 300)
            async with asyncio.timeout(DEADLINE_S):
                while (tick := await anext(received)).seq < 300:
                    assert tick.gap is None
            stored = (await history.page("ES", last=1_000)).ticks
    assert numbers(event.tick for event in events) == list(range(1, 301))
    assert [event.gap for event in events] == [None] * 300
    assert [tick.cursor for tick in stored] == [event.tick.cursor for event in events]


@pytest.mark.long
async def test_a_primary_of_before_that_goes_on_is_left(sentinel: SentinelSetup) -> None:
    settings = FeedSettings(redis_url=sentinel.url, namespace="before")
    await sentinel.heal()
    before = sentinel.primary
    sentinel.keep_primary(before, is_kept=True)
    try:
        async with (
            Publisher(settings, "board") as publisher,
            Follower(settings) as follower,
            follower.tail("ES") as tail,
        ):
            publish(publisher, *range(1, 101))
            events = await events_until(tail, 100)
            sentinel.fail_over()
            await sentinel.until_replaced(before)
            publish(publisher, *range(101, 201))

            async def has_all() -> bool:
                async with History(settings, PATIENT) as history:
                    newest = await history.latest("ES")
                return newest is not None and number_of(newest) == 200

            await until(has_all)
            publish(publisher, 201)
            events += await events_until(tail, 201)
    finally:
        sentinel.keep_primary(before, is_kept=False)
    assert numbers(event.tick for event in events) == list(range(1, 202))
    assert [event.gap for event in events] == [None] * 201


async def test_a_name_that_no_sentinel_knows_is_named_with_those_that_it_knows(sentinel: SentinelSetup) -> None:
    with pytest.raises(FeedRefused, match=f"Sentinel does not know the primary other; those that it knows: {NAME}"):
        await open_connection(sentinel.url.replace(NAME, "other"), "")


async def test_a_server_that_is_no_sentinel_is_named(sentinel: SentinelSetup) -> None:
    url = f"redis+sentinel://127.0.0.1:{sentinel.servers[1].port}/{NAME}"
    with pytest.raises((FeedRefused, FeedUnavailable), match=re.escape("(is it a Sentinel?)") + "|no Sentinel answers"):
        await open_connection(url, "")


async def test_sentinels_that_are_away_are_named() -> None:
    with pytest.raises(FeedUnavailable, match="no Sentinel answers"):
        await open_connection("redis+sentinel://127.0.0.1:1,127.0.0.1:2/board", "")
