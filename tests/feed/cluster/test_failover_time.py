"""How long a symbol is without ticks when its primary dies: a figure, so only where the machine is otherwise idle."""

import asyncio
import time

import pytest

from tests.support.market import publish
from tests.support.reading import events_until
from tests.support.redis_cluster import NODE_TIMEOUT_MS, RedisCluster
from tickql.feed.follower import Follower
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings

_WANTED_S = NODE_TIMEOUT_MS / 1_000 + 2
_KILLS = 5


@pytest.mark.long
@pytest.mark.timeout(120)
async def test_ticks_come_again_within_the_node_timeout_and_two_seconds(
    cluster: RedisCluster, settings: FeedSettings
) -> None:
    took_s = []
    async with (
        Publisher(settings, "board") as publisher,
        Follower(settings) as follower,
        follower.tail("ES") as tail,
    ):
        publish(publisher, 1)
        await events_until(tail, 1)
        for number in range(2, 2 + _KILLS):
            primary = await asyncio.to_thread(cluster.primary_of, settings.keys.head("ES"))
            primary.kill()
            begin_s = time.monotonic()
            publish(publisher, number)
            await events_until(tail, number)
            took_s.append(round(time.monotonic() - begin_s, 2))
            await cluster.heal()
    print(took_s)  # noqa: T201 - the figure
    # The worst kill of an idle machine is below; one disturbed attempt on a busy one may be above.
    assert sorted(took_s)[_KILLS // 2] <= _WANTED_S
