"""Capture: from a page that changes every 10 ms to a subscriber, and beside it the usual ways to scrape the page."""

import json
import sys
from contextlib import ExitStack
from pathlib import Path

from bench.arrivals import Arrivals
from bench.child import free_port
from bench.connection import Target
from bench.fanout import ticks
from bench.load import LoadGenerator
from bench.measure import measure
from bench.meter import Gauge
from bench.stage import WARM_S, Stage
from bench.ticker import symbol

SCRAPERS = {"locator": "a locator per field, in a loop", "evaluate": "one page.evaluate per 10 ms"}
_BOARD = (Path(__file__).parent / "peers" / "board.html").resolve()
_START_S = 40.0
_GRACE_S = 15.0
"""How late a change may be and still count as caught: how late it is the latency says."""
_NAP_S = 0.0001
"""Messages are few here: the load can afford to look at them sooner."""
_PER_CONNECTION = 50
"""Symbols: Strawberry refuses more than 100 operations on one connection."""
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
# BID counts the page's changes and LAST is their time: read as what the load generator takes for number and time.
_FIELDS = "seq: bid timestamp: last"

Figures = dict[str, float | None]


def page_to_subscriber(stage: Stage, symbols: int, window_s: float, every_ms: int = 10) -> Figures:
    """The whole chain: page, producer, Redis, API, one subscriber of every symbol; all change each `every_ms`."""
    name = f"capture_{symbols}"
    feed, port = stage.folder / f"{name}.toml", free_port()
    feed.write_text(feed_file(board_url(symbols, every_ms)))
    environment = {"TICKQL_REDIS_URL": stage.redis_url, "TICKQL_NAMESPACE": f"{name}_{port}"}
    wanted = [ticks(symbol(number), fields=_FIELDS) for number in range(symbols)]
    subscriptions_by_connection = [wanted[at : at + _PER_CONNECTION] for at in range(0, symbols, _PER_CONNECTION)]
    with ExitStack() as stack:
        serve = [sys.executable, "-m", "tickql", "serve", "--port", str(port)]
        api = stack.enter_context(stage.child("api", serve, environment))
        api.wait_for_port(port)
        produce = [sys.executable, "-m", "tickql", "produce", str(feed)]
        producer = stack.enter_context(stage.child("producer", produce, environment))
        load = stack.enter_context(LoadGenerator(Target(port), _NAP_S))
        load.open(subscriptions_by_connection, _START_S)
        load.wait_for_first_messages(_START_S)
        load.receive_for(WARM_S)
        gauge = Gauge([], [producer.process_tree()], [api.process_tree(), stage.redis.process_tree()])
        delivery = measure(load, gauge, window_s, lambda *window: _changes(load.arrivals, *window), _GRACE_S)
        figures, used = delivery.figures(), delivery.used
        memory_kb = producer.process_tree().pss_kb()
        return {
            **{name: figures[name] for name in ("p50_ms", "p99_ms", "max_ms", "share", "irregular", "others_cpu")},
            "page_hz": delivery.owed / window_s,
            "python_cpu": used.feed_root_s / used.wall_s,
            "browser_cpu": (used.feed_s - used.feed_root_s) / used.wall_s,
            "api_cpu": used.rest_s / used.wall_s,
            "memory_mb": memory_kb / 1024,
        }


def scrape(stage: Stage, way: str, symbols: int, window_s: float) -> Figures:
    """One of `SCRAPERS` on the same page."""
    out = stage.folder / f"{way}_{symbols}_{free_port()}.json"
    command = [
        sys.executable,
        "-m",
        "bench.peers.scrape",
        way,
        board_url(symbols),
        str(symbols),
        str(window_s),
        str(out),
    ]
    with stage.child(way, command) as child:
        child.wait_until(out.exists, "did not finish", _START_S + window_s)
    figures: Figures = json.loads(out.read_text())
    return figures


def board_url(symbols: int, every_ms: int = 10) -> str:
    """The address of the page with `symbols` symbols, which all change at one moment, each `every_ms`."""
    return f"{_BOARD.as_uri()}?symbols={symbols}&every={every_ms}"


def feed_file(url: str) -> str:
    """The feed file of such a page."""
    return _FEED.format(url=url)


def _changes(arrivals: Arrivals, begin_us: int, end_us: int) -> int:
    """How often the page has changed: its own count goes on through whatever was missed."""
    seqs = arrivals.seqs(begin_us, end_us)
    return max(seqs) - min(seqs) + 1 if seqs else 0
