"""Every tick of a RabbitMQ stream from its beginning on, once and in order, also through outages of the broker.

Run: `pip install rstream`, then `python clients/python/examples/rabbitmq_stream_consumer.py 127.0.0.1 5552`
"""

import asyncio
import json
import sys
from contextlib import suppress

from rstream import AMQPMessage, Consumer, ConsumerOffsetSpecification, MessageContext, OffsetType, amqp_decoder
from rstream.exceptions import ServerError

STREAM = "market_data"
RETRY_S, CLOSE_S = 1.0, 5.0


class Reader:
    """Prints the prices of each tick, and each gap."""

    def __init__(self) -> None:
        self._next_offset = 0
        """To go on from there after its own restart, a program keeps this number beside its results."""
        self._trouble = ""
        """What was printed since the last message."""

    async def run(self, host: str, port: int) -> None:
        """Read until cancelled. The library does not go on after each outage by itself, and this does."""
        while True:
            try:
                await self._read(host, port)
            except (ServerError, OSError, AssertionError) as error:
                # No such stream, for example: the relay creates it when it connects for the first time.
                self._warn(str(error) or type(error).__name__)
            await asyncio.sleep(RETRY_S)

    async def _read(self, host: str, port: int) -> None:
        """Read until the connection breaks."""
        broken = asyncio.Event()
        consumer = Consumer(
            host, port, username="guest", password="guest", on_close_handler=lambda _closed: broken.set()
        )
        try:
            await consumer.start()
            begin = ConsumerOffsetSpecification(OffsetType.OFFSET, self._next_offset)
            await consumer.subscribe(STREAM, self._take, decoder=amqp_decoder, offset_specification=begin)
            await broken.wait()
            self._warn("the connection broke")
        finally:
            # What is left of a broken connection cannot be closed in good order.
            with suppress(Exception):
                async with asyncio.timeout(CLOSE_S):
                    await consumer.close()

    def _take(self, message: AMQPMessage, context: MessageContext) -> None:
        if self._trouble:
            self._trouble = ""
            print("messages arrive again", file=sys.stderr)
        subject, fields = message.properties.subject, json.loads(message.body)
        if subject == b"tick":
            print(fields["timestamp"], fields["symbol"], fields["ASK"], fields["BID"], fields["LAST"], flush=True)
        elif subject == b"gap":
            print(f"{fields['symbol']}: {fields['lost']} ticks are missing after {fields['after']}", flush=True)
        self._next_offset = context.offset + 1

    def _warn(self, trouble: str) -> None:
        """Say why nothing arrives, once."""
        if not self._trouble:
            print(f"waiting: {trouble}", file=sys.stderr)
        self._trouble = trouble


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        host, port = sys.argv[1:3] if len(sys.argv) > 2 else ("127.0.0.1", "5552")
        asyncio.run(Reader().run(host, int(port)))
