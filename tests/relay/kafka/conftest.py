"""One Kafka broker for all tests that leave it alive, and a topic of its own for each test."""

import uuid
from collections.abc import Iterator

import pytest

from tests.support.kafka_server import KafkaServer, start_kafka
from tests.support.kafka_topic import KafkaTopic


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    server = start_kafka(tmp_path_factory.mktemp("kafka"))
    yield server
    server.stop()


@pytest.fixture
def topic(kafka: KafkaServer) -> KafkaTopic:
    return KafkaTopic(kafka, f"test_{uuid.uuid4().hex[:12]}")
