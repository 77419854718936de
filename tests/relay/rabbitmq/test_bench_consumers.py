"""The consumers of `python -m bench.relay` get the ticks that a relay passes on."""

import time

import pytest

from bench.relay_consumer import RelayConsumer
from bench.relay_rabbitmq import ExchangeConsumer, StreamConsumer
from tests.relay.messages import batch, status
from tests.relay.rabbitmq.conftest import Open
from tests.support.rabbitmq_server import RabbitMqServer
from tests.support.waiting import until
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor
from tickql.relay.sink import Message, MessageKind


@pytest.mark.parametrize("kind", [ExchangeConsumer, StreamConsumer])
async def test_a_consumer_notes_how_late_ticks_are(
    rabbitmq: RabbitMqServer, open_sink: Open, feed_settings: FeedSettings, kind: type[RelayConsumer]
) -> None:
    url = rabbitmq.url if kind is ExchangeConsumer else rabbitmq.stream_url
    consumer = kind(url, feed_settings.namespace)
    consumer.start_window()
    body = f'{{"observed_us":{round((time.time() - 100) * 1e6)}}}'.encode()
    ticks = [Message(MessageKind.TICK, f"S{number}", Cursor(f"S{number}", 7, 1), body) for number in range(10)]
    with consumer:
        await (await open_sink(url)).sink.send(batch(status(), *ticks))
        await until(lambda: _has(consumer, len(ticks)))
        delays_ms = consumer.end_window()

    assert len(delays_ms) == len(ticks)
    assert 100_000 <= delays_ms[0] <= delays_ms[-1] < 200_000


async def _has(consumer: RelayConsumer, ticks: int) -> bool:
    return consumer.ticks >= ticks
