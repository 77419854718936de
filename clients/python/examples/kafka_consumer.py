"""Every tick that a relay has passed on to Kafka, once and in order for each symbol.

Run: `pip install confluent-kafka`, then `python clients/python/examples/kafka_consumer.py 127.0.0.1:9092`
"""

import json
import sys
from contextlib import suppress

from confluent_kafka import Consumer, KafkaError, KafkaException


class Trouble:
    """Says on standard error why nothing arrives: each kind of error once, until something arrives again."""

    def __init__(self) -> None:
        self._told: set[int] = set()

    def note(self, error: KafkaError) -> None:
        """Take an error of the library, which goes on trying by itself."""
        # "All brokers are down" says less than the error before it.
        if error.code() not in {KafkaError._ALL_BROKERS_DOWN, *self._told}:
            self._told.add(error.code())
            print(f"waiting: {error.str()}", file=sys.stderr)

    def end(self) -> None:
        """Take note that something has arrived."""
        if self._told:
            self._told.clear()
            print("messages arrive again", file=sys.stderr)


def main() -> None:
    """Print the prices of each tick, and each gap and status."""
    servers = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9092"
    trouble = Trouble()
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": "tickql-example",
            "auto.offset.reset": "earliest",
            # Without this, ticks of a relay that was killed would come twice.
            "isolation.level": "read_committed",
            # The library's own log has a line for each attempt to connect.
            "log_level": 2,
            "error_cb": trouble.note,
        }
    )
    consumer.subscribe(["market_data", "market_data.status"])
    try:
        while True:
            message = consumer.poll(1.0)
            if message is None:
                continue
            error = message.error()
            if error is None:
                trouble.end()
                _print(message.topic(), json.loads(message.value() or b"{}"))
            elif error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                # The relay makes its topics when it connects for the first time.
                trouble.note(error)
            else:
                raise KafkaException(error)
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
