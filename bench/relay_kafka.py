"""A consumer of Kafka, with `confluent-kafka`."""

import time

from confluent_kafka import Consumer

from bench.relay_consumer import POLL_S, RelayConsumer

_READ_AT_ONCE = 500


class KafkaConsumer(RelayConsumer):
    """Reads what is committed in one topic."""

    def read(self) -> None:
        """See `RelayConsumer`."""
        consumer = Consumer(
            {
                "bootstrap.servers": self.url.removeprefix("kafka://"),
                "group.id": f"bench-{self.name}",
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "topic.metadata.refresh.interval.ms": 500,
                "allow.auto.create.topics": False,
                "fetch.wait.max.ms": 100,
                "fetch.queue.backoff.ms": 1,
                "socket.nagle.disable": True,
            }
        )
        consumer.subscribe([self.name])
        self.is_ready.set()
        try:
            while not self.is_ending:
                self._take_what_is_there(consumer)
        finally:
            consumer.close()

    def _take_what_is_there(self, consumer: Consumer) -> None:
        # The first message that is there ends the wait, and the others that are there come with it.
        first = consumer.poll(POLL_S)
        if first is None:
            return
        messages = [first, *consumer.consume(_READ_AT_ONCE, 0)]
        now_s = time.time()
        for message in messages:
            if message.error() is None and (body := message.value()) is not None:
                self.take(body, now_s)
