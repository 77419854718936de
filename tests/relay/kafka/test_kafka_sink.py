"""The sink of Kafka: one transaction for a batch and the place behind it."""

import pytest
from confluent_kafka import Producer

from tests.relay.messages import batch, gap, status, tick
from tests.support.kafka_server import KafkaServer
from tests.support.kafka_topic import KafkaTopic, Record
from tickql.feed.embedded.ports import free_port
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor
from tickql.relay.address import SinkAddress
from tickql.relay.errors import SinkFenced, SinkRefused, SinkUnavailable
from tickql.relay.kafka.options import KafkaOptions
from tickql.relay.kafka.sink import create_sink
from tickql.relay.sink import Message, MessageKind, RelayContext

CONTEXT = RelayContext("main", FeedSettings())


def ids(records: list[Record]) -> list[str]:
    return [record.headers["cursor"] for record in records]


async def test_ticks_have_their_symbol_as_key_and_the_feeds_message_as_value(topic: KafkaTopic) -> None:
    async with topic.opened() as (sink, place):
        assert place == {}
        await sink.send(batch(status(), tick("ES", 1), gap("ES", 5), tick("ES", 5)))
    first, second = await topic.records(2)
    assert first == Record("ES", tick("ES", 1).body, {"cursor": "ES:7-1", "epoch": "7"})
    assert second == Record("ES", tick("ES", 5).body, {"cursor": "ES:7-5", "epoch": "7"})
    assert await topic.records(2, ".status") == [
        Record("feed", status().body, {"kind": "status"}),
        Record("ES", gap("ES", 5).body, {"kind": "gap", "cursor": "ES:7-5", "epoch": "7"}),
    ]


async def test_the_next_sink_of_the_name_finds_the_place_and_others_do_not(topic: KafkaTopic) -> None:
    async with topic.opened() as (sink, _):
        await sink.send(batch(tick("ES", 1), tick("NQ:1", 1)))
        await sink.send(batch(tick("ES", 2)))
    async with topic.opened() as (_, place):
        assert place == {"ES": Cursor("ES", 7, 2), "NQ:1": Cursor("NQ:1", 7, 1)}
    async with topic.opened("other") as (_, place):
        assert place == {}


async def test_what_a_killed_relay_has_not_committed_never_arrives_and_is_no_place(topic: KafkaTopic) -> None:
    async with topic.opened() as (sink, _):
        await sink.send(batch(tick("ES", 1)))
    options = KafkaOptions.of(SinkAddress.parse(topic.url), CONTEXT)
    killed = Producer({**options.client, "transactional.id": options.transactional_id})
    killed.init_transactions()
    killed.begin_transaction()
    killed.produce(options.ticks, tick("ES", 2).body, "ES")
    killed.produce(options.places, "ES:7-2", f"{options.place_prefix}ES")
    assert killed.flush(10) == 0
    async with topic.opened() as (sink, place):
        assert place == {"ES": Cursor("ES", 7, 1)}
        await sink.send(batch(tick("ES", 2), tick("ES", 3)))
    assert ids(await topic.records(3)) == ["ES:7-1", "ES:7-2", "ES:7-3"]


async def test_an_earlier_sink_of_the_name_is_fenced_off(topic: KafkaTopic) -> None:
    async with topic.opened() as (earlier, _):
        await earlier.send(batch(tick("ES", 1)))
        async with topic.opened() as (later, place):
            assert place == {"ES": Cursor("ES", 7, 1)}
            with pytest.raises(SinkFenced, match="another relay"):
                await earlier.send(batch(tick("ES", 2)))
            await later.send(batch(tick("ES", 2), tick("ES", 3)))
    assert ids(await topic.records(3)) == ["ES:7-1", "ES:7-2", "ES:7-3"]


async def test_messages_of_a_batch_fit_a_topic_that_takes_only_small_requests(topic: KafkaTopic) -> None:
    await topic.create(max_message_bytes="3000")
    async with topic.opened() as (sink, _):
        await sink.send(batch(*(tick("ES", seq) for seq in range(1, 501))))
        too_large = Message(MessageKind.TICK, "ES", Cursor("ES", 7, 501), b"x" * 5000)
        with pytest.raises(SinkRefused, match=r"takes no messages of this size .*raise max\.message\.bytes"):
            await sink.send(batch(too_large))
    assert ids(await topic.records(500))[-1] == "ES:7-500"


async def test_a_broker_that_is_not_there_is_unavailable() -> None:
    address = SinkAddress.parse(f"kafka://127.0.0.1:{free_port()}")
    sink = create_sink(address, CONTEXT)
    with pytest.raises(SinkUnavailable, match=r"127.0.0.1:\d+ does not answer \(.*"):
        await sink.open()
    await sink.close()


@pytest.mark.parametrize(
    ("login", "options", "line"),
    [
        (
            "admin:wrong",
            "",
            r"kafka://127.0.0.1:\d+/\w+ refuses the login \(.*\): check user, password and sasl.mechanism",
        ),
        ("admin:horse", "sasl.mechanism=SCRAM-SHA-256", "refuses the login"),
        ("limited:staple", "", r"has no topic '\w+' for this user, who may not create it either"),
        ("", "create=no", r"has no topic '\w+', and create=no forbids to create it"),
        ("", "replication=9", "refuses what the relay needs: .*replica"),
    ],
)
async def test_what_only_a_person_can_change_is_one_line(
    topic: KafkaTopic, login: str, options: str, line: str
) -> None:
    sink = topic.sink(options=options, login=login)
    try:
        with pytest.raises(SinkRefused, match=line) as refused:
            await sink.open()
    finally:
        await sink.close()
    assert "\n" not in str(refused.value)
    assert not any(word in str(refused.value) for word in ("wrong", "horse", "staple"))


async def test_a_broker_is_trusted_by_the_ca_of_the_address_only(topic: KafkaTopic, kafka: KafkaServer) -> None:
    address = f"kafka://{kafka.tls_servers}/{topic.name}?security.protocol=SSL"
    trusting = create_sink(SinkAddress.parse(f"{address}&ssl.ca.location={kafka.ca}"), CONTEXT)
    try:
        assert await trusting.open() == {}
    finally:
        await trusting.close()
    doubting = create_sink(SinkAddress.parse(address), CONTEXT)
    try:
        with pytest.raises(SinkRefused, match=r"no TLS connection \(.*certificate.*\): check the ssl options"):
            await doubting.open()
    finally:
        await doubting.close()


async def test_a_user_with_a_password_may_relay(topic: KafkaTopic, kafka: KafkaServer) -> None:
    sink = topic.sink(login="admin:horse")
    try:
        assert await sink.open() == {}
        await sink.send(batch(tick("ES", 1)))
    finally:
        await sink.close()
    assert ids(await topic.records(1)) == ["ES:7-1"]
