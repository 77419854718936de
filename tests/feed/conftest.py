"""What most tests of the feed need: a publisher, a follower, and a proxy in front of Redis that can fail."""

from collections.abc import AsyncIterator

import pytest

from tests.support.proxy import FaultProxy
from tickql.feed.follower import Follower
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings


@pytest.fixture
async def publisher(feed_settings: FeedSettings) -> AsyncIterator[Publisher]:
    async with Publisher(feed_settings, "test") as publisher:
        yield publisher


@pytest.fixture
async def follower(feed_settings: FeedSettings) -> AsyncIterator[Follower]:
    async with Follower(feed_settings) as follower:
        yield follower


@pytest.fixture
async def proxy(feed_settings: FeedSettings) -> AsyncIterator[FaultProxy]:
    async with FaultProxy(feed_settings.redis_url) as proxy:
        yield proxy
