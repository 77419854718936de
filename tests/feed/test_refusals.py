"""What Redis refuses is not taken for a Redis that cannot be reached, and says what can be done."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import redis.asyncio

from tests.support.redis_server import RedisServer
from tests.support.waiting import DEADLINE_S, until
from tickql.feed.connection import RedisConnection, check_replies
from tickql.feed.errors import FeedRefused, FeedUnavailable, describe_outage
from tickql.feed.follower import Follower
from tickql.feed.health import REFUSED, FeedState, public_reason
from tickql.feed.monitor import Monitor
from tickql.feed.settings import FeedSettings


@pytest_asyncio.fixture
async def user(shared_redis: RedisServer) -> AsyncIterator[str]:
    """The address for a user that may do little."""
    async with redis.asyncio.from_url(shared_redis.url, protocol=2) as client:
        await client.execute_command("ACL", "SETUSER", "weak", "on", ">horse", "~*", "+ping", "+select")  # type: ignore[no-untyped-call]
        yield shared_redis.url.replace("://", "://weak:horse@")
        await client.execute_command("ACL", "DELUSER", "weak")  # type: ignore[no-untyped-call]


async def test_a_refused_command_names_the_refusal_and_the_remedy(user: str) -> None:
    connection = await RedisConnection.open(user)
    try:
        with pytest.raises(FeedRefused, match=r"^Redis refused: .*; allow this user the commands, keys and channels"):
            check_replies(await connection.call(("XLEN", "a")))
    finally:
        await connection.close()


async def test_a_refused_login_names_the_remedy_and_not_the_password(user: str) -> None:
    with pytest.raises(FeedRefused, match="percent-encoded") as refused:
        await RedisConnection.open(user.replace("horse", "zebra"))
    assert "zebra" not in str(refused.value)


def test_a_cluster_is_named() -> None:
    crossed = redis.ResponseError("CROSSSLOT Keys in request don't hash to the same slot")
    with pytest.raises(FeedRefused, match=re.escape("say so in TICKQL_REDIS_URL, redis://HOST/?cluster=1")):
        check_replies([crossed])


@pytest.mark.parametrize("rights", ["~* resetchannels", "~other &*"])
async def test_a_reader_that_lacks_a_right_says_so_once_and_its_feed_is_down(
    rights: str, shared_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with redis.asyncio.from_url(shared_redis.url, protocol=2) as client:
        await client.execute_command("ACL", "SETUSER", "reader", "reset", "on", ">horse", "+@all", *rights.split())  # type: ignore[no-untyped-call]
        try:
            settings = FeedSettings(redis_url=shared_redis.url.replace("://", "://reader:horse@"))
            async with Follower(settings) as follower:
                status = follower.status()
                while status.reason != REFUSED:
                    async with asyncio.timeout(DEADLINE_S):
                        status = await follower.wait_for_status_change(status)
                refused_at = await _refusals(client)

                async def refused_again() -> bool:
                    return await _refusals(client) >= refused_at + 3

                await until(refused_again)
        finally:
            await client.execute_command("ACL", "DELUSER", "reader")  # type: ignore[no-untyped-call]
    assert status.state is FeedState.DOWN
    (line,) = caplog.messages
    assert line.startswith("redis refuses what the feed needs")
    assert "ACL SETUSER" in line


async def _refusals(client: "redis.asyncio.Redis") -> int:
    """The number of connections that the server has had: each refusal of the user `reader` ends one."""
    stats: dict[str, int] = await client.info("stats")
    return stats["total_connections_received"]


def test_logs_and_the_status_tell_a_refusal_from_an_outage(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    monitor = Monitor(dict)
    monitor.redis_connected()
    monitor.redis_lost(FeedRefused("Redis refused: NOPERM"))
    assert caplog.messages[-1] == "redis refuses what the feed needs (Redis refused: NOPERM)"
    assert (monitor.status.state, monitor.status.reason) == (FeedState.DOWN, REFUSED)
    assert public_reason(monitor.status) == "Redis refuses what the feed needs"
    assert describe_outage(FeedUnavailable("no answer")) == "redis is not reachable (no answer)"
