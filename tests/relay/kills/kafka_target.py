"""Kafka as the target of kills: consumers read what is committed, and nothing may be repeated."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, TopicPartition

from tests.relay.kills.target import Delivered, Target
from tests.support.kafka_server import KafkaServer

_TOPICS = ("market_data", "market_data.status")


class KafkaTarget(Target):
    """A broker of its own, and a consumer with `read_committed`, in a thread."""

    def __init__(self, folder: Path) -> None:
        server = KafkaServer(folder)
        super().__init__(server, server.url)
        self._servers = server.servers

    async def consume(self, take: Callable[[Delivered], None]) -> None:
        loop, ends = asyncio.get_running_loop(), threading.Event()

        def pass_on(messages: list[Message]) -> None:
            for message in messages:
                if (delivered := _delivered(message)) is not None:
                    take(delivered)

        def hand_over(messages: list[Message]) -> None:
            loop.call_soon_threadsafe(pass_on, messages)

        reading = asyncio.create_task(asyncio.to_thread(_read, self._servers, ends, hand_over))
        try:
            await asyncio.shield(reading)
        finally:
            ends.set()
            await asyncio.gather(reading, return_exceptions=True)


def _read(servers: str, ends: threading.Event, take: Callable[[list[Message]], None]) -> None:
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": "kills",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "reconnect.backoff.max.ms": 500,
            "log_level": 0,
        }
    )
    while not ends.is_set() and not _assign(consumer):
        ends.wait(0.2)
    while not ends.is_set():
        messages = [message for message in consumer.consume(1_000, 0.1) if message.error() is None]
        if messages:
            take(messages)
    consumer.close()


def _assign(consumer: Consumer) -> bool:
    """Read all partitions of both topics, by their numbers: no group, which a killed broker would rebalance."""
    try:
        known = consumer.list_topics(timeout=1.0).topics
    except KafkaException:
        return False
    if not all(topic in known for topic in _TOPICS):
        return False
    consumer.assign(
        [TopicPartition(topic, number, OFFSET_BEGINNING) for topic in _TOPICS for number in known[topic].partitions]
    )
    return True


def _delivered(message: Message) -> Delivered | None:
    headers = dict(message.headers() or [])
    kind, cursor = headers.get("kind"), headers.get("cursor") or b""
    if kind == b"status":
        return None
    name = cursor if isinstance(cursor, str) else cursor.decode()
    return Delivered(kind is None, name, (message.key() or b"").decode(), message.value() or b"")


def create(folder: Path) -> Target:
    return KafkaTarget(folder)
