"""A relay from Redis to RabbitMQ: what consumers get, also through the examples, is what docs/asyncapi.yaml says."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage

from tests.relay.messages import batch
from tests.support.asyncapi import check_message
from tests.support.guarded_process import GuardedProcess
from tests.support.market import Market, open_market
from tests.support.rabbitmq_server import RabbitMqServer
from tests.support.reading import client, reach, stored_messages
from tests.support.stream_reading import read_stream
from tests.support.waiting import DEADLINE_S, until
from tickql.feed.settings import FeedSettings
from tickql.relay.address import SinkAddress
from tickql.relay.service import relay
from tickql.relay.settings import RelaySettings
from tickql.relay.sink import Message, MessageKind, RelayContext
from tickql.relay.sinks import create_sink

_EXAMPLES = Path("clients/python/examples")


@asynccontextmanager
async def relaying(settings: FeedSettings, url: str) -> AsyncIterator[None]:
    """Run a relay named `main`."""
    task = asyncio.create_task(relay(settings, RelaySettings(to=url, name="main")))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def market(feed_settings: FeedSettings) -> AsyncIterator[Market]:
    async with open_market(feed_settings) as market:
        yield market


async def lose_ticks(market: Market, settings: FeedSettings, url: str) -> None:
    """Have ticks 3 and 4 of `ES` trimmed away before a relay whose place is tick 2 gets them."""
    market.tick("ES", 2)
    place = (await reach(settings, 2)).cursor
    market.tick("ES", 3)
    await reach(settings, 5)
    (body,) = [each for each in await stored_messages(settings) if str(place).encode() in each]
    sink = create_sink(SinkAddress.parse(url), RelayContext("main", settings))
    await sink.open()
    await sink.send(batch(Message(MessageKind.TICK, "ES", place, body)))
    await sink.close()
    async with client(settings) as redis:
        await redis.xtrim(settings.keys.ticks("ES"), minid=place._replace(seq=5).stream_id, approximate=False)


async def test_the_exchange_has_what_the_document_says(
    market: Market, feed_settings: FeedSettings, rabbitmq: RabbitMqServer
) -> None:
    async with await aio_pika.connect(rabbitmq.url) as connection:
        channel = await connection.channel()
        exchange = await channel.declare_exchange(feed_settings.namespace, aio_pika.ExchangeType.TOPIC, durable=True)
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(exchange, "#")
        await lose_ticks(market, feed_settings, rabbitmq.url)
        async with relaying(feed_settings, rabbitmq.url):
            got: list[AbstractIncomingMessage] = []
            async with asyncio.timeout(DEADLINE_S), queue.iterator(no_ack=True) as messages:
                async for message in messages:
                    got.append(message)
                    if {"tick", "gap", "status"} <= {str(each.type) for each in got[1:]}:
                        break

    channels = {"tick": "exchangeTicks", "gap": "exchangeGaps", "status": "exchangeStatus"}
    for each in got:
        headers = {"type": each.type, "app_id": each.app_id, "delivery_mode": each.delivery_mode}
        if each.message_id is not None:
            headers["message_id"] = each.message_id
        assert check_message(channels[str(each.type)], each.body, headers) == each.type
    assert [each.body for each in got if each.type == "tick"][-1:] == await stored_messages(feed_settings)
    assert [each.type for each in got if each.routing_key in {"ES.tick", "ES.gap"}] == ["tick", "gap", "tick"]


async def test_the_stream_has_what_the_document_says(
    market: Market, feed_settings: FeedSettings, rabbitmq: RabbitMqServer
) -> None:
    await lose_ticks(market, feed_settings, rabbitmq.stream_url)
    (last,) = await stored_messages(feed_settings)
    async with relaying(feed_settings, rabbitmq.stream_url):
        got = await read_stream(rabbitmq, feed_settings.namespace, last)

    for each in got:
        headers = {"subject": each.subject, "group_id": each.relay}
        if each.message_id is not None:
            headers["message_id"] = each.message_id
        assert check_message("stream", each.body, headers) == each.subject
    kinds = [each.subject for each in got if each.subject != "status"]
    assert kinds == ["relay", "tick", "relay", "gap", "tick"]


@pytest.fixture
def example(request: pytest.FixtureRequest, rabbitmq: RabbitMqServer, tmp_path: Path) -> Iterator[GuardedProcess]:
    """The example of that name, which reads `market_data` on the server."""
    arguments = {
        "rabbitmq_consumer": [rabbitmq.url, "#.tick"],
        "rabbitmq_stream_consumer": ["127.0.0.1", str(rabbitmq.stream_port)],
    }
    name: str = request.param
    command = [sys.executable, str(_EXAMPLES / f"{name}.py"), *arguments[name]]
    process = GuardedProcess(command, tmp_path / "example.log")
    yield process
    if not process.has_ended:
        process.kill()


@pytest.mark.parametrize(
    ("example", "option"),
    [("rabbitmq_consumer", "exchange"), ("rabbitmq_stream_consumer", "stream")],
    indirect=["example"],
)
async def test_an_example_prints_each_tick_once_also_when_the_relay_has_lost_its_place(
    market: Market, feed_settings: FeedSettings, rabbitmq: RabbitMqServer, example: GuardedProcess, option: str
) -> None:
    url = f"{rabbitmq.url if option == 'exchange' else rabbitmq.stream_url}?{option}=market_data"
    sink = create_sink(SinkAddress.parse(url), RelayContext("main", feed_settings))
    await sink.open()
    await sink.close()
    example.start()
    if option == "exchange":
        await until(lambda: _has_queue(rabbitmq))
    for _ in range(2):
        market.tick("ES", 3)
        await market.publisher.flush()
        async with relaying(feed_settings, url):
            await until(lambda: _has_printed(example, market.seqs["ES"]))
        async with client(feed_settings) as redis:
            await redis.delete(feed_settings.keys.relay_places("main"))

    lines = [line.split()[-1] for line in example.output.splitlines()]
    assert lines == ["1", "2", "3", "4", "5", "6"]


async def _has_queue(server: RabbitMqServer) -> bool:
    async with await aio_pika.connect(server.url) as connection:
        channel = await connection.channel()
        try:
            queue = await channel.get_queue("tickql-example")
        except aio_pika.exceptions.ChannelNotFoundEntity:
            return False
        # Bound, too, when it consumes.
        return queue.declaration_result.consumer_count == 1


async def _has_printed(example: GuardedProcess, number: int) -> bool:
    return f" {number}\n" in example.output
