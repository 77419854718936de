"""Relays: what one costs for each tick, and how many ticks a second it passes on when it has fallen behind."""

import re
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.child import Child, free_port
from bench.errors import LoadFailed
from bench.meter import Gauge
from bench.process_tree import ProcessTree
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
_DEADLINE_S = 60.0
_POLL_S = 0.01
_TICKS = re.compile(r"^tickql_relay_ticks_total\{[^}]*\} (\S+)$", re.MULTILINE)
_SENT = re.compile(r'^tickql_relay_delay_seconds_(bucket\{[^}]*le="0.05"[^}]*\}|count\{[^}]*\}) (\S+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Broker:
    """A kind of broker. `start`: runs one in a folder; its address. `lacks`: why not; `None`: it is installed."""

    name: str
    title: str
    start: Callable[[Path], tuple[str, Callable[[], None]]]
    lacks: Callable[[], str | None]


def _kafka(folder: Path) -> tuple[str, Callable[[], None]]:
    server = KafkaServer(folder)
    server.start()
    return server.url, server.stop


def _rabbitmq_stream(folder: Path) -> tuple[str, Callable[[], None]]:
    server = RabbitMqServer(folder)
    server.start()
    return server.stream_url, server.stop


def _rabbitmq_lacks() -> str | None:
    return None if find_rabbitmq() else "RabbitMQ is not installed (scripts/setup rabbitmq)"


BROKERS = {
    broker.name: broker
    for broker in (
        Broker("kafka", "Kafka", _kafka, kafka_server.missing),
        Broker("rabbitmq-stream", "RabbitMQ stream", _rabbitmq_stream, _rabbitmq_lacks),
    )
}
"""By their names in the results."""


def pass_on(stage: Stage, broker: Broker, window_s: float) -> dict[str, float | None]:
    """Measure a relay that first catches up, and then passes on 5,000 ticks a second as they come.

    Raises:
        LoadFailed: it does not pass on all ticks.
    """
    folder = stage.folder / f"broker-{broker.name}-{free_port()}"
    folder.mkdir()
    ours = set(psutil.Process().children())
    url, stop = broker.start(folder)
    try:
        parts = [ProcessTree(broker.name, child.pid) for child in psutil.Process().children() if child not in ours]
        with stage.serve(TICKQL, SYMBOLS, _PACE) as running:
            with running.ticker.at_full_rate():
                time.sleep(_BEHIND_S)
            with _relay(stage, running, url) as relay:
                return _measured(running, relay, parts, window_s)
    finally:
        stop()


class _Relay:
    def __init__(self, child: Child, port: int) -> None:
        self.tree = child.process_tree()
        self._address = f"http://127.0.0.1:{port}/metrics"

    def ticks(self) -> float:
        """Ticks that the broker has confirmed."""
        match = _TICKS.search(self._metrics())
        return float(match[1]) if match else 0.0

    def batches(self) -> tuple[float, float]:
        """Batches whose oldest tick was confirmed within 50 ms, and all batches."""
        found = {kind[:5]: float(count) for kind, count in _SENT.findall(self._metrics())}
        return found.get("bucke", 0.0), found.get("count", 0.0)

    def wait_for(self, ticks: float) -> float:
        """Wait until the broker has so many. Return how many it has."""
        end = time.monotonic() + _DEADLINE_S
        while (there := self.ticks()) < ticks:
            if time.monotonic() > end:
                raise LoadFailed(f"the broker has {there:.0f} of {ticks:.0f} ticks after {_DEADLINE_S:g} s")
            time.sleep(_POLL_S)
        return there

    def _metrics(self) -> str:
        with urllib.request.urlopen(self._address, timeout=_DEADLINE_S) as answer:
            text: str = answer.read().decode()
        return text


@contextmanager
def _relay(stage: Stage, running: Running, url: str) -> Iterator[_Relay]:
    port = free_port()
    environment = {
        "TICKQL_REDIS_URL": running.place.redis_url,
        "TICKQL_NAMESPACE": running.place.namespace,
        "TICKQL_RELAY_METRICS_PORT": str(port),
    }
    with stage.child("relay", [sys.executable, "-m", "tickql", "relay", "--to", url], environment) as child:
        child.wait_for_port(port)
        yield _Relay(child, port)


def _measured(running: Running, relay: _Relay, broker: list[ProcessTree], window_s: float) -> dict[str, float | None]:
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
