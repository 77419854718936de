"""A single measurement: what `python -m bench fanout` and its like do."""

import argparse
from collections.abc import Iterator

from bench import board, capture, documents, memory, queries
from bench.cost.comparison import compare
from bench.cost.contrasts import CONTRASTS
from bench.errors import ServerFailed
from bench.fanout import SubscriberSpec, deliver
from bench.results import Figures
from bench.servers import ALL, Server
from bench.stage import Stage
from bench.ticker import Pace
from bench.workers import measure_workers

Found = Iterator[tuple[str, Figures]]
"""What was measured of whom."""


def fan_out(options: argparse.Namespace) -> Found:
    """Subscribers, once for each server."""
    spec = SubscriberSpec(options.subscribers, options.symbols, options.max_hz, options.ids == "fixed")
    with Stage() as stage:
        for server in _servers(options):
            with stage.serve(server, options.symbols, Pace(options.rate)) as running:
                delivery, opening_s = deliver(running, spec, options.window)
            yield server.name, {**delivery.figures(), "opening_per_s": options.subscribers / opening_s}


def ask(options: argparse.Namespace) -> Found:
    """`lastPrice` over HTTP, once for each server."""
    with Stage() as stage:
        for server in _servers(options):
            with stage.serve(server) as running:
                yield server.name, queries.ask(running, options.window, options.connections).figures()


def compare_documents(options: argparse.Namespace) -> Found:
    """What one more distinct document costs."""
    with Stage() as stage, stage.serve(ALL["tickql"]) as running:
        yield "tickql", documents.compare(running, options.documents, options.window).figures()


def measure_memory(options: argparse.Namespace) -> Found:
    """Memory of idle subscribers."""
    with Stage() as stage, stage.serve(ALL["tickql"], pace=memory.SILENT) as running:
        yield "tickql", memory.measure_memory(running, options.subscribers, not options.never_ticked).figures()


def watch(options: argparse.Namespace) -> Found:
    """A page that changes every 10 ms, to a subscriber or to a scraper."""
    with Stage() as stage:
        if options.way == "tickql":
            yield "tickql", capture.page_to_subscriber(stage, options.symbols, options.window, options.every)
        else:
            yield options.way, capture.scrape(stage, options.way, options.symbols, options.window)


def share(options: argparse.Namespace) -> Found:
    """Subscribers of a server with several workers, once for each number of them."""
    with Stage() as stage:
        for number in options.workers:
            found = measure_workers(stage, number, options.subscribers, options.rate, options.window)
            yield f"{number} workers", found


def look(options: argparse.Namespace) -> Found:
    """The board in a browser."""
    yield from board.measure(options.window)


def weigh(options: argparse.Namespace) -> Found:
    """What parts of the server cost on the way of a tick."""
    for name in options.parts:
        contrast = CONTRASTS[name]
        found = compare(contrast, options.subscribers, options.starts, options.pairs, options.ticks)
        yield f"{contrast.title}: wanted is a ratio <= {contrast.limit:g}", found.figures()


def _servers(options: argparse.Namespace) -> list[Server]:
    wanted = [ALL[name] for name in options.server]
    for server in wanted:
        if (lack := server.lacks()) is not None:
            raise ServerFailed(f"{server.name}: {lack}")
    return wanted


COMMANDS = {
    "fanout": fan_out,
    "queries": ask,
    "documents": compare_documents,
    "memory": measure_memory,
    "workers": share,
    "capture": watch,
    "board": look,
    "cost": weigh,
}
"""By their names on the command line."""
