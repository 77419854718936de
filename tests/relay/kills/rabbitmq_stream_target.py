"""A RabbitMQ stream as the target of kills: nothing may be repeated."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

from tests.relay.kills.target import Delivered, Target
from tests.support.rabbitmq_server import RabbitMqServer
from tickql.relay.address import SinkAddress
from tickql.relay.errors import RelayError
from tickql.relay.rabbitmq.broker_address import BrokerAddress
from tickql.relay.rabbitmq.stream_connection import StreamConnection
from tickql.relay.rabbitmq.stream_message import decode_entry

_STREAM = "market_data"
_PAUSE_S = 0.2


class RabbitMqStreamTarget(Target):
    """A server of its own, and a consumer that counts offsets."""

    def __init__(self, folder: Path) -> None:
        server = RabbitMqServer(folder)
        super().__init__(server, server.stream_url)
        self._port = server.stream_port
        self._next_offset = 0

    async def consume(self, take: Callable[[Delivered], None]) -> None:
        address = BrokerAddress.read(SinkAddress.parse(self.url), "", self._port, 0)
        while True:
            connection = StreamConnection(address, "127.0.0.1", self._port, "kills")
            try:
                await connection.open_session()
                await self._read(connection, take)
            except RelayError:
                # Killed, frozen, without a message for some seconds, or the stream is not there yet.
                await asyncio.sleep(_PAUSE_S)
            finally:
                await connection.close_session()

    async def _read(self, connection: StreamConnection, take: Callable[[Delivered], None]) -> None:
        async with aclosing(connection.read(_STREAM, self._next_offset)) as messages:
            async for offset, data in messages:
                # A chunk is read from its beginning.
                if offset >= self._next_offset:
                    self._next_offset = offset + 1
                    if (delivered := _delivered(data)) is not None:
                        take(delivered)


def _delivered(data: bytes) -> Delivered | None:
    entry = decode_entry(data)
    if entry is None or entry.subject not in {"tick", "gap"}:
        return None
    name = entry.message_id or ""
    return Delivered(entry.subject == "tick", name, name.rpartition(":")[0], entry.body)


def create(folder: Path) -> Target:
    return RabbitMqStreamTarget(folder)
