"""What a Redis user lacks is said before any write, in one line with the rule to add; with it the part goes on."""

import logging
from typing import Any

import pytest

from tests.support.market import fill, number_of, publish
from tests.support.reading import events_until, next_numbers
from tests.support.redis_users import UsersServer
from tests.support.waiting import until
from tickql.feed.follower import Follower
from tickql.feed.health import REFUSED
from tickql.feed.publisher import Publisher
from tickql.feed.server_facts import NO_RUN_ID

_MISSING = [
    pytest.param(
        "resetchannels &market_data", "PUBLISH market_data:status", "+publish &market_data:*", marks=pytest.mark.long
    ),
    pytest.param(
        "resetchannels &market_data:*", "PUBLISH market_data", "+publish &market_data", marks=pytest.mark.long
    ),
    ("resetchannels &market_data &market_data:s*", "PUBLISH market_data:{ES}", "+publish &market_data:*"),
    pytest.param("-publish", "PUBLISH market_data:status", "+publish", marks=pytest.mark.long),
    pytest.param("-xadd", "XADD market_data:{ES}:ticks", "+xadd ~market_data:*", marks=pytest.mark.long),
    pytest.param(
        "resetkeys ~market_data:s* ~market_data:fence",
        "HMGET market_data:{ES}:head",
        "~market_data:*",
        marks=pytest.mark.long,
    ),
    pytest.param("-script|load", "script", "+script|load +evalsha", marks=pytest.mark.long),
    pytest.param("-evalsha", "evalsha", "+script|load +evalsha", marks=pytest.mark.long),
    pytest.param("-sadd", "SADD market_data:symbols", "+sadd ~market_data:*", marks=pytest.mark.long),
]


@pytest.mark.parametrize(("rules", "what", "add"), _MISSING)
async def test_a_producer_that_lacks_a_right_stores_nothing_says_so_once_and_goes_on_when_it_has_it(
    rules: str, what: str, add: str, users: UsersServer, admin: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await admin.execute_command("ACL", "SETUSER", "producer", *rules.split())
    async with Publisher(users.feed("producer"), "board") as publisher:
        publish(publisher, 1, 2)
        begun = await _connections(admin)

        async def tried_again() -> bool:
            return publisher.stats.redis_down is not None and await _connections(admin) >= begun + 3

        await until(tried_again)
        assert await admin.exists("market_data:{ES}:ticks", "market_data:{ES}:head", "market_data:symbols") == 0
        await users.restore(admin)
        await publisher.flush()
    lines = [line for line in caplog.messages if "redis refuses" in line]
    assert len(lines) == 1
    assert what in lines[0]
    assert add in lines[0]
    assert await admin.xlen("market_data:{ES}:ticks") == 2


async def test_a_right_that_is_taken_away_while_ticks_flow_costs_no_tick_once_it_is_back(
    users: UsersServer, admin: Any
) -> None:
    async with (
        Publisher(users.feed("producer"), "board") as publisher,
        Follower(users.feed("api")) as follower,
        follower.tail("ES") as tail,
    ):
        publish(publisher, 1)
        await events_until(tail, 1)
        await admin.execute_command("ACL", "SETUSER", "producer", "resetchannels", "&market_data")
        # The first part may be stored, and is not announced. After that nothing is stored.
        publish(publisher, 2)

        async def is_refused() -> bool:
            return "may not run PUBLISH market_data:status" in (publisher.stats.redis_down or "")

        await until(is_refused)
        publish(publisher, 3, 4)
        assert await admin.xlen("market_data:{ES}:ticks") <= 2
        await users.restore(admin)
        assert await next_numbers(tail, 3) == [2, 3, 4]


_READERS = [
    ("resetchannels &market_data:s*", "SUBSCRIBE market_data:{SYMBOL}", "+subscribe &market_data:*"),
    pytest.param("-subscribe", "SUBSCRIBE market_data:status", "+subscribe &market_data:*", marks=pytest.mark.long),
    pytest.param(
        "-xrevrange", "XREVRANGE market_data:{SYMBOL}:ticks", "+xrevrange %R~market_data:*", marks=pytest.mark.long
    ),
    pytest.param(
        "resetkeys %R~market_data:s*", "EXISTS market_data:{SYMBOL}:head", "%R~market_data:*", marks=pytest.mark.long
    ),
    pytest.param("-evalsha_ro", "evalsha_ro", "+evalsha_ro +eval_ro", marks=pytest.mark.long),
]


@pytest.mark.parametrize(("rules", "what", "add"), _READERS)
async def test_a_reader_that_lacks_a_right_says_which_and_works_when_it_has_it(
    rules: str, what: str, add: str, users: UsersServer, admin: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await fill(users.feed("producer"), 1)
    await admin.execute_command("ACL", "SETUSER", "api", *rules.split())
    await admin.script_flush()
    async with Follower(users.feed("api")) as follower, follower.tail("ES") as tail:
        begun = await _connections(admin)

        async def tried_again() -> bool:
            return follower.status().reason == REFUSED and await _connections(admin) >= begun + 3

        await until(tried_again)
        await users.restore(admin)
        assert [number_of(event.tick) for event in await events_until(tail, 1)] == [1]
    lines = [line for line in caplog.messages if "redis refuses" in line]
    assert len(lines) == 1
    assert what in lines[0]
    assert add in lines[0]


async def test_a_part_without_info_works_and_says_what_is_lost(
    users: UsersServer, admin: Any, caplog: pytest.LogCaptureFixture
) -> None:
    for user in ("producer", "api"):
        await admin.execute_command("ACL", "SETUSER", user, "-info")
    producer = users.feed("producer")
    async with (
        Publisher(producer, "test") as publisher,
        Follower(users.feed("api")) as follower,
        follower.tail("ES") as tail,
    ):
        publish(publisher, 1, 2)
        assert [number_of(event.tick) for event in await events_until(tail, 2)][-1] == 2
        await admin.client_kill_filter(_type="normal", skipme=True)
        publish(publisher, 3)
        assert await next_numbers(tail, 1) == [3]
        # On a server that told its run id, this producer would continue in the same epoch.
        await fill(producer, 4)
        assert (await events_until(tail, 4))[0].gap is not None
    assert [line for line in caplog.messages if "run_id" in line] == [NO_RUN_ID] * 2
    assert not any("lost ticks" in line for line in caplog.messages)


async def _connections(admin: Any) -> int:
    count: int = (await admin.info("stats"))["total_connections_received"]
    return count
