"""The address of Redis: what it names, and the line for each that names nothing."""

import pytest
from pydantic import ValidationError

from tickql.feed.redis_address import Node, RedisAddress, ServerKind
from tickql.feed.settings import FeedSettings


def test_one_server() -> None:
    address = RedisAddress.parse("rediss://api:s%40@redis.example:6380/2?ssl_ca_certs=/ca.pem")
    assert (address.kind, address.nodes) == (ServerKind.SINGLE, (Node("redis.example", 6380),))
    assert address.server_urls == ("rediss://api:s%40@redis.example:6380/2?ssl_ca_certs=%2Fca.pem",)
    assert RedisAddress.parse("unix:///run/redis.sock?db=1").server_urls == ("unix:///run/redis.sock?db=1",)


def test_a_cluster() -> None:
    address = RedisAddress.parse("redis://api:x@a:7000,b,[::1]:7002/?cluster=1&socket_keepalive=1")
    assert (address.kind, address.nodes) == (ServerKind.CLUSTER, (Node("a", 7000), Node("b", 6379), Node("::1", 7002)))
    assert address.url_of(Node("::1", 7002)) == "redis://api:x@[::1]:7002/?socket_keepalive=1"


def test_sentinels() -> None:
    address = RedisAddress.parse("redis+sentinel://api:x@a,b:26380/board/3?sentinel_password=p%23")
    assert (address.kind, address.primary_name) == (ServerKind.SENTINEL, "board")
    assert address.sentinel_urls == ("redis://:p%23@a:26379/", "redis://:p%23@b:26380/")
    assert address.url_of(Node("c", 6379)) == "redis://api:x@c:6379/3"


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("redis://a:7000,b:7000/", "it names several servers: end it with /?cluster=1 if they are a Redis Cluster"),
        (
            "redis://api:x@a:7000,b:7000/",
            "it names several servers: end it with /?cluster=1 if they are a Redis Cluster",
        ),
        ("redis://a:7000/1?cluster=1", "a cluster has only database 0"),
        ("redis+sentinel://api:x@a,b/", "the name of the primary is missing"),
        ("redis+sentinel://a,b/", "the name of the primary is missing"),
        ("redis+sentinel://a,b/board?cluster=1", "Sentinels do not serve a cluster: drop cluster=1"),
        ("redis://a:7000,:7001/?cluster=1", "a host is missing"),
    ],
)
def test_what_is_wrong_with_an_address_is_one_line(url: str, fault: str) -> None:
    with pytest.raises(ValidationError) as refused:
        FeedSettings(redis_url=url)
    (error,) = refused.value.errors()
    assert fault in error["msg"]
    assert "\n" not in error["msg"]
