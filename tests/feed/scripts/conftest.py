"""A server without connections, and writers on it: what the tests of the Lua scripts share."""

import itertools
import uuid
from collections.abc import Callable, Iterator

import pytest
import redis

from tests.support.redis_server import RedisServer
from tests.support.writer import Server, Writer
from tickql.feed.keys import Keys
from tickql.feed.scripts import OpenVerdict, PublishVerdict
from tickql.feed.spool import Spool


@pytest.fixture
def server(shared_redis: RedisServer) -> Iterator[Server]:
    with redis.Redis(port=shared_redis.port, protocol=2) as client:
        server = Server(client, Keys(f"scripts_{uuid.uuid4().hex[:12]}"))
        server.take_snapshot()
        yield server


@pytest.fixture
def new_writer(server: Server) -> Callable[[], Writer]:
    """Makes writers that have not opened the symbol, each with a newer fence than the one before."""
    numbers = itertools.count(1)
    return lambda: Writer(server, next(numbers), server.take_fence(), Spool("ES", capacity=6))


@pytest.fixture
def writer(new_writer: Callable[[], Writer]) -> Writer:
    """A writer that has opened the symbol and published ticks 1 and 2."""
    writer = new_writer()
    assert writer.open() is OpenVerdict.NEW
    assert writer.publish(2) is PublishVerdict.OK
    return writer


@pytest.fixture
def other(writer: Writer, new_writer: Callable[[], Writer]) -> Writer:
    """A second writer, with a newer fence, that has not opened the symbol."""
    return new_writer()
