"""Every tick that a relay has passed on to Kafka, once and in order for each symbol.

Run: `pip install confluent-kafka`, then `python clients/python/examples/kafka_consumer.py 127.0.0.1:9092`
"""

import json
import sys
from contextlib import suppress

from confluent_kafka import Consumer, KafkaException


def main() -> None:
    """Print the prices of each tick, and each gap and status."""
    servers = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9092"
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": "tickql-example",
            "auto.offset.reset": "earliest",
            # Without this, ticks of a relay that was killed would come twice.
            "isolation.level": "read_committed",
        }
    )
    consumer.subscribe(["market_data", "market_data.status"])
    try:
        while True:
            message = consumer.poll(1.0)
            if message is None:
                continue
            if message.error() is not None:
                raise KafkaException(message.error())
            _print(message.topic(), json.loads(message.value() or b"{}"))
    finally:
        # Keeps this group's place: the next start goes on from here.
        consumer.close()


def _print(topic: str | None, fields: dict[str, object]) -> None:
    if topic == "market_data":
        print(fields["timestamp"], fields["symbol"], fields["ASK"], fields["BID"], fields["LAST"], flush=True)
    elif fields["type"] == "gap":
        print(f"{fields['symbol']}: {fields['lost']} ticks are missing after {fields['after']}", flush=True)
    else:
        print(f"{fields['symbol'] or 'the feed'} is {fields['state']}", flush=True)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
