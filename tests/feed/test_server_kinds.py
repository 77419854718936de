"""Servers of another kind than the address says, and those that may lose a feed, are named."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.market import number_of, publish
from tests.support.reading import client, events_until
from tests.support.redis_server import RedisServer
from tests.support.waiting import until
from tickql.feed.connect import open_connection
from tickql.feed.embedded.ports import free_port
from tickql.feed.errors import FeedRefused
from tickql.feed.follower import Follower
from tickql.feed.health import REFUSED, FeedState, FeedStatus, public_reason, restrict
from tickql.feed.lease import Lease
from tickql.feed.publisher import Publisher
from tickql.feed.server_facts import ServerFacts
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor, Gap, GapReason
from tickql.feed.timings import Timings

EVICTS = "Redis may delete ticks when its memory is full: set its maxmemory-policy, allkeys-lru, to noeviction"


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A cluster of one node, which serves all slots."""
    folder = tmp_path_factory.mktemp("cluster")
    # The port of the cluster's own bus would be one that systems give to outgoing connections.
    options = ("--cluster-enabled", "yes", "--cluster-port", str(free_port()))
    server = RedisServer(folder, keeps_data=False, options=options)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def evicting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FeedSettings]:
    options = ("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru")
    server = RedisServer(tmp_path_factory.mktemp("evicting"), keeps_data=False, options=options)
    server.start()
    yield FeedSettings(redis_url=server.url)
    server.stop()


async def test_a_cluster_that_the_address_does_not_name_is_named_once_by_producer_and_reader_and_nothing_is_stored(
    cluster: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    settings = FeedSettings(redis_url=cluster.url)
    async with client(settings) as admin:
        await admin.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)  # type: ignore[no-untyped-call]
        holder = asyncio.create_task(Lease(settings, "board").acquire())
        async with (
            Publisher(settings, "test", timings=Timings(final_flush_s=0.0)) as publisher,
            Follower(settings) as follower,
        ):
            publish(publisher, 1)
            begun = (await admin.info("stats"))["total_connections_received"]

            async def all_tried_again() -> bool:
                made: int = (await admin.info("stats"))["total_connections_received"] - begun
                return follower.status().reason == REFUSED and publisher.stats.redis_down is not None and made >= 6

            await until(all_tried_again)
            holder.cancel()
        assert await admin.dbsize() == 0
    named = [line for line in caplog.messages if line.startswith("redis refuses what the feed needs")]
    # The lease, the publisher and the reader.
    assert len(named) == 3
    assert all("say so in TICKQL_REDIS_URL: redis://HOST/?cluster=1" in line for line in named)


async def test_a_cluster_that_serves_no_slot_and_a_server_that_is_no_cluster_are_named(
    cluster: RedisServer, evicting: FeedSettings
) -> None:
    with pytest.raises(FeedRefused, match="no node of the cluster serves the slots 0-16383"):
        await open_connection(f"redis://127.0.0.1:{cluster.port}/?cluster=1", "key")
    with pytest.raises(FeedRefused, match=r"is not a cluster: drop cluster=1 from TICKQL_REDIS_URL"):
        await open_connection(f"{evicting.redis_url}?cluster=1", "key")


async def test_a_server_that_may_evict_ticks_is_named_by_log_and_status(
    evicting: FeedSettings, caplog: pytest.LogCaptureFixture
) -> None:
    async with Publisher(evicting, "test") as publisher, Follower(evicting) as follower, follower.tail("ES") as tail:
        publish(publisher, 1)
        await events_until(tail, 1)
        status = follower.status()
        assert (status.caution, status.reason) == (EVICTS, "no producer has reported yet")
    # The producer and the reader.
    assert caplog.messages.count(EVICTS) == 2


def test_a_status_without_a_fault_has_the_caution_as_its_reason() -> None:
    status = FeedStatus(FeedState.LIVE, None, 1, (), EVICTS)
    assert public_reason(status) == EVICTS
    assert restrict(status, lambda symbol: True).caution == EVICTS


@pytest.mark.parametrize(("part", "reason"), [("ticks", GapReason.TRIMMED), ("head", GapReason.RESTARTED)])
async def test_a_key_that_was_evicted_is_a_gap(part: str, reason: GapReason, evicting: FeedSettings) -> None:
    async with Publisher(evicting, "test") as publisher, client(evicting) as admin:
        await admin.flushall()
        publish(publisher, 1, 2, 3)
        await publisher.flush()
        async with Follower(evicting) as follower, follower.tail("ES") as tail:
            first = (await events_until(tail, 3))[-1].tick.cursor
        publish(publisher, 4, 5)
        await publisher.flush()
        # What an eviction does: deleted here, as which key it takes is chance.
        await admin.delete(getattr(evicting.keys, part)("ES"))
        publish(publisher, 6, 7)
        await publisher.flush()
        async with Follower(evicting) as fresh, fresh.tail("ES", after=first) as resumed:
            events = await events_until(resumed, 7)
    # Of a stream whose head is gone, what is left comes first.
    assert [event.gap.reason for event in events if event.gap is not None] == [reason]
    assert number_of(events[-1].tick) == 7


@pytest.mark.long
async def test_a_stream_that_was_evicted_is_a_gap_at_once_also_on_a_quiet_market(evicting: FeedSettings) -> None:
    async with Publisher(evicting, "test") as publisher, client(evicting) as admin:
        await admin.flushall()
        publish(publisher, 1, 2, 3, 4, 5)
        await publisher.flush()
        ticks: Any = await admin.xrange(evicting.keys.ticks("ES"), count=2)
        seen = Cursor.parse(f"ES:{ticks[1][0].decode()}")
        await admin.delete(evicting.keys.ticks("ES"))
        async with Follower(evicting) as follower, follower.tail("ES", after=seen) as resumed:
            (event,) = await events_until(resumed, 5)
    assert event.gap == Gap(seen, GapReason.TRIMMED, 2)


async def test_what_redis_evicts_by_itself_is_a_gap_for_who_resumes(evicting: FeedSettings) -> None:
    stream, head = evicting.keys.ticks("ES"), evicting.keys.head("ES")
    async with client(evicting) as admin:
        await admin.flushall()
        async with Publisher(evicting, "test") as publisher:
            publish(publisher, *range(1, 101))
            await publisher.flush()
            async with Follower(evicting) as follower, follower.tail("ES") as tail:
                seen = (await events_until(tail, 100))[-1].tick.cursor
            publish(publisher, *range(101, 111))
            await publisher.flush()
            await admin.config_set("maxmemory", (await admin.info("memory"))["used_memory"] + 1_000_000)
            try:
                # Bounded: whatever is evicted first, after as many keys both of ES have been least used for long.
                for number in range(20_000):
                    await admin.set(f"other:{number}", "x" * 1_000)
                    if number % 50 == 0 and await admin.exists(stream, head) < 2:
                        break
                assert await admin.exists(stream, head) < 2
                publish(publisher, 111, 112)
                await publisher.flush()
                async with Follower(evicting) as fresh, fresh.tail("ES", after=seen) as resumed:
                    events = await events_until(resumed, 112)
            finally:
                await admin.config_set("maxmemory", 100_000_000)
    assert any(event.gap is not None for event in events)


async def test_full_memory_is_named_and_costs_no_tick(evicting: FeedSettings, caplog: pytest.LogCaptureFixture) -> None:
    async with client(evicting) as admin:
        await admin.flushall()
        await admin.config_set("maxmemory-policy", "noeviction")
        await admin.config_set("maxmemory", 1)
        async with Publisher(evicting, "test") as publisher:
            publish(publisher, 1, 2)

            async def is_refused() -> bool:
                return publisher.stats.redis_down is not None

            await until(is_refused)
            await admin.config_set("maxmemory", 0)
            await publisher.flush()
        assert await admin.xlen(evicting.keys.ticks("ES")) == 2
    (line,) = [line for line in caplog.messages if "redis refuses" in line]
    assert "raise maxmemory, or keep fewer ticks: TICKQL_HISTORY_TICKS" in line


def test_what_a_server_does_not_tell_is_not_assumed() -> None:
    managed = b"# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n"
    facts = ServerFacts.from_replies([managed, b"# Memory\r\nused_memory:1\r\n"])
    assert facts == ServerFacts(None, is_cluster=False, evicts=None)
    assert facts.run_token != facts.run_token
    facts.check_kind()
    with pytest.raises(FeedRefused, match="Cluster"):
        ServerFacts.from_replies([b"redis_mode:cluster\r\n"]).check_kind()
