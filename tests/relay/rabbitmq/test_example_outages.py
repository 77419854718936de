"""An example consumer in an outage of the broker: one line about it, and then every tick, once."""

import asyncio
import re
from collections.abc import Iterator

import pytest

from tests.relay.rabbitmq.test_relay import _has_queue, example, market, relaying
from tests.support.guarded_process import GuardedProcess
from tests.support.market import Market
from tests.support.rabbitmq_server import RabbitMqServer
from tests.support.waiting import until
from tickql.feed.settings import FeedSettings
from tickql.relay.address import SinkAddress
from tickql.relay.sink import RelayContext
from tickql.relay.sinks import create_sink

__all__ = ["example", "market"]

pytestmark = pytest.mark.long


@pytest.fixture
def mortal(rabbitmq: RabbitMqServer) -> Iterator[RabbitMqServer]:
    """The server of all tests, which this one may kill."""
    yield rabbitmq
    if rabbitmq.has_ended:
        rabbitmq.start()


async def says(process: GuardedProcess, pattern: str) -> None:
    """Wait for a line that matches."""

    async def said() -> bool:
        assert not process.has_ended, process.output
        assert re.search(pattern, process.output, re.MULTILINE), process.output
        return True

    await until(said)


@pytest.mark.parametrize("example", ["rabbitmq_consumer"], indirect=True)
async def test_an_example_says_an_outage_once_and_goes_on_behind_its_last_tick(
    market: Market, feed_settings: FeedSettings, mortal: RabbitMqServer, example: GuardedProcess
) -> None:
    url = f"{mortal.url}?exchange=market_data"
    sink = create_sink(SinkAddress.parse(url), RelayContext("main", feed_settings))
    await sink.open()
    await sink.close()
    example.start()
    await until(lambda: _has_queue(mortal))
    market.tick("NQ", 3)
    async with relaying(feed_settings, url):
        await says(example, " NQ .* 3$")
        mortal.kill()
        await says(example, "^waiting: ")
        market.tick("NQ", 3)
        await asyncio.to_thread(mortal.start)
        await says(example, " NQ .* 6$")

    lines = example.output.splitlines()
    assert [line.split()[-1] for line in lines if " NQ " in line] == ["1", "2", "3", "4", "5", "6"]
    others = [line for line in lines if not line.startswith("20")]
    assert len(others) == 2, "one when it begins, and one when it ends"
