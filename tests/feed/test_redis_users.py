"""The users of `deploy/redis/users.acl`: each can do its part, and nothing else."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import quote as quote_text

import pytest
import redis.asyncio
from redis.exceptions import NoPermissionError, ResponseError

from tests.support.market import fill, number_of, publish, quote
from tests.support.reading import events_until, next_numbers
from tests.support.redis_users import UsersServer
from tests.support.waiting import DEADLINE_S, PATIENT
from tickql.feed.batch_reader import BatchReader
from tickql.feed.connection import RedisConnection
from tickql.feed.follower import Follower
from tickql.feed.health import FeedState
from tickql.feed.history import History
from tickql.feed.lease import Lease
from tickql.feed.lease_subject import LeaseSubject
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState


async def test_each_part_works_with_its_user_through_losses_of_scripts_and_connections(
    users: UsersServer, admin: Any
) -> None:
    producer, reader = users.feed("producer"), users.feed("api")
    report = ProducerReport(source="board", state=ProducerState.LIVE, since_us=1, heard_us=1)
    async with AsyncExitStack() as stack:
        lease = await stack.enter_async_context(Lease(producer, "board"))
        await lease.acquire()
        publisher = await stack.enter_async_context(Publisher(producer, "board", lease=lease))
        follower = await stack.enter_async_context(Follower(reader))
        history = await stack.enter_async_context(History(reader, PATIENT))
        publisher.report(report)
        tail = await stack.enter_async_context(follower.tail("ES"))
        publish(publisher, 1, 2)
        first, *_ = await events_until(tail, 2)
        await admin.script_flush()
        await publisher.flush()
        publish(publisher, 3)
        assert await next_numbers(tail, 1) == [3]
        await admin.script_flush()
        page = await history.page("ES", first=10, from_us=quote(2).observed_us)
        assert [number_of(tick) for tick in page.ticks] == [2, 3]
        for kind in ("normal", "pubsub"):
            await admin.client_kill_filter(_type=kind, skipme=True)
        publish(publisher, 4)
        assert await next_numbers(tail, 1) == [4]
        async with follower.tail("ES", after=first.tick.cursor) as resumed:
            numbers = [number_of(event.tick) for event in await events_until(resumed, 4)]
        assert numbers[-2:] == [3, 4]
        assert (await follower.symbols(), await history.symbols()) == (["ES"], ["ES"])
        async with asyncio.timeout(DEADLINE_S):
            while (status := follower.status()).state is FeedState.DOWN or status.reason is not None:
                await follower.wait_for_status_change(status)
    assert await admin.hget(producer.keys.lease("board"), "writer") == b""
    # A second producer takes over with its own fence, without a lease.
    assert (await fill(producer, 5)).seq == 5


async def test_a_relay_has_its_lease_and_reads_every_tick_with_its_user(users: UsersServer) -> None:
    producer, settings = users.feed("producer"), users.feed("relay")
    subject = LeaseSubject.relay(settings.keys, "kafka")
    async with Lease(settings, "kafka", subject=subject) as lease, Follower(settings) as follower:
        await lease.acquire()
        holding = asyncio.create_task(lease.hold())
        async with Publisher(producer, "board") as publisher, BatchReader(follower, 100) as reader:
            publish(publisher, 1, 2)
            await publisher.flush()
            assert await follower.symbols() == ["ES"]
            reader.add("ES", None)
            async with asyncio.timeout(DEADLINE_S):
                assert number_of((await reader.take(1))[0].tick) == 1
        assert not holding.done()
        holding.cancel()


async def test_a_consumer_hears_each_tick_and_reads_stream_and_head(users: UsersServer, admin: Any) -> None:
    async with redis.asyncio.from_url(users.url_of("consumer"), protocol=2) as consumer:
        for subscribe, name in (("subscribe", "market_data"), ("psubscribe", "market_data:*")):
            async with consumer.pubsub() as channel:
                await getattr(channel, subscribe)(name)
                assert (await channel.get_message(timeout=DEADLINE_S))["type"] == subscribe
                await fill(users.feed("producer"), 1)
                async with asyncio.timeout(DEADLINE_S):
                    while (
                        not (message := await channel.get_message(timeout=DEADLINE_S)) or b"ASK" not in message["data"]
                    ):
                        pass
        entries: Any = await consumer.xrange("market_data:{ES}:ticks")
        assert b'"ASK":"1.50"' in entries[0][1][b"tick"]
        assert await consumer.hget("market_data:{ES}:head", "newest")


async def test_user_and_password_may_have_every_character_that_an_address_encodes(
    users: UsersServer, admin: Any
) -> None:
    user, password = "p/#%@:?", "w/#%@:? +&"
    await admin.execute_command("ACL", "SETUSER", user, "on", f">{password}", "~*", "&*", "+@all")
    login = f"{quote_text(user, safe='')}:{quote_text(password, safe='')}"
    settings = FeedSettings(redis_url=f"redis://{login}@127.0.0.1:{users.port}/0")
    assert (await fill(settings, 1)).seq == 1


_REFUSED = {
    "producer": [
        ("SUBSCRIBE", "market_data"), ("SET", "other", "1"), ("PUBLISH", "other", "1"), ("DEL", "market_data:fence"),
        ("XTRIM", "market_data:{ES}:ticks", "MAXLEN", 0), ("FLUSHALL",), ("CONFIG", "GET", "*"), ("ACL", "LIST"),
        ("SCRIPT", "FLUSH"), ("KEYS", "*"), ("PEXPIRE", "market_data:{ES}:ticks", 1),
        ("SUBSCRIBE", "market_data:{ES}"), ("SUBSCRIBE", "market_data:view:board"),
    ],
    "api": [
        ("HSET", "market_data:{ES}:head", "top", 1), ("XADD", "market_data:{ES}:ticks", "*", "tick", "x"),
        ("PUBLISH", "market_data", "x"), ("EVAL", "return 1", 0), ("SUBSCRIBE", "other"), ("HGET", "other", "x"),
        ("EVAL_RO", "return redis.call('SET', 'market_data:fence', '1')", 0),
        ("EVAL_RO", "return redis.call('PUBLISH', 'market_data', '1')", 0),
        ("SCRIPT", "FLUSH"), ("FLUSHALL",), ("CONFIG", "GET", "*"), ("PSUBSCRIBE", "*"),
        ("PUBLISH", "market_data:{ES}", "x"), ("PUBLISH", "market_data:view:board", "x"),
        ("PEXPIRE", "market_data:view:board", 1),
    ],
    "consumer": [
        ("PUBLISH", "market_data", "x"), ("SUBSCRIBE", "other"), ("PSUBSCRIBE", "*"),
        ("HGET", "market_data:fence", "x"),
        ("HGET", "market_data:view:board", "picture"), ("HGET", "market_data:faults", "board"),
        ("XADD", "market_data:{ES}:ticks", "*", "tick", "x"), ("HGET", "market_data:lease:board", "writer"),
        ("EVAL_RO", "return 1", 0), ("FLUSHALL",), ("INFO",), ("CONFIG", "GET", "*"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("user", _REFUSED)
async def test_each_user_is_refused_what_is_not_its_part(user: str, users: UsersServer) -> None:
    connection = await RedisConnection.open(users.url_of(user))
    try:
        replies = await connection.call(*_REFUSED[user])
    finally:
        await connection.close()
    # From inside a script the refusal has another class.
    allowed = [
        command
        for command, reply in zip(_REFUSED[user], replies, strict=True)
        if not isinstance(reply, NoPermissionError)
        and not (isinstance(reply, ResponseError) and command[0] == "EVAL_RO")
    ]
    assert allowed == []
