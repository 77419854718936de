"""One RabbitMQ server for all tests that leave it alive."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from typing import NamedTuple

import pytest
import pytest_asyncio

from tests.support.brokers import missing_broker
from tests.support.certificates import CertificateAuthority
from tests.support.rabbitmq_server import RabbitMqServer, find_rabbitmq
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor
from tickql.relay.address import SinkAddress
from tickql.relay.sink import RelayContext, Sink
from tickql.relay.sinks import create_sink


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMqServer]:
    if find_rabbitmq() is None:
        missing_broker("RabbitMQ", "scripts/setup rabbitmq")
    folder = tmp_path_factory.mktemp("rabbitmq")
    authority = CertificateAuthority(folder, "ca")
    server = RabbitMqServer(folder, tls=(authority.path, authority.sign("server")))
    server.start()
    yield server
    server.stop()


class Opened(NamedTuple):
    """A sink that is open, and the place that it has found."""

    sink: Sink
    places: Mapping[str, Cursor]


Open = Callable[..., Awaitable[Opened]]


@pytest_asyncio.fixture
async def open_sink(feed_settings: FeedSettings) -> AsyncIterator[Open]:
    """Opens sinks of the relay `main` for addresses, and closes them after the test."""
    async with AsyncExitStack() as stack:

        async def open_sink(address: str, relay: str = "main") -> Opened:
            sink = create_sink(SinkAddress.parse(address), RelayContext(relay, feed_settings))
            stack.push_async_callback(sink.close)
            return Opened(sink, dict(await sink.open()))

        yield open_sink
