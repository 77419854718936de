"""The relay: `python -m bench.relay`. How late ticks reach a consumer of the broker, and what a tick costs the relay.

The broker is Kafka, that of the tests (`scripts/setup kafka`), on this machine, with all other processes on the same
cores. Three parts:

page     a page with 20 symbols that change each 10 ms, its producer, Redis, the relay, the broker, a consumer
feed     1,000 symbols from the publisher on, without a page, at several rates
backlog  the relay was away: how fast it passes on what Redis has kept
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.capture import board_url
from bench.child import Child
from bench.relay_consumer import KafkaConsumer
from tests.support.kafka_server import KafkaServer, missing
from tests.support.redis_server import RedisServer

_FEED = """
[page]
url = "{url}"
robots = "ignore"

[[table]]
rows = "#board .row"
symbol = ".symbol"
ask = ".ask"
bid = ".bid"
last = ".last"
"""
_PARTS = ("page", "feed", "backlog")
_WARM_S = 4.0
_START_S = 40.0
_RATES = (2_000, 10_000)
_SYMBOLS = 1_000
_BACKLOG_S = 15.0


class Scene:
    """Redis and a broker, and the processes of one part, each in a namespace of its own."""

    def __init__(self, folder: Path, redis: RedisServer, broker: KafkaServer) -> None:
        self._folder = folder
        self._redis = redis
        self.broker = broker

    @contextmanager
    def relay(self, part: str) -> Iterator[Child]:
        """Run a relay."""
        environment = {**self._environment(part), "TICKQL_RELAY_TO": self.broker.url, "TICKQL_RELAY_NAME": part}
        with Child(f"relay-{part}", [sys.executable, "-m", "tickql", "relay"], self._folder, environment) as child:
            yield child

    @contextmanager
    def page(self, part: str) -> Iterator[Child]:
        """Run a producer of a page with 20 symbols, which all change each 10 ms."""
        feed = self._folder / f"{part}.toml"
        feed.write_text(_FEED.format(url=board_url(20)))
        produce = [sys.executable, "-m", "tickql", "produce", str(feed)]
        with Child(f"producer-{part}", produce, self._folder, self._environment(part)) as child:
            yield child

    @contextmanager
    def market(self, part: str, rate: int) -> Iterator[Child]:
        """Publish `rate` ticks a second of 1,000 symbols."""
        arguments = (self._redis.url, part, str(_SYMBOLS), str(rate))
        command = [sys.executable, "-m", "bench.relay_market", *arguments]
        with Child(f"market-{part}", command, self._folder) as child:
            yield child

    def _environment(self, part: str) -> dict[str, str]:
        return {"TICKQL_REDIS_URL": self._redis.url, "TICKQL_NAMESPACE": part}


def page_part(scene: Scene, window_s: float) -> dict[str, float]:
    """From the page to the consumer: LAST is the time at which the page has changed."""
    with ExitStack() as stack:
        relay = stack.enter_context(scene.relay("page"))
        stack.enter_context(scene.page("page"))
        consumer = stack.enter_context(KafkaConsumer(scene.broker.servers, "page", reads_last=True))
        return _live(consumer, relay, window_s)


def feed_part(scene: Scene, rate: int, window_s: float) -> dict[str, float]:
    """From the publisher to the consumer."""
    part = f"feed_{rate}"
    with ExitStack() as stack:
        relay = stack.enter_context(scene.relay(part))
        stack.enter_context(scene.market(part, rate))
        consumer = stack.enter_context(KafkaConsumer(scene.broker.servers, part))
        return _live(consumer, relay, window_s)


def backlog_part(scene: Scene) -> dict[str, float]:
    """What Redis has kept, as fast as the relay can."""
    part = "backlog"
    with scene.market(part, 10_000):
        time.sleep(_BACKLOG_S)
    with ExitStack() as stack:
        relay = stack.enter_context(scene.relay(part))
        consumer = stack.enter_context(KafkaConsumer(scene.broker.servers, part))
        consumer.wait_for(1, _START_S)
        tree = relay.process_tree()
        before, ticks, began_s = tree.spent(), consumer.ticks, time.monotonic()
        consumer.wait_until_quiet(1.0)
        used = tree.used_since(before)
        count = consumer.ticks - ticks
        took_s = consumer.last_s - began_s
    return {
        "ticks": count,
        "ticks a second": count / took_s,
        "relay CPU us a tick": 1e6 * used.all_s / count,
        "ticks a second, one core": count / used.all_s,
    }


def _live(consumer: KafkaConsumer, relay: Child, window_s: float) -> dict[str, float]:
    consumer.wait_for(1, _START_S)
    time.sleep(_WARM_S)
    tree = relay.process_tree()
    consumer.start_window()
    before, began_s = tree.spent(), time.monotonic()
    time.sleep(window_s)
    used, took_s = tree.used_since(before), time.monotonic() - began_s
    delays_ms = consumer.end_window()
    count = len(delays_ms)
    return {
        "ticks a second": count / took_s,
        "p50 ms": _percentile(delays_ms, 0.5),
        "p99 ms": _percentile(delays_ms, 0.99),
        "max ms": delays_ms[-1],
        "relay CPU us a tick": 1e6 * used.all_s / count,
        "relay CPU, cores": used.all_s / took_s,
    }


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> int:
    """Measure, and print what was measured."""
    options = _options()
    if (advice := missing()) is not None:
        sys.stderr.write(f"bench: Kafka is not installed: {advice}\n")
        return 1
    with tempfile.TemporaryDirectory(prefix="tickql-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        for each in ("redis", "kafka"):
            (folder / each).mkdir()
        redis = RedisServer(folder / "redis", keeps_data=False)
        stack.callback(redis.stop)
        redis.start()
        broker = KafkaServer(folder / "kafka")
        stack.callback(broker.stop)
        broker.start()
        scene = Scene(folder, redis, broker)
        for part in options.parts or _PARTS:
            if part == "page":
                _print("page, 20 symbols at 100 Hz", page_part(scene, options.seconds))
            elif part == "feed":
                for rate in _RATES:
                    _print(f"feed, 1,000 symbols, {rate} ticks/s", feed_part(scene, rate, options.seconds))
            else:
                _print("backlog of 1,000 symbols", backlog_part(scene))
    return 0


def _print(title: str, figures: dict[str, float]) -> None:
    lines = [title, *(f"  {name:26} {value:,.4g}" for name, value in figures.items())]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.relay", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "parts",
        nargs="*",
        choices=[*_PARTS, []],
        metavar="PART",
        help="which of page, feed, backlog; all if none is given",
    )
    parser.add_argument("--seconds", type=float, default=15.0, help="how long is measured")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
