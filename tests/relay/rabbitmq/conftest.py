"""One RabbitMQ server for all tests that leave it alive."""

from collections.abc import Iterator

import pytest

from tests.support.brokers import missing_broker
from tests.support.rabbitmq_server import RabbitMqServer, find_rabbitmq


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMqServer]:
    if find_rabbitmq() is None:
        missing_broker("RabbitMQ", "scripts/setup rabbitmq")
    server = RabbitMqServer(tmp_path_factory.mktemp("rabbitmq"))
    server.start()
    yield server
    server.stop()
