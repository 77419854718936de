"""The sink of a RabbitMQ topic exchange: each message in order and at least once, and with its `message_id` again.

An exchange cannot tell what it has had. So the place is kept in Redis, and written when the broker has confirmed a
batch. What the broker took behind the last place that was written, the next sink sends again.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import chain, takewhile

from tickql.feed.tick import Cursor
from tickql.relay.address import SinkAddress
from tickql.relay.errors import InvalidAddress, RelayError, SinkUnavailable
from tickql.relay.rabbitmq.broker_address import TLS_OPTIONS, BrokerAddress
from tickql.relay.rabbitmq.exchange_connection import ExchangeConnection
from tickql.relay.rabbitmq.exchange_publisher import ExchangePublisher
from tickql.relay.rabbitmq.place_store import PlaceStore
from tickql.relay.sink import Batch, Message, MessageKind, RelayContext

PORT, TLS_PORT = 5672, 5671
_MAX_NAME_BYTES = 255
_PART = 500
"""Messages behind which the place is written."""
_LAST_CONFIRMS_S = 1.0

_Part = tuple[Sequence[Message], "asyncio.Future[None]"]
"""Messages that were published together, with the future of their confirms."""


def create_sink(address: SinkAddress, context: RelayContext) -> "ExchangeSink":
    """Return the sink for `amqp://user:password@host:5672/vhost?exchange=market_data`."""
    address.check_options(("exchange", *TLS_OPTIONS))
    if not 0 < len(address.options.get("exchange", "x").encode()) <= _MAX_NAME_BYTES:
        raise InvalidAddress(f"{address}: exchange is not a name of 1 to {_MAX_NAME_BYTES} bytes")
    return ExchangeSink(address, context)


class ExchangeSink:
    """Sends the feed to one topic exchange. See `Sink`."""

    def __init__(self, address: SinkAddress, context: RelayContext) -> None:
        self._address = BrokerAddress.read(address, "amqps", PORT, TLS_PORT)
        self._name = f"tickql relay {context.name}"
        self._exchange = address.options.get("exchange", context.settings.namespace)
        self._store = PlaceStore(context)
        self._connection: ExchangeConnection | None = None
        self._publisher: ExchangePublisher | None = None
        self._unconfirmed: deque[_Part] = deque()
        """Parts of a batch that were published, in order."""

    async def open(self) -> Mapping[str, Cursor]:
        """Connect, create the exchange if it is missing, and return the place. See `Sink`."""
        connection = self._connection = await self._connect()
        await connection.declare_exchange(self._exchange)
        self._publisher = ExchangePublisher(connection.channel, connection.confirms, self._exchange)
        return await self._store.read()

    async def send(self, batch: Batch) -> None:
        """Publish a batch, wait for the confirms, and write the place. See `Sink`.

        All of it is published at once. The place follows part by part: a relay that is killed again and again while the
        broker is slow gets on all the same.
        """
        assert self._publisher is not None, "the sink is not open"
        for begin in range(0, len(batch.messages), _PART):
            part = batch.messages[begin : begin + _PART]
            self._unconfirmed.append((part, await self._publisher.publish(part)))
            # The broker works on this part while the next one is encoded.
            await asyncio.sleep(0)
        while self._unconfirmed:
            await self._note_confirmed()

    async def close(self) -> None:
        """Close the connections. See `Sink`.

        A relay that ends meanwhile waits for the confirms of what it has sent: then the next one repeats nothing.
        """
        with suppress(TimeoutError, RelayError):
            async with asyncio.timeout(_LAST_CONFIRMS_S):
                while self._unconfirmed:
                    await self._note_confirmed()
        self._unconfirmed.clear()
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
        await self._store.close()

    async def _note_confirmed(self) -> None:
        """Wait until the first part is confirmed, and write the place behind all parts that are confirmed by then."""
        assert self._connection is not None, "the sink is not open"
        await self._connection.until_confirmed(self._unconfirmed[0][1])
        parts = [part for part, _ in takewhile(_is_confirmed, self._unconfirmed)]
        messages = chain.from_iterable(parts)
        places = {key: cursor for kind, key, cursor, _ in messages if kind is MessageKind.TICK and cursor is not None}
        if places:
            await self._store.write(places)
        for _ in parts:
            self._unconfirmed.popleft()

    async def _connect(self) -> ExchangeConnection:
        """Connect to the first server that answers."""
        for number, (host, port) in enumerate(self._address.hosts, 1):
            connection = ExchangeConnection(self._address, host, port, self._name)
            try:
                await connection.open()
            except SinkUnavailable:
                await connection.close()
                if number == len(self._address.hosts):
                    raise
            except BaseException:
                await connection.close()
                raise
            else:
                return connection
        raise AssertionError("an address names at least one host")


def _is_confirmed(part: _Part) -> bool:
    _, confirmed = part
    return confirmed.done() and not confirmed.cancelled() and confirmed.exception() is None
