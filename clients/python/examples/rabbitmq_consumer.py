"""Every tick that a relay has published to RabbitMQ, in order for each symbol, and none twice.

Run: `pip install aio-pika`, then
`python clients/python/examples/rabbitmq_consumer.py amqp://guest:guest@127.0.0.1:5672/ '#.tick' '#.gap'`
"""

import asyncio
import json
import logging
import sys
from contextlib import suppress

import aio_pika
from aio_pika.abc import AbstractIncomingMessage
from aio_pika.exceptions import AMQPConnectionError, AMQPError, ChannelInvalidStateError

EXCHANGE, QUEUE = "market_data", "tickql-example"
RETRY_S = 1.0

# In an outage the libraries log each attempt to connect, with tracebacks. This program says it once.
for name in ("aio_pika", "aiormq"):
    logging.getLogger(name).setLevel(logging.CRITICAL)


class Repeats:
    """Knows what was there before: a relay that was killed may publish ticks again, with the same `message_id`.

    A consumer that must not repeat anything after its own restart keeps these numbers beside its results.
    """

    def __init__(self) -> None:
        self._newest: dict[str, int] = {}
        """The highest number so far, by `<symbol>:<epoch>`."""

    def has(self, message_id: str) -> bool:
        """Whether the tick or gap of this id was there before. From now on it was."""
        cursor, _, kind = message_id.partition(" ")
        numbering, _, number = cursor.rpartition("-")
        if int(number) <= self._newest.get(f"{numbering} {kind}", -1):
            return True
        self._newest[f"{numbering} {kind}"] = int(number)
        return False


class Outage:
    """Says on standard error when the connection breaks, and when there is one again."""

    def __init__(self) -> None:
        self._is_on = False

    def begin(self, _connection: object, error: BaseException | None) -> None:
        """Take note of a connection that was closed, or that could not be opened again."""
        # It is no error when this program ends.
        if isinstance(error, Exception) and not self._is_on:
            self._is_on = True
            print("waiting: the connection broke", file=sys.stderr)

    def end(self, _connection: object) -> None:
        """Take note of a connection that was opened again."""
        self._is_on = False
        print("connected again", file=sys.stderr)


async def main(url: str, keys: list[str]) -> None:
    """Print the prices of each tick, and each gap and status that the keys ask for."""
    repeats = Repeats()
    connection = await aio_pika.connect_robust(url, reconnect_interval=RETRY_S)
    outage = Outage()
    connection.close_callbacks.add(outage.begin)
    connection.reconnect_callbacks.add(outage.end)
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=1000)
        # As the relay declares it: whoever comes first creates it.
        exchange = await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
        # It keeps the messages while this program does not run, from its first start on.
        queue = await channel.declare_queue(QUEUE, durable=True)
        for key in keys:
            await queue.bind(exchange, key)
        async with queue.iterator() as messages:
            async for message in messages:
                if message.message_id is None or not repeats.has(message.message_id):
                    _print(message)
                # Only now: a message that this program did not print comes again. So does one of a connection that is
                # broken by now, and it is a repeat then.
                with suppress(AMQPError, ChannelInvalidStateError):
                    await message.ack()


def _print(message: AbstractIncomingMessage) -> None:
    fields = json.loads(message.body)
    if message.type == "tick":
        print(fields["timestamp"], fields["symbol"], fields["ASK"], fields["BID"], fields["LAST"], flush=True)
    elif message.type == "gap":
        print(f"{fields['symbol']}: {fields['lost']} ticks are missing after {fields['after']}", flush=True)
    else:
        print(f"{fields['symbol'] or 'the feed'} is {fields['state']}", flush=True)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        url = sys.argv[1] if len(sys.argv) > 1 else "amqp://guest:guest@127.0.0.1:5672/"
        try:
            asyncio.run(main(url, sys.argv[2:] or ["#"]))
        except AMQPConnectionError as error:
            sys.exit(f"no connection: {error}")
