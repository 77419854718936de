"""Relays: what one costs for each tick, and how many ticks a second it passes on when it has fallen behind."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.child import free_port
from bench.meter import Gauge
from bench.process_tree import ProcessTree
from bench.relay_process import RelayProcess, run_relay
from bench.servers import TICKQL
from bench.stage import WARM_S, Running, Stage
from bench.ticker import Pace
from tests.support import kafka_server
from tests.support.kafka_server import KafkaServer
from tests.support.rabbitmq_server import RabbitMqServer, find_rabbitmq

SYMBOLS = 50
_PACE = Pace(rate_hz=100.0)
_BEHIND_S = 4.0
"""For how long ticks are made before the relay starts."""


@dataclass(frozen=True, slots=True)
class Broker:
    """A kind of broker. `start`: runs one in a folder; its address. `lacks`: why not; `None`: it is installed."""

    name: str
    title: str
    start: Callable[[Path], tuple[str, Callable[[], None]]]
    lacks: Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class RunningBroker:
    """A broker that runs: its address for relays, and its processes."""

    url: str
    trees: Sequence[ProcessTree]


def _kafka(folder: Path) -> tuple[str, Callable[[], None]]:
    server = KafkaServer(folder)
    server.start()
    return server.url, server.stop


def _kafka_lacks() -> str | None:
    advice = kafka_server.missing()
    return None if advice is None else f"Kafka is not installed: {advice}"


def _rabbitmq_stream(folder: Path) -> tuple[str, Callable[[], None]]:
    server = RabbitMqServer(folder)
    server.start()
    return server.stream_url, server.stop


def _rabbitmq_exchange(folder: Path) -> tuple[str, Callable[[], None]]:
    server = RabbitMqServer(folder, plugins=())
    server.start()
    return server.url, server.stop


def _rabbitmq_lacks() -> str | None:
    return None if find_rabbitmq() else "RabbitMQ is not installed (scripts/setup rabbitmq)"


KAFKA = Broker("kafka", "Kafka", _kafka, _kafka_lacks)
RABBITMQ_STREAM = Broker("rabbitmq-stream", "RabbitMQ stream", _rabbitmq_stream, _rabbitmq_lacks)
RABBITMQ_EXCHANGE = Broker("rabbitmq-exchange", "RabbitMQ exchange", _rabbitmq_exchange, _rabbitmq_lacks)
BROKERS = {broker.name: broker for broker in (KAFKA, RABBITMQ_STREAM)}
"""Those of `make bench`, by their names in the results. What an exchange costs depends on the queues that are bound."""


@contextmanager
def run_broker(broker: Broker, folder: Path) -> Iterator[RunningBroker]:
    """Run a broker in a new folder."""
    folder.mkdir()
    ours = set(psutil.Process().children())
    url, stop = broker.start(folder)
    try:
        started = [child for child in psutil.Process().children() if child not in ours]
        yield RunningBroker(url, [ProcessTree(broker.name, child.pid) for child in started])
    finally:
        stop()


def pass_on(stage: Stage, broker: Broker, window_s: float) -> dict[str, float | None]:
    """Measure a relay that first catches up, and then passes on 5,000 ticks a second as they come.

    Raises:
        LoadFailed: it does not pass on all ticks.
    """
    with (
        run_broker(broker, stage.folder / f"broker-{broker.name}-{free_port()}") as server,
        stage.serve(TICKQL, SYMBOLS, _PACE) as running,
    ):
        with running.ticker.at_full_rate():
            time.sleep(_BEHIND_S)
        place = running.place
        with run_relay(stage.folder, place.redis_url, place.namespace, server.url) as relay:
            return _measured(running, relay, server.trees, window_s)


def _measured(
    running: Running, relay: RelayProcess, broker: Sequence[ProcessTree], window_s: float
) -> dict[str, float | None]:
    gauge = Gauge([relay.tree], broker, list(running.gauge().feed))
    began = relay.wait_for(1)
    from_s, before = time.monotonic(), gauge.read()
    caught_up = relay.wait_for(running.ticker.ticks_between(0, time.time_ns() // 1000) * SYMBOLS)
    behind, behind_s = gauge.since(before), time.monotonic() - from_s
    with running.ticker.at_full_rate():
        time.sleep(WARM_S)
        first, in_time, batches, before = relay.ticks(), *relay.batches(), gauge.read()
        time.sleep(window_s)
        used, passed = gauge.since(before), relay.ticks() - first
    in_time_after, batches_after = relay.batches()
    return {
        "behind_per_s": (caught_up - began) / behind_s,
        "behind_us": behind.server_s * 1e6 / (caught_up - began),
        "relay_us": used.server_s * 1e6 / passed,
        "ticks_per_s": passed / used.wall_s,
        "share_in_time": (in_time_after - in_time) / max(1.0, batches_after - batches),
        "broker_cpu": used.feed_s / used.wall_s,
        "memory_mb": relay.tree.pss_kb() / 1024,
        "others_cpu": used.others_s / used.wall_s,
    }
