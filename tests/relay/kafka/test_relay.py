"""A relay from Redis to Kafka: places, gaps, new symbols, outages of the broker, and a standby."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import orjson
import pytest

from tests.relay.messages import batch
from tests.support.asyncapi import check_message
from tests.support.kafka_server import KafkaServer, start_kafka
from tests.support.kafka_topic import KafkaTopic, Record
from tests.support.market import Market, open_market
from tests.support.process import program
from tests.support.reading import client, reach, stored_messages
from tests.support.scraping import scrape
from tests.support.waiting import until
from tickql.feed.embedded.ports import free_port
from tickql.feed.settings import FeedSettings
from tickql.relay.service import relay
from tickql.relay.session import Start
from tickql.relay.settings import RelaySettings
from tickql.relay.sink import Message, MessageKind


@asynccontextmanager
async def relaying(
    settings: FeedSettings, topic: KafkaTopic, port: int = 0, start: Start = Start.OLDEST
) -> AsyncIterator[asyncio.Task[None]]:
    """Run a relay named `main` to the topic."""
    task = asyncio.create_task(
        relay(settings, RelaySettings(to=topic.url, name="main", start=start, metrics_port=port))
    )
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def market(feed_settings: FeedSettings) -> AsyncIterator[Market]:
    async with open_market(feed_settings) as market:
        yield market


def numbers(records: list[Record], symbol: str = "ES") -> list[int]:
    """The numbers of the ticks of a symbol."""
    return [int(orjson.loads(record.value)["LAST"]) for record in records if record.key == symbol]


async def test_each_tick_arrives_with_the_bytes_of_redis_also_of_symbols_that_come_later(
    market: Market, feed_settings: FeedSettings, topic: KafkaTopic
) -> None:
    market.tick("ES", 3)
    async with relaying(feed_settings, topic):
        await topic.records(3)
        market.tick("NQ", 2)
        market.tick("ES", 1)
        records = await topic.records(6)
    for symbol in ("ES", "NQ"):
        assert [each.value for each in records if each.key == symbol] == await stored_messages(feed_settings, symbol)


async def test_a_relay_that_begins_at_the_newest_tick_goes_on_from_there(
    market: Market, feed_settings: FeedSettings, topic: KafkaTopic
) -> None:
    market.tick("ES", 5)
    await market.publisher.flush()
    async with relaying(feed_settings, topic, start=Start.NEWEST):
        assert numbers(await topic.records(1)) == [5]
    market.tick("ES", 5)
    await market.publisher.flush()
    async with relaying(feed_settings, topic, start=Start.NEWEST):
        assert numbers(await topic.records(6)) == [5, 6, 7, 8, 9, 10]


async def test_what_the_feed_no_longer_keeps_is_a_gap_and_each_message_is_as_the_document_says(
    market: Market, feed_settings: FeedSettings, topic: KafkaTopic
) -> None:
    market.tick("ES", 2)
    place = (await reach(feed_settings, 2)).cursor
    market.tick("ES", 3)
    await reach(feed_settings, 5)
    (body,) = [each for each in await stored_messages(feed_settings) if str(place).encode() in each]
    async with topic.opened(settings=feed_settings) as (sink, _):
        await sink.send(batch(Message(MessageKind.TICK, "ES", place, body)))
    async with client(feed_settings) as redis:
        await redis.xtrim(feed_settings.keys.ticks("ES"), minid=place._replace(seq=5).stream_id, approximate=False)
    async with relaying(feed_settings, topic):
        ticks = await topic.records(2)
        records = await topic.records(2, ".status")
    assert numbers(ticks) == [2, 5]
    assert {check_message("kafkaTicks", each.value, each.headers) for each in ticks} == {"tick"}
    for each in records:
        assert check_message("kafkaStatus", each.value, each.headers) == each.headers["kind"]
        assert each.key == (orjson.loads(each.value)["symbol"] or "feed")
    (gap,) = (orjson.loads(record.value) for record in records if record.headers["kind"] == "gap")
    after, cursor = str(place), str(place._replace(seq=5))
    assert gap == {"type": "gap", "symbol": "ES", "reason": "TRIMMED", "lost": 2, "after": after, "cursor": cursor}


async def test_statuses_of_the_feed_and_its_symbols_arrive(
    market: Market, feed_settings: FeedSettings, topic: KafkaTopic
) -> None:
    market.tick("ES", 1)
    async with relaying(feed_settings, topic):
        (record,) = await topic.records(1, ".status")
    status = orjson.loads(record.value)
    assert (record.key, record.headers) == ("feed", {"kind": "status"})
    assert (status["type"], status["symbol"], status["state"]) == ("status", None, "STALE")


async def test_while_the_broker_stands_still_ticks_wait_and_the_metrics_say_what_arrived(
    market: Market, feed_settings: FeedSettings, topic: KafkaTopic, kafka: KafkaServer
) -> None:
    port = free_port()
    async with relaying(feed_settings, topic, port):
        market.tick("ES", 2)
        await topic.records(2)
        kafka.freeze()
        try:
            market.tick("ES", 50)
            await market.publisher.flush()
        finally:
            kafka.thaw()
        assert numbers(await topic.records(52)) == [*range(1, 53)]

        async def counted() -> bool:
            samples = await scrape(f"http://127.0.0.1:{port}")
            names = ("lease_held", "broker_up", "symbols", "ticks_total", "send_seconds_count")
            held, up, symbols, ticks, batches = (samples[f"tickql_relay_{name}"]["main",] for name in names)
            return (held, up, symbols, ticks) == (1, 1, 1, 52) and batches >= 2

        await until(counted)


async def test_a_standby_takes_over_and_nothing_is_lost_or_repeated(
    market: Market, feed_settings: FeedSettings, topic: KafkaTopic
) -> None:
    async with relaying(feed_settings, topic) as first:
        market.tick("ES", 10)
        await topic.records(10)
        async with relaying(feed_settings, topic):
            market.tick("ES", 10)
            await topic.records(20)
            first.cancel()
            market.tick("ES", 10)
            assert numbers(await topic.records(30)) == [*range(1, 31)]


def kill(server: KafkaServer) -> None:
    server.kill()


def fill(server: KafkaServer) -> None:
    server.fill()


@pytest.mark.long
@pytest.mark.parametrize("fail", [kill, fill])
async def test_a_broker_that_is_away_is_said_once_and_the_relay_goes_on_where_it_was(
    fail: Callable[[KafkaServer], None],
    market: Market,
    feed_settings: FeedSettings,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    server = start_kafka(tmp_path_factory.mktemp("own_kafka"))
    topic = KafkaTopic(server, "prices")
    environment = {
        "TICKQL_REDIS_URL": feed_settings.redis_url,
        "TICKQL_NAMESPACE": feed_settings.namespace,
        "TICKQL_RELAY_TO": f"kafka://admin:horse@{server.login_servers}/prices",
    }
    try:
        async with program("-m", "tickql", "relay", environment=environment) as running:
            market.tick("ES", 5)
            await topic.records(5)
            fail(server)
            market.tick("ES", 5)
            await running.says("ticks wait in Redis")
            server.stop()
            await server.restart()
            assert numbers(await topic.records(10)) == [*range(1, 11)]
            await running.says("is reachable again")
        assert running.process.returncode == 0
    finally:
        server.stop()
    assert sum("ticks wait in Redis" in line for line in running.output) == 1
    assert not any("horse" in line for line in running.output)


@pytest.mark.long
async def test_up_relays_too_and_the_example_consumer_prints_what_arrives_also_after_an_outage(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("up")
    server = start_kafka(tmp_path_factory.mktemp("own_kafka"))
    try:
        ports = ("--port", str(free_port()), "--demo-port", str(free_port()), "--data", str(folder / "data"))
        async with program("-m", "tickql", "up", "--no-open", *ports, "--relay", server.url) as running:
            await running.says(f"kafka://{server.servers} (kafka): passes the feed on")
            records = await KafkaTopic(server, "market_data").records(5)
            assert all(orjson.loads(record.value)["symbol"] == record.key for record in records)
            async with program("clients/python/examples/kafka_consumer.py", server.servers) as example:
                await example.says(f" {records[0].key} ")
                await example.says("the feed is LIVE")
                server.kill()
                await example.says("waiting: ")
                await running.says("the relay kafka waits for it")
                await server.restart()
                await example.says("messages arrive again")
            said = [line for line in example.output if "waiting: " in line or "|" in line]
            assert len(said) < 5, "one line for each reason, and none of the library's"
        assert running.process.returncode == 0
    finally:
        server.stop()
