"""The topics of one relay in a test: what is in them, and sinks that write them."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from tests.support.kafka_server import KafkaServer
from tests.support.waiting import DEADLINE_S
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor
from tickql.relay.address import SinkAddress
from tickql.relay.kafka.sink import KafkaSink, create_sink
from tickql.relay.sink import RelayContext


class Record(NamedTuple):
    """A record as a consumer sees it."""

    key: str
    value: bytes
    headers: dict[str, str]


class KafkaTopic:
    """A topic, with those of statuses and places beside it."""

    def __init__(self, server: KafkaServer, name: str) -> None:
        self.server = server
        self.name = name
        self.url = f"{server.url}/{name}"

    def sink(
        self, relay: str = "main", options: str = "", login: str = "", settings: FeedSettings | None = None
    ) -> KafkaSink:
        """Return a sink that is not open. `login`: `user:password`, for the port that demands one.

        `settings`: of the feed that is relayed; `None`: those of any other.
        """
        server = f"{login}@{self.server.login_servers}" if login else self.server.servers
        address = SinkAddress.parse(f"kafka://{server}/{self.name}?{options}")
        return create_sink(address, RelayContext(relay, settings or FeedSettings()))

    @asynccontextmanager
    async def opened(
        self, relay: str = "main", settings: FeedSettings | None = None
    ) -> AsyncIterator[tuple[KafkaSink, dict[str, Cursor]]]:
        """Yield an open sink, and the place that it has found."""
        sink = self.sink(relay, settings=settings)
        try:
            yield sink, dict(await sink.open())
        finally:
            await sink.close()

    async def create(self, **config: str) -> None:
        """Create the topic of ticks, with settings such as `max_message_bytes`."""
        settings = {name.replace("_", "."): value for name, value in config.items()}
        admin = AdminClient({"bootstrap.servers": self.server.servers})
        created = admin.create_topics([NewTopic(self.name, 1, 1, config=settings)])
        for future in created.values():
            await asyncio.wrap_future(future)

    async def records(self, count: int, suffix: str = "") -> list[Record]:
        """Wait for so many committed records of the topic, or of that with a suffix such as `.status`."""
        return await asyncio.to_thread(self._records, self.name + suffix, count)

    def _records(self, topic: str, count: int) -> list[Record]:
        consumer = Consumer(
            {
                "bootstrap.servers": self.server.servers,
                "group.id": "test",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 10,
            }
        )
        records: list[Record] = []
        deadline = time.monotonic() + DEADLINE_S
        try:
            while topic not in (known := consumer.list_topics(timeout=DEADLINE_S).topics):
                assert time.monotonic() < deadline, f"no topic {topic}"
            consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in known[topic].partitions])
            while len(records) < count:
                assert time.monotonic() < deadline, records
                for message in consumer.consume(count - len(records), 0.1):
                    assert message.error() is None
                    headers = {name: _text(value) for name, value in dict(message.headers() or []).items()}
                    records.append(Record(_text(message.key()), message.value() or b"", headers))
        finally:
            consumer.close()
        return records


def _text(value: str | bytes | None) -> str:
    return value.decode() if isinstance(value, bytes) else value or ""
