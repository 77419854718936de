"""A broker that is frozen, full, killed: the sink says so in time, and the next one continues."""

import asyncio
import itertools
import logging
from collections.abc import Iterator

import pytest

from tests.relay.messages import batch, tick
from tests.relay.rabbitmq.conftest import Open
from tests.support.rabbitmq_server import RabbitMqServer
from tests.support.stream_reading import read_stream
from tests.support.waiting import until
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor
from tickql.relay.errors import SinkUnavailable
from tickql.relay.rabbitmq import exchange_connection, stream_connection
from tickql.relay.sink import Sink

pytestmark = pytest.mark.long
BOTH = pytest.mark.parametrize("kind", ["exchange", "stream"])


def address(server: RabbitMqServer, kind: str) -> str:
    return server.url if kind == "exchange" else server.stream_url


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker has a second for each answer."""
    for module in (exchange_connection, stream_connection):
        monkeypatch.setattr(module, "DEADLINE_S", 1.0)


@pytest.fixture
def frozen(rabbitmq: RabbitMqServer) -> Iterator[RabbitMqServer]:
    yield rabbitmq
    rabbitmq.thaw()


@pytest.fixture
def full(rabbitmq: RabbitMqServer) -> Iterator[RabbitMqServer]:
    yield rabbitmq
    rabbitmq.set_disk_alarm(False)


@BOTH
async def test_a_frozen_broker_is_unavailable_in_time_and_the_sink_closes(
    frozen: RabbitMqServer, open_sink: Open, kind: str, impatient: None
) -> None:
    sink = (await open_sink(address(frozen, kind))).sink
    await sink.send(batch(tick("ES", 1)))
    frozen.freeze()

    with pytest.raises(SinkUnavailable, match=r"(no confirm|no answer) within 1 s|has taken nothing for 1 s"):
        await sink.send(batch(tick("ES", 2)))
    async with asyncio.timeout(10):
        await sink.close()

    frozen.thaw()
    places = (await open_sink(address(frozen, kind))).places
    # The broker has the second tick from its socket. A stream knows that; the place of an exchange lags behind.
    assert places == {"ES": Cursor("ES", 7, 1 if kind == "exchange" else 2)}


async def test_an_exchange_that_blocks_publishers_is_waited_for(
    full: RabbitMqServer, open_sink: Open, impatient: None, caplog: pytest.LogCaptureFixture
) -> None:
    sink = (await open_sink(full.url)).sink
    full.set_disk_alarm(True)
    with caplog.at_level(logging.WARNING, "tickql.relay"):
        sending = asyncio.create_task(sink.send(batch(*(tick("ES", seq) for seq in range(1, 100)))))
        await until(lambda: _logged(caplog, "it takes no messages, as memory or disk space is short: waiting"))
        # Longer than the deadline of a broker that does not block.
        await asyncio.wait((sending,), timeout=1.5)
        assert not sending.done()
        full.set_disk_alarm(False)
        await sending

    assert caplog.messages[-1].endswith("it takes messages again")


async def _send_on(sink: Sink, numbers: Iterator[int]) -> None:
    """Send ticks with these numbers, one a batch, until it fails."""
    for seq in numbers:
        await sink.send(batch(tick("ES", seq)))


async def _logged(caplog: pytest.LogCaptureFixture, words: str) -> bool:
    return any(words in message for message in caplog.messages)


async def test_a_stream_that_blocks_publishers_says_so_and_has_no_tick_twice(
    full: RabbitMqServer, open_sink: Open, impatient: None, feed_settings: FeedSettings
) -> None:
    sink = (await open_sink(full.stream_url)).sink
    await sink.send(batch(tick("ES", 1)))
    full.set_disk_alarm(True)
    sent = itertools.count(2)
    with pytest.raises(SinkUnavailable, match=r"has taken nothing for 1 s: no memory or no disk space left"):
        await _send_on(sink, sent)
    await sink.close()
    with pytest.raises(SinkUnavailable):
        await open_sink(full.stream_url)
    full.set_disk_alarm(False)

    sink, places = await open_sink(full.stream_url)
    place = places["ES"].seq
    failed = next(sent) - 1
    assert place in {failed - 1, failed}
    await sink.send(batch(tick("ES", place + 1)))

    messages = await read_stream(full, feed_settings.namespace, tick("ES", place + 1).body)
    ticks = [each.message_id for each in messages if each.subject == "tick"]
    assert ticks == [f"ES:7-{seq}" for seq in range(1, place + 2)]
