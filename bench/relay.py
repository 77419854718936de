"""The relay: `python -m bench.relay`. How late ticks reach a consumer of a broker, and what a tick costs the relay.

The brokers are those of the tests (`scripts/setup kafka rabbitmq`), on this machine, with all other processes on the
same cores. Each part is measured when everything has run for 15 s. Three parts, in about 2.5 minutes for each broker:

page     a page with 20 symbols that change each 10 ms, its producer, Redis, the relay, the broker, a consumer
feed     1,000 symbols from the publisher on, without a page, at several rates
backlog  the relay was away: how fast it passes on what Redis has kept

The consumer of an exchange reads 100 symbols; a second queue, of which the newest 20,000 messages are kept, gets all.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from bench.brokers import KAFKA, RABBITMQ_EXCHANGE, RABBITMQ_STREAM, Broker
from bench.errors import BenchError, LoadFailed
from bench.relay_consumer import RelayConsumer
from bench.relay_process import RelayProcess
from bench.relay_scene import Scene, open_scene

_BROKERS = {broker.name: broker for broker in (KAFKA, RABBITMQ_STREAM, RABBITMQ_EXCHANGE)}
_PARTS = ("page", "feed", "backlog")
_WARM_S = 15.0
"""Before it is measured: a Java broker compiles its own code meanwhile."""
_START_S = 40.0
_PAGE_SYMBOLS, _SYMBOLS = 20, 1_000
_RATES = (2_000, 10_000)
_BACKLOG_S, _BACKLOG_RATE = 15.0, 10_000

Figures = dict[str, float]


def page_part(scene: Scene, window_s: float) -> Figures:
    """From the page to the consumer: LAST is the time at which the page has changed."""
    with ExitStack() as stack:
        consumer = stack.enter_context(scene.consumer("page", reads_last=True))
        relay = stack.enter_context(scene.relay("page"))
        stack.enter_context(scene.page("page", _PAGE_SYMBOLS))
        return _live(scene, consumer, relay, window_s)


def feed_part(scene: Scene, rate: int, window_s: float) -> Figures:
    """From the publisher to the consumer."""
    part = f"feed_{rate}"
    with ExitStack() as stack:
        consumer = stack.enter_context(scene.consumer(part))
        relay = stack.enter_context(scene.relay(part))
        stack.enter_context(scene.market(part, _SYMBOLS, rate))
        return _live(scene, consumer, relay, window_s)


def backlog_part(scene: Scene) -> Figures:
    """What Redis has kept, as fast as the relay can, in at most a minute."""
    with scene.market("backlog", _SYMBOLS, _BACKLOG_RATE):
        time.sleep(_BACKLOG_S)
    ticks = scene.kept_ticks("backlog", _SYMBOLS)
    with scene.consumer("backlog"), scene.relay("backlog") as relay:
        relay.wait_for(1)
        window = scene.measure(relay)
        # Of a slow broker a minute says as much.
        with suppress(LoadFailed):
            relay.wait_for(ticks)
        used = window.read()
    return {
        "ticks kept": ticks,
        "ticks passed on": used.ticks,
        **used.figures(),
        "ticks a second, one core": used.ticks / used.relay_s,
    }


def _live(scene: Scene, consumer: RelayConsumer, relay: RelayProcess, window_s: float) -> Figures:
    consumer.wait_for_tick(_START_S)
    time.sleep(_WARM_S)
    consumer.start_window()
    window = scene.measure(relay)
    time.sleep(window_s)
    used = window.read()
    delays_ms = consumer.end_window()
    return {
        "p50 ms": _percentile(delays_ms, 0.5),
        "p99 ms": _percentile(delays_ms, 0.99),
        "max ms": delays_ms[-1],
        **used.figures(),
    }


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure(scene: Scene, parts: Sequence[str], window_s: float) -> Iterator[tuple[str, Figures]]:
    """Measure some of the parts with one broker. Gives the title of each with its figures."""
    if "page" in parts:
        yield f"page, {_PAGE_SYMBOLS} symbols at 100 Hz", page_part(scene, window_s)
    if "feed" in parts:
        for rate in _RATES:
            yield f"feed, {_SYMBOLS:,} symbols, {rate:,} ticks/s", feed_part(scene, rate, window_s)
    if "backlog" in parts:
        yield f"backlog of {_SYMBOLS:,} symbols", backlog_part(scene)


def main() -> int:
    """Measure, and print what was measured. Returns 1 if a part has failed, or no broker is installed."""
    options = _options()
    brokers = [_BROKERS[options.broker]] if options.broker else list(_BROKERS.values())
    missing = {broker: lacks for broker in brokers if (lacks := broker.lacks()) is not None}
    for broker, lacks in missing.items():
        _print(f"{broker.title}: not measured. {lacks}")
    installed = [broker for broker in brokers if broker not in missing]
    # Each of them, also when one has failed.
    done = [_print_broker(broker, options.parts or _PARTS, options.seconds) for broker in installed]
    return 0 if done and all(done) else 1


def _print_broker(broker: Broker, parts: Sequence[str], window_s: float) -> bool:
    try:
        with tempfile.TemporaryDirectory(prefix="tickql-bench-") as folder, open_scene(Path(folder), broker) as scene:
            for title, figures in measure(scene, parts, window_s):
                lines = (f"  {name:26} {value:,.4g}" for name, value in figures.items())
                _print("\n".join((f"{broker.title}: {title}", *lines)))
    except BenchError as error:
        _print(f"{broker.title}: {error}")
        return False
    return True


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
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
    parser.add_argument(
        "--broker", choices=list(_BROKERS), help="measure only this one; otherwise all that are installed"
    )
    parser.add_argument("--seconds", type=float, default=15.0, help="how long is measured")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
