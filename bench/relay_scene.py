"""Redis and a broker, and the processes of each part of `python -m bench.relay`."""

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from bench.brokers import Broker, RunningBroker, run_broker
from bench.capture import board_url, feed_file
from bench.child import Child
from bench.relay_consumer import RelayConsumer
from bench.relay_kafka import KafkaConsumer
from bench.relay_process import RelayProcess, run_relay
from bench.relay_rabbitmq import ExchangeConsumer, StreamConsumer
from bench.ticker import symbol
from tests.support.redis_server import RedisServer
from tickql.feed.settings import FeedSettings

_CONSUMERS: dict[str, type[RelayConsumer]] = {
    "kafka": KafkaConsumer,
    "rabbitmq-stream": StreamConsumer,
    "rabbitmq-exchange": ExchangeConsumer,
}
"""By the name of the broker."""


class Scene:
    """Redis, a broker and consumers of it. Each part has a namespace of its own."""

    def __init__(self, folder: Path, redis: RedisServer, broker: RunningBroker, consumer: type[RelayConsumer]) -> None:
        self._folder = folder
        self._redis = redis
        self._broker = broker
        self._consumer = consumer

    def consumer(self, part: str, *, reads_last: bool = False) -> RelayConsumer:
        """A consumer, to be entered before the relay."""
        return self._consumer(self._broker.url, part, reads_last=reads_last)

    def relay(self, part: str) -> AbstractContextManager[RelayProcess]:
        """Run a relay."""
        return run_relay(self._folder, self._redis.url, part, self._broker.url)

    def page(self, part: str, symbols: int) -> Child:
        """A producer of a page whose symbols all change each 10 ms; enter it to start it."""
        feed = self._folder / f"{part}.toml"
        feed.write_text(feed_file(board_url(symbols)))
        produce = [sys.executable, "-m", "tickql", "produce", str(feed)]
        environment = {"TICKQL_REDIS_URL": self._redis.url, "TICKQL_NAMESPACE": part}
        return Child(f"producer-{part}", produce, self._folder, environment)

    def market(self, part: str, symbols: int, rate: int) -> Child:
        """A publisher of so many ticks a second of all symbols together; enter it to start it."""
        command = [sys.executable, "-m", "bench.relay_market", self._redis.url, part, str(symbols), str(rate)]
        return Child(f"market-{part}", command, self._folder)

    def kept_ticks(self, part: str, symbols: int) -> int:
        """How many ticks Redis has."""
        keys = FeedSettings(namespace=part).keys
        with redis.Redis.from_url(self._redis.url) as client, client.pipeline(transaction=False) as pipeline:
            for number in range(symbols):
                pipeline.xlen(keys.ticks(symbol(number)))
            return sum(pipeline.execute())

    def measure(self, relay: RelayProcess) -> "RelayWindow":
        """Begin to measure a relay and the broker."""
        return RelayWindow(relay, self._broker)


class RelayWindow:
    """What a relay and its broker have done since this object was created."""

    def __init__(self, relay: RelayProcess, broker: RunningBroker) -> None:
        self._relay = relay
        self._broker = broker
        self._relay_before = relay.tree.spent()
        self._broker_before = [tree.spent() for tree in broker.trees]
        self._ticks, self._began_s = relay.ticks(), time.monotonic()

    def read(self) -> "RelayUsage":
        """Return what they have done until now."""
        relay_s = self._relay.tree.used_since(self._relay_before).all_s
        trees = zip(self._broker.trees, self._broker_before, strict=True)
        broker_s = sum(tree.used_since(before).all_s for tree, before in trees)
        return RelayUsage(self._relay.ticks() - self._ticks, time.monotonic() - self._began_s, relay_s, broker_s)


@dataclass(frozen=True, slots=True)
class RelayUsage:
    """Ticks that the broker has confirmed in `took_s` seconds, and CPU seconds of the relay and the broker."""

    ticks: float
    took_s: float
    relay_s: float
    broker_s: float

    def figures(self) -> dict[str, float]:
        """By their names for the reader."""
        return {
            "ticks a second": self.ticks / self.took_s,
            "relay CPU us a tick": 1e6 * self.relay_s / self.ticks,
            "relay CPU, cores": self.relay_s / self.took_s,
            "broker CPU, cores": self.broker_s / self.took_s,
        }


@contextmanager
def open_scene(folder: Path, broker: Broker) -> Iterator[Scene]:
    """Run Redis and a broker, whose files are in `folder`."""
    redis_folder = folder / "redis"
    redis_folder.mkdir(parents=True)
    with ExitStack() as stack:
        server = RedisServer(redis_folder, keeps_data=False)
        stack.callback(server.stop)
        server.start()
        running = stack.enter_context(run_broker(broker, folder / "broker"))
        yield Scene(folder, server, running, _CONSUMERS[broker.name])
