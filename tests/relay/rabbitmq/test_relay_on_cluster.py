"""A relay whose feed is on a Redis Cluster: primaries die and relays come and go, and each tick arrives once."""

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import orjson
import pytest

from tests.relay.rabbitmq.test_relay import relaying
from tests.support.market import Market
from tests.support.rabbitmq_server import RabbitMqServer
from tests.support.redis_cluster import RedisCluster
from tests.support.stream_reading import read_stream
from tests.support.waiting import PATIENT
from tickql.feed.history import History
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings

SYMBOLS = ("CL", "ES", "YM")
"""One in the slots of each primary."""


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    cluster = RedisCluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.mark.long
async def test_a_relay_of_a_cluster_loses_and_repeats_nothing(cluster: RedisCluster, rabbitmq: RabbitMqServer) -> None:
    settings = FeedSettings(redis_url=cluster.url, namespace=f"test_{uuid.uuid4().hex[:12]}")
    async with Publisher(settings, "board") as publisher:
        market = Market(publisher)
        async with relaying(settings, rabbitmq.stream_url):
            await _tick(market)
            await _check(rabbitmq, settings)
            cluster.primary_of(settings.keys.head("ES")).kill()
            await _tick(market)
            await _check(rabbitmq, settings)
        await _tick(market)
        await cluster.heal()
        async with relaying(settings, rabbitmq.stream_url):
            assert {symbol: len(bodies) for symbol, bodies in (await _check(rabbitmq, settings)).items()} == market.seqs


async def _tick(market: Market) -> None:
    for symbol in SYMBOLS:
        market.tick(symbol, 20)
    await market.publisher.flush()


async def _check(server: RabbitMqServer, settings: FeedSettings) -> Mapping[str, Sequence[bytes]]:
    """Wait until the stream has what the feed has, and judge: each tick once, in order, byte for byte."""
    async with History(settings, PATIENT, keeps_messages=True) as history:
        pages = {symbol: (await history.page(symbol, last=1_000)).ticks for symbol in SYMBOLS}
    stored = {symbol: [tick.message for tick in ticks] for symbol, ticks in pages.items()}
    relayed: defaultdict[str, list[bytes]] = defaultdict(list)
    read = [await read_stream(server, settings.namespace, bodies[-1] or b"") for bodies in stored.values()]
    for message in max(read, key=len):
        if message.subject == "tick":
            relayed[orjson.loads(message.body)["symbol"]].append(message.body)
    assert relayed == stored
    return relayed
