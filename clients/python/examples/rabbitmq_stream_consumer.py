"""Every tick of a RabbitMQ stream from its beginning on, once and in order.

Run: `pip install rstream`, then `python clients/python/examples/rabbitmq_stream_consumer.py 127.0.0.1 5552`
"""

import asyncio
import json
import sys
from contextlib import suppress

from rstream import AMQPMessage, Consumer, ConsumerOffsetSpecification, MessageContext, OffsetType, amqp_decoder

STREAM = "market_data"


async def main(host: str, port: int) -> None:
    """Print the prices of each tick, and each gap."""
    consumer = Consumer(host, port, username="guest", password="guest")
    await consumer.start()
    # To go on later where it was, a program keeps `context.offset` of its last message beside its results.
    first = ConsumerOffsetSpecification(OffsetType.FIRST)
    await consumer.subscribe(STREAM, _take, decoder=amqp_decoder, offset_specification=first)
    try:
        await consumer.run()
    finally:
        await consumer.close()


def _take(message: AMQPMessage, context: MessageContext) -> None:
    subject, fields = message.properties.subject, json.loads(message.body)
    if subject == b"tick":
        print(fields["timestamp"], fields["symbol"], fields["ASK"], fields["BID"], fields["LAST"], flush=True)
    elif subject == b"gap":
        print(f"{fields['symbol']}: {fields['lost']} ticks are missing after {fields['after']}", flush=True)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        host, port = sys.argv[1:3] if len(sys.argv) > 2 else ("127.0.0.1", "5552")
        asyncio.run(main(host, int(port)))
