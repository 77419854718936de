"""The sink of a RabbitMQ exchange: at least once, and in order."""

import asyncio
import gc
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue

from tests.relay.messages import batch, gap, status, tick
from tests.support.rabbitmq_server import RabbitMqServer
from tests.support.reading import client
from tests.support.waiting import DEADLINE_S, until
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor
from tickql.relay.address import SinkAddress
from tickql.relay.rabbitmq import exchange_sink
from tickql.relay.rabbitmq.exchange_sink import ExchangeSink, create_sink
from tickql.relay.sink import RelayContext


class Exchange:
    """An exchange of its own for a test, and the sinks that publish to it."""

    def __init__(self, server: RabbitMqServer, settings: FeedSettings) -> None:
        self.server = server
        self.settings = settings
        self.name = settings.namespace

    def sink(self, options: str = "") -> ExchangeSink:
        return create_sink(SinkAddress.parse(self.server.url + options), RelayContext("main", self.settings))

    @asynccontextmanager
    async def opened(self, options: str = "") -> AsyncIterator[ExchangeSink]:
        sink = self.sink(options)
        try:
            await sink.open()
            yield sink
        finally:
            await sink.close()

    async def place(self) -> Mapping[str, Cursor]:
        """The place that the next sink finds."""
        sink = self.sink()
        try:
            return await sink.open()
        finally:
            await sink.close()

    async def has_place(self) -> bool:
        async with client(self.settings) as redis:
            return bool(await redis.exists(self.settings.keys.relay_places("main")))

    @asynccontextmanager
    async def queue(self, *keys: str) -> AsyncIterator[AbstractQueue]:
        """A durable queue that is bound by these keys to the exchange, which must exist."""
        connection = await aio_pika.connect(self.server.url)
        async with connection:
            channel = await connection.channel()
            queue = await channel.declare_queue(f"{self.name}.{uuid.uuid4().hex}", durable=True)
            for key in keys:
                await queue.bind(self.name, key)
            yield queue


@pytest.fixture
def exchange(rabbitmq: RabbitMqServer, feed_settings: FeedSettings) -> Exchange:
    return Exchange(rabbitmq, feed_settings)


async def take(queue: AbstractQueue, count: int) -> list[AbstractIncomingMessage]:
    return [await queue.get(timeout=DEADLINE_S, no_ack=True) for _ in range(count)]


async def test_consumers_get_the_messages_of_the_feed_byte_for_byte_and_in_order(exchange: Exchange) -> None:
    sent = [tick("ES", 1), gap("BRK.B", 5), tick("BRK.B", 5), status(), tick("ES", 2)]
    async with exchange.opened() as sink, exchange.queue("#") as queue:
        await sink.send(batch(*sent))
        got = await take(queue, len(sent))

    assert [(each.routing_key, each.type, each.message_id) for each in got] == [
        ("ES.tick", "tick", "ES:7-1"),
        ("BRK.B.gap", "gap", "BRK.B:7-5 gap"),
        ("BRK.B.tick", "tick", "BRK.B:7-5"),
        ("feed.status", "status", None),
        ("ES.tick", "tick", "ES:7-2"),
    ]
    assert [each.body for each in got] == [each.body for each in sent]
    assert {each.delivery_mode for each in got} == {aio_pika.DeliveryMode.PERSISTENT}
    assert {(each.content_type, each.app_id) for each in got} == {("application/json", "tickql")}


async def test_a_consumer_chooses_its_messages_by_routing_key(exchange: Exchange) -> None:
    async with (
        exchange.opened() as sink,
        exchange.queue("ES.tick", "#.status") as some,
        exchange.queue("#.tick") as all_,
    ):
        await sink.send(batch(tick("ES", 1), tick("BRK.B", 1), gap("ES", 3), status()))

        assert [each.routing_key for each in await take(some, 2)] == ["ES.tick", "feed.status"]
        assert [each.routing_key for each in await take(all_, 2)] == ["ES.tick", "BRK.B.tick"]


async def test_the_next_sink_continues_behind_what_was_confirmed(exchange: Exchange) -> None:
    async with exchange.opened() as sink:
        await sink.send(batch(tick("ES", 1), tick("NQ", 5)))
        await sink.send(batch(status()))
        await sink.send(batch(tick("ES", 2)))

    assert await exchange.place() == {"ES": Cursor("ES", 7, 2), "NQ": Cursor("NQ", 7, 5)}


@pytest.mark.parametrize("size", [0, 1, 131_072 - 8, 131_072 - 7, 300_000])
async def test_messages_of_any_size_arrive_whole(exchange: Exchange, size: int) -> None:
    body = bytes(index % 251 for index in range(size))
    async with exchange.opened() as sink, exchange.queue("#") as queue:
        await sink.send(batch(status(body), status(b"next")))

        assert [each.body for each in await take(queue, 2)] == [body, b"next"]


async def test_many_messages_are_confirmed_together(exchange: Exchange) -> None:
    ids = [f"ES:7-{seq}" for seq in range(1, 1201)]
    async with exchange.opened() as sink, exchange.queue("#.tick") as queue:
        await sink.send(batch(*(tick("ES", seq) for seq in range(1, 1201))))
        async with asyncio.timeout(DEADLINE_S), queue.iterator(no_ack=True) as messages:
            assert [(await anext(messages)).message_id for _ in ids] == ids


async def test_batches_leave_nothing_in_memory(exchange: Exchange) -> None:
    async with exchange.opened() as sink:
        await sink.send(batch(tick("ES", 1)))
        before = _futures()
        for seq in range(2, 52):
            await sink.send(batch(tick("ES", seq)))
        assert _futures() < before + 25


def _futures() -> int:
    gc.collect()
    return sum(isinstance(each, asyncio.Future) for each in gc.get_objects())


async def test_the_place_follows_within_a_batch(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange_sink, "_PART", 1)
    async with exchange.opened() as sink:
        sending = asyncio.create_task(sink.send(batch(*(tick("ES", seq) for seq in range(1, 2001)))))
        await until(lambda: exchange.has_place())
        sending.cancel()
    assert 0 < (await exchange.place())["ES"].seq <= 2000


async def test_a_sink_that_is_closed_while_it_sends_waits_for_the_confirms(exchange: Exchange) -> None:
    async with exchange.opened() as sink:
        sending = asyncio.create_task(sink.send(batch(*(tick("ES", seq) for seq in range(1, 11)))))
        # Published, and not confirmed: that needs the broker.
        await asyncio.sleep(0)
        sending.cancel()

    assert await exchange.place() == {"ES": Cursor("ES", 7, 10)}
