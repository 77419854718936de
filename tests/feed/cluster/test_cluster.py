"""A real cluster: every tick arrives once and in order while slots move, primaries die and replicas lag."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing

import pytest
import redis.asyncio

from tests.support.market import Market, publish
from tests.support.reading import events_until, numbers, status_until
from tests.support.redis_cluster import RedisCluster
from tests.support.waiting import DEADLINE_S, PATIENT, until
from tickql.cli.doctor.finding import Level, ok
from tickql.cli.doctor.redis import redis_findings
from tickql.feed import silence_watch
from tickql.feed.errors import LeaseLost
from tickql.feed.follower import Follower
from tickql.feed.health import FeedState
from tickql.feed.history import History
from tickql.feed.lease import Lease
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState, SymbolReport
from tickql.feed.stream_reader import StreamRequest
from tickql.feed.tick_reader import TickReader
from tickql_client import follow

SYMBOLS = ("NQ", "ES", "YM", "CL", "GC", "RTY")
"""Some in the slots of each primary, as it is at the start."""


class Ticker:
    """Publishes numbered quotes of all symbols until it is stopped, and reads them."""

    def __init__(self, publisher: Publisher, readers: dict[str, TickReader]) -> None:
        self._market = Market(publisher)
        self._readers = readers
        self._stopping = False

    async def while_(self, change: Callable[[], object]) -> None:
        """Publish while `change` runs in a thread, then judge: each tick once, in order, and none missing."""
        publishing = asyncio.create_task(self._publish())
        try:
            await asyncio.to_thread(change)
        finally:
            self._stopping = True
            await publishing
        await self.judge()

    async def judge(self) -> None:
        for symbol, reader in self._readers.items():
            self._market.tick(symbol)
            last = self._market.seqs[symbol]
            events = await events_until(reader, last)
            assert numbers(event.tick for event in events) == list(range(last - len(events) + 1, last + 1))
            assert {event.gap for event in events} == {None}

    async def _publish(self) -> None:
        self._stopping = False
        while not self._stopping:
            for symbol in SYMBOLS:
                self._market.tick(symbol)
            await asyncio.sleep(0.002)


@pytest.fixture
async def ticker(settings: FeedSettings) -> AsyncIterator[Ticker]:
    async with AsyncExitStack() as stack:
        publisher = await stack.enter_async_context(Publisher(settings, "board"))
        follower = await stack.enter_async_context(Follower(settings))
        readers = {symbol: await stack.enter_async_context(follower.tail(symbol)) for symbol in SYMBOLS}
        ticker = Ticker(publisher, readers)
        await ticker.judge()
        yield ticker


@pytest.mark.parametrize("at_once", [False, True])
async def test_slots_that_move_under_publisher_and_reader_cost_no_tick(
    cluster: RedisCluster, settings: FeedSettings, ticker: Ticker, at_once: bool
) -> None:
    def move() -> None:
        for symbol in SYMBOLS[:3]:
            cluster.move_slot(settings.keys.head(symbol), at_once=at_once)

    await ticker.while_(move)
    async with History(settings, PATIENT) as history:
        found = await history.latest_of(SYMBOLS)
        assert None not in found
        assert await history.symbols() == sorted(SYMBOLS)
        assert await history.opened([*SYMBOLS, "NONE"]) == [*[True] * len(SYMBOLS), False]


async def test_a_primary_that_dies_and_a_replica_that_lacks_its_newest_ticks_cost_no_tick(
    cluster: RedisCluster, settings: FeedSettings
) -> None:
    async with (
        Publisher(settings, "board") as publisher,
        Follower(settings) as follower,
        follower.tail("ES") as tail,
    ):
        publish(publisher, 1, 2, 3)
        events = await events_until(tail, 3)
        primary = cluster.primary_of(settings.keys.head("ES"))
        replicas = [node for node in cluster.nodes if cluster.is_replica(node, primary)]
        for replica in replicas:
            replica.freeze()
        publish(publisher, 4, 5, 6)
        events += await events_until(tail, 6)
        primary.kill()
        for replica in replicas:
            replica.thaw()
        publish(publisher, 7)
        events += await events_until(tail, 7)
        await cluster.heal()
        async with History(settings, PATIENT) as history:
            stored = (await history.page("ES", last=100)).ticks
    assert numbers(event.tick for event in events) == [1, 2, 3, 4, 5, 6, 7]
    assert {event.gap for event in events} == {None}
    assert [tick.cursor for tick in stored] == [event.tick.cursor for event in events]


async def test_the_python_client_follows_a_symbol_whose_slot_moves_and_whose_primary_dies(
    cluster: RedisCluster, settings: FeedSettings
) -> None:
    async with (
        Publisher(settings, "board") as publisher,
        aclosing(follow("ES", settings.redis_url, namespace=settings.namespace)) as received,
        asyncio.timeout(3 * DEADLINE_S),
    ):
        publish(publisher, 1)
        ticks = [await anext(received)]
        for number, at_once in ((2, False), (3, True)):
            await asyncio.to_thread(cluster.move_slot, settings.keys.head("ES"), at_once=at_once)
            publish(publisher, number)
            ticks.append(await anext(received))
        cluster.primary_of(settings.keys.head("ES")).kill()
        publish(publisher, 4)
        ticks.append(await anext(received))
        await cluster.heal()
    assert [(int(tick.last or 0), tick.gap) for tick in ticks] == [(number, None) for number in range(1, 5)]


async def test_a_holder_that_another_producer_replaces_writes_nothing_more(settings: FeedSettings) -> None:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(Lease(settings, "board"))
        await first.acquire()
        one = await stack.enter_async_context(Publisher(settings, "board", lease=first))
        follower = await stack.enter_async_context(Follower(settings))
        tails = {symbol: await stack.enter_async_context(follower.tail(symbol)) for symbol in SYMBOLS}
        for symbol in SYMBOLS:
            publish(one, 1, symbol=symbol)
            await events_until(tails[symbol], 1)
        second = await stack.enter_async_context(Lease(settings, "board", take_over=True))
        second.succession.is_ready = True
        claiming = asyncio.create_task(second.acquire())
        async with asyncio.timeout(DEADLINE_S):
            await first.succession.wait_for_claim()
            await first.__aexit__(None, None, None)
            await claiming
        two = await stack.enter_async_context(Publisher(settings, "board", lease=second))
        for symbol in SYMBOLS:
            publish(two, 2, symbol=symbol)
        async with asyncio.timeout(DEADLINE_S):
            with pytest.raises(LeaseLost):
                await one.wait_until_fenced()
        for symbol in SYMBOLS:
            publish(one, 3, symbol=symbol)
            publish(two, 4, symbol=symbol)
        for tail in tails.values():
            events = await events_until(tail, 4)
            assert numbers(event.tick for event in events) == [2, 4]
            assert {event.gap for event in events} == {None}


async def test_symbols_of_all_primaries_are_read_together_also_where_one_has_forgotten_the_script(
    cluster: RedisCluster, settings: FeedSettings
) -> None:
    symbols = [f"S{number}" for number in range(60)]
    async with Publisher(settings, "board") as publisher, History(settings, PATIENT) as history:
        market = Market(publisher)
        for symbol in symbols:
            market.tick(symbol, count=3)
        await publisher.flush()
        requests = [StreamRequest(symbol, None, 2) for symbol in symbols]
        for _ in range(2):
            heads = await history.read_streams(requests)
            assert [head and numbers(head.ticks) for head in heads] == [[2, 3]] * len(symbols)
            async with redis.asyncio.Redis(port=cluster.primary_of(settings.keys.head("S0")).port) as primary:
                await primary.script_flush()


async def test_reports_of_producers_arrive(settings: FeedSettings) -> None:
    symbols = {"ES": SymbolReport(state=ProducerState.LIVE, since_us=1)}
    report = ProducerReport(source="board", state=ProducerState.LIVE, since_us=1, heard_us=1, symbols=symbols)
    async with Publisher(settings, "board") as publisher, Follower(settings) as follower:
        publisher.report(report)
        status = await status_until(follower, lambda status: status.state is FeedState.QUIET)
        assert [each.symbol for each in status.symbols] == ["ES"]
        publisher.report(report.model_copy(update={"state": ProducerState.STOPPED}))
        status = await status_until(follower, lambda status: status.state is FeedState.STALE)
        assert status.reason == "the producer of board has stopped"


async def test_doctor_examines_the_slots_and_each_primary(settings: FeedSettings) -> None:
    findings = await redis_findings(settings)
    assert findings[0] == ok("redis cluster", "3 primaries serve all slots")
    assert [finding for finding in findings if finding.level is Level.FAILED] == []
    assert "redis append-only file" in [finding.check for finding in findings if finding.level is Level.WARNING]


@pytest.mark.parametrize("one_channel", [True, None])
async def test_the_one_channel_is_a_setting(
    cluster: RedisCluster, settings: FeedSettings, one_channel: bool | None
) -> None:
    chosen = settings.model_copy(update={"one_channel": one_channel})
    node = cluster.other_primary(cluster.primary_of(settings.keys.head("ES")))
    async with (
        redis.asyncio.Redis(port=node.port, protocol=2) as plain,
        plain.pubsub() as channel,
        Publisher(chosen, "board") as publisher,
    ):
        await channel.subscribe(settings.keys.everything, "end")
        publish(publisher, 1)
        await publisher.flush()
        await plain.publish("end", "")
        received = []
        async with asyncio.timeout(DEADLINE_S):
            while (message := await channel.get_message(timeout=DEADLINE_S)) is not None:
                if message["type"] == "message":
                    received.append(message["channel"].decode())
                if received[-1:] == ["end"]:
                    break
    assert received == ([settings.keys.everything] if one_channel else []) + ["end"]


async def test_a_primary_that_only_announces_new_symbols_is_not_taken_for_silent(
    elsewhere: FeedSettings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(silence_watch, "SILENCE_S", 0.3)
    caplog.set_level("INFO", "tickql.feed")
    async with Follower(elsewhere) as follower:
        # No producer reports: the connection for reports is replaced, and each listener would say so once.
        async def was_replaced_twice() -> bool:
            return follower.stats.connects >= 5

        await until(was_replaced_twice)
    assert sum("no message for" in line for line in caplog.messages) == 1
