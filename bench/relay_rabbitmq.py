"""Consumers of RabbitMQ: of a stream with `rstream`, of an exchange with `aio-pika`."""

import asyncio
import time
from typing import Any

import aio_pika
from aio_pika.abc import AbstractIncomingMessage
from pamqp.common import FieldTable
from rstream import Consumer, ConsumerOffsetSpecification, MessageContext, OffsetType

from bench.relay_consumer import POLL_S, RelayConsumer
from bench.ticker import symbol
from tickql.relay.address import SinkAddress
from tickql.relay.rabbitmq.stream_message import StreamEntry, decode_entry
from tickql.relay.sink import MessageKind

_PREFETCH = 1000
_ACK_EVERY = 100
_LIMITS: FieldTable = {"x-max-length": 20_000, "x-overflow": "drop-head"}
"""What a queue keeps: older messages are dropped, so that the broker's memory does not fill up."""
_READ_SYMBOLS = 100


class StreamConsumer(RelayConsumer):
    """Reads one stream. The relay's own decoder takes less than half the time of that of `rstream`."""

    def read(self) -> None:
        """See `RelayConsumer`."""
        asyncio.run(self._read())

    async def _read(self) -> None:
        address = SinkAddress.parse(self.url)
        ((host, port),) = address.hosts
        assert port is not None
        assert address.user is not None
        assert address.password is not None
        async with Consumer(host, port, username=address.user, password=address.password) as consumer:
            # A stream has everything from its beginning on. The relay creates it.
            self.is_ready.set()
            while not self.is_ending and not await consumer.stream_exists(self.name):  # noqa: ASYNC110 - no event.
                await asyncio.sleep(POLL_S)
            first = ConsumerOffsetSpecification(OffsetType.FIRST)
            await consumer.subscribe(self.name, self._take, decoder=decode_entry, offset_specification=first)
            await self.until_ending()

    def _take(self, entry: Any, context: MessageContext) -> None:
        if isinstance(entry, StreamEntry) and entry.subject == MessageKind.TICK.value:
            self.take(entry.body, time.time())


class ExchangeConsumer(RelayConsumer):
    """Reads the first hundred symbols of an exchange; another queue, a durable one that nobody reads, gets all ticks.

    `aio-pika` needs 100 microseconds of CPU for a message: one consumer could just read 10,000 a second, and no more.
    """

    def read(self) -> None:
        """See `RelayConsumer`."""
        asyncio.run(self._read())

    async def _read(self) -> None:
        async with await aio_pika.connect(self.url) as connection:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=_PREFETCH)
            exchange = await channel.declare_exchange(self.name, aio_pika.ExchangeType.TOPIC, durable=True)
            all_ticks = await channel.declare_queue(f"{self.name}.all", durable=True, arguments=_LIMITS)
            await all_ticks.bind(exchange, "#.tick")
            some_ticks = await channel.declare_queue(exclusive=True, arguments=_LIMITS)
            for number in range(_READ_SYMBOLS):
                await some_ticks.bind(exchange, f"{symbol(number)}.tick")
            reading = await some_ticks.consume(self._take)
            self.is_ready.set()
            await self.until_ending()
            await some_ticks.cancel(reading)
            await all_ticks.delete(if_unused=False, if_empty=False)

    async def _take(self, message: AbstractIncomingMessage) -> None:
        self.take(message.body, time.time())
        assert message.delivery_tag is not None
        if message.delivery_tag % _ACK_EVERY == 0:
            await message.ack(multiple=True)
