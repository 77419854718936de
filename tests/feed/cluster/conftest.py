"""A cluster for all tests of a file. A test that kills a node, or moves a slot, leaves the cluster whole."""

import uuid
from collections.abc import Iterator

import pytest

from tests.support.redis_cluster import RedisCluster
from tickql.feed.settings import FeedSettings


@pytest.fixture(scope="module")
def options() -> tuple[str, ...]:
    """Options of the nodes: a file that needs some has a fixture of its own."""
    return ()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, options: tuple[str, ...]) -> Iterator[RedisCluster]:
    cluster = RedisCluster(tmp_path_factory.mktemp("cluster"), options=options)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def settings(cluster: RedisCluster) -> FeedSettings:
    """The feed on the cluster, in a separate namespace for each test."""
    return FeedSettings(redis_url=cluster.url, namespace=f"test_{uuid.uuid4().hex[:12]}")


@pytest.fixture
def elsewhere(cluster: RedisCluster) -> FeedSettings:
    """A feed whose reports and set of symbols are on two primaries."""
    while True:
        settings = FeedSettings(redis_url=cluster.url, namespace=f"test_{uuid.uuid4().hex[:12]}")
        if cluster.primary_of(settings.keys.status) is not cluster.primary_of(settings.keys.symbols):
            return settings
