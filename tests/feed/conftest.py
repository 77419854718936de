"""What most tests of the feed need: a publisher, a follower, and a proxy in front of Redis that can fail."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.support.proxy import FaultProxy, through
from tests.support.reading import client
from tests.support.redis_users import UsersServer
from tickql.feed.follower import Follower
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.timings import Timings

RING = 16
"""A ring so short that a test fills it."""
_SHORT_WAIT = Timings(repair_wait_s=0.3)


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


@pytest.fixture
async def short_ring(feed_settings: FeedSettings) -> AsyncIterator[Follower]:
    """A follower with a short ring."""
    async with Follower(feed_settings, RING) as follower:
        yield follower


@pytest.fixture
async def proxied(feed_settings: FeedSettings) -> AsyncIterator[tuple[FaultProxy, Follower]]:
    """A follower with a short ring behind a proxy."""
    async with FaultProxy(feed_settings.redis_url) as proxy, Follower(through(proxy, feed_settings), RING) as follower:
        yield proxy, follower


@pytest.fixture
async def impatient(feed_settings: FeedSettings) -> AsyncIterator[Follower]:
    """A follower with a short ring, whose readers wait only briefly for a repair."""
    async with Follower(feed_settings, RING, _SHORT_WAIT) as follower:
        yield follower


@pytest.fixture(scope="session")
def users(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UsersServer]:
    """A server with a user for each part."""
    server = UsersServer(tmp_path_factory.mktemp("users"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def admin(users: UsersServer) -> AsyncIterator[Any]:
    """A client that may do everything, on an empty server. What a test changes at the users is undone."""
    async with client(users.feed("admin")) as admin:
        yield admin
        await users.restore(admin)
        await admin.flushall()
