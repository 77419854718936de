"""A RabbitMQ exchange as the target of kills: a tick may come again, with the same id."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import aio_pika
import aiormq
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from aiormq.abc import DeliveredMessage

from tests.relay.kills.target import Delivered, Target
from tests.support.rabbitmq_server import RabbitMqServer

_EXCHANGE, _QUEUE = "market_data", "kills"
_PAUSE_S = 0.2
_PREFETCH, _ACKNOWLEDGED = 1_000, 100


class RabbitMqExchangeTarget(Target):
    """A server of its own, and a consumer with a durable queue, which is there before the first message."""

    repeats = True

    def __init__(self, folder: Path) -> None:
        server = RabbitMqServer(folder, plugins=())
        super().__init__(server, server.url)

    async def start(self) -> None:
        await super().start()
        async with await aio_pika.connect(self.url) as connection:
            channel = await connection.channel()
            await channel.declare_exchange(_EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
            queue = await channel.declare_queue(_QUEUE, durable=True)
            await queue.bind(_EXCHANGE, "#")

    async def consume(self, take: Callable[[Delivered], None]) -> None:
        while True:
            try:
                await self._read(take)
            except CONNECTION_EXCEPTIONS:
                await asyncio.sleep(_PAUSE_S)

    async def _read(self, take: Callable[[Delivered], None]) -> None:
        # Not by `aio_pika`, whose objects for each message cost more than everything else here.
        async with aiormq.connect(self.url) as connection:
            channel = await connection.channel()
            await channel.basic_qos(prefetch_count=_PREFETCH)

            async def on_message(message: DeliveredMessage) -> None:
                if (delivered := _delivered(message)) is not None:
                    take(delivered)
                if message.delivery_tag is not None and message.delivery_tag % _ACKNOWLEDGED == 0:
                    await channel.basic_ack(message.delivery_tag, multiple=True)

            await channel.basic_consume(_QUEUE, on_message)
            await channel.closing


def _delivered(message: DeliveredMessage) -> Delivered | None:
    symbol, _, kind = (message.routing_key or "").rpartition(".")
    if kind == "status":
        return None
    return Delivered(kind == "tick", message.header.properties.message_id or "", symbol, message.body)


def create(folder: Path) -> Target:
    return RabbitMqExchangeTarget(folder)
