"""A cluster for all tests of a file. A test that kills a node, or moves a slot, leaves the cluster whole."""

import uuid
from collections.abc import Iterator

import pytest

from tests.support.redis_cluster import RedisCluster
from tickql.feed.settings import FeedSettings


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    cluster = RedisCluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def settings(cluster: RedisCluster) -> FeedSettings:
    """The feed on the cluster, in a separate namespace for each test."""
    return FeedSettings(redis_url=cluster.url, namespace=f"test_{uuid.uuid4().hex[:12]}")
