"""What a whole run measures, step by step. A step measures one server, on its own start of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench import capture, documents, memory, queries
from bench.fanout import Crowd, deliver
from bench.results import Results, Row
from bench.servers import (
    CONSTANT,
    FLOOR,
    GRAPHQL_WS,
    MERCURIUS,
    NCHAN,
    STRAWBERRY,
    TICKQL,
    YOGA,
    Server,
)
from bench.sizes import Sizes
from bench.stage import Stage, most_connections

FANOUT, WIDE, PACED, SYMBOLS = "fan-out", "symbols-per-connection", "maxHz", "symbols"
DOCUMENTS, MEMORY, QUERIES, CAPTURE = "documents", "memory", "queries", "capture"
SECTIONS = (FANOUT, WIDE, PACED, SYMBOLS, DOCUMENTS, MEMORY, QUERIES, CAPTURE)
PACED_HZ = 5.0
NEVER_TICKED, SILENT = 0, 1
"""Cases of `MEMORY`."""

_WATCHED = 20
"""Symbols of the page that every round measures."""
_RUNGS = (300, 200, 150, 100, 60, 40, 30, 20, 10)
_COMFORT = 0.65
_RATE_HZ = 100.0
_TRIES = 3
_HELD_SHARE = 0.99
_HELD_P99_MS = 1000.0


Measure = Callable[[Stage, Results], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Step:
    """Measures some cases of one server. `is_core`: it comes in every round; others again only when there is time."""

    section: str
    title: str
    measure: Measure
    is_core: bool = False
    lacks: Callable[[], str | None] = lambda: None


def steps(sizes: Sizes) -> list[Step]:
    """Everything, in the order of a round."""
    return [
        *(_fan_out(server, sizes.subscribers if server is TICKQL else sizes.compared, sizes) for server in _RAW),
        _peer(STRAWBERRY, sizes.strawberry_at, sizes),
        _peer(GRAPHQL_WS, sizes.node_at, sizes),
        _peer(MERCURIUS, sizes.node_at, sizes),
        *(_wide(server, symbols, crowd, sizes) for symbols, crowd in sizes.wide for server in (TICKQL, FLOOR)),
        *(_queries(server, sizes) for server in (TICKQL, CONSTANT, MERCURIUS, YOGA, STRAWBERRY)),
        *(_symbols(symbols, sizes) for symbols in sizes.symbols),
        Step(DOCUMENTS, "tickql, distinct documents", _documents(sizes)),
        Step(PACED, f"tickql, {sizes.paced} connections at maxHz {PACED_HZ:g}", _paced(sizes)),
        *(Step(MEMORY, f"tickql, {sizes.idle} idle", _memory(sizes, case)) for case in (SILENT, NEVER_TICKED)),
        *(step for symbols in sizes.capture for step in _capture(symbols, sizes)),
    ]


_RAW = (TICKQL, FLOOR, NCHAN)


def _fan_out(server: Server, cases: Sequence[int], sizes: Sizes) -> Step:
    def measure(stage: Stage, results: Results) -> Iterator[Row]:
        with stage.serve(server) as running:
            for subscribers in cases:
                delivery, _ = deliver(running, Crowd(subscribers), sizes.window_s)
                yield Row(FANOUT, server.name, subscribers, delivery.figures())

    return Step(FANOUT, f"{server.name}, {', '.join(map(str, cases))} subscribers", measure, True, server.lacks)


def _peer(server: Server, most: int, sizes: Sizes) -> Step:
    """Measure a peer at `most` subscribers, and where it does not hold them at as many as it does."""

    def measure(stage: Stage, results: Results) -> Iterator[Row]:
        measured = results.cases(FANOUT, server.name)
        subscribers = measured[0] if measured else most
        for _ in range(1 if measured else _TRIES):
            with stage.serve(server) as running:
                delivery, _ = deliver(running, Crowd(subscribers), sizes.window_s)
            row = Row(FANOUT, server.name, subscribers, delivery.figures())
            yield row
            if is_held(row):
                return
            subscribers = fewer(subscribers, row.figures["messages_per_s"] or 0.0)

    return Step(FANOUT, f"{server.name}, up to {most} subscribers", measure, True, server.lacks)


def fewer(subscribers: int, messages_per_s: float) -> int:
    """How many subscribers a server may hold that brought so many messages a second to too many."""
    comfortable = min(subscribers - 1, _COMFORT * messages_per_s / _RATE_HZ)
    return next((rung for rung in _RUNGS if rung <= comfortable), _RUNGS[-1])


def is_held(row: Row) -> bool:
    """Whether a server brought what was to be delivered, and in time."""
    p99_ms = row.figures["p99_ms"]
    return (row.figures["share"] or 0) >= _HELD_SHARE and p99_ms is not None and p99_ms <= _HELD_P99_MS


def _wide(server: Server, symbols: int, connections: int, sizes: Sizes) -> Step:
    def measure(stage: Stage, results: Results) -> Iterator[Row]:
        with stage.serve(server, symbols) as running:
            delivery, _ = deliver(running, Crowd(connections, symbols), sizes.window_s)
            figures = {**delivery.figures(), "connections": connections}
            yield Row(WIDE, server.name, symbols, figures)

    return Step(WIDE, f"{server.name}, {connections} connections with {symbols} symbols each", measure, True)


def _symbols(symbols: int, sizes: Sizes) -> Step:
    def measure(stage: Stage, results: Results) -> Iterator[Row]:
        with stage.serve(TICKQL, symbols) as running:
            crowd = Crowd(symbols * sizes.per_symbol, spread_over=symbols)
            delivery, _ = deliver(running, crowd, sizes.window_s)
            yield Row(SYMBOLS, TICKQL.name, symbols, delivery.figures())

    return Step(SYMBOLS, f"tickql, {symbols} symbols with {sizes.per_symbol} subscribers each", measure)


def _paced(sizes: Sizes) -> Measure:
    def measure(stage: Stage, results: Results) -> Iterator[Row]:
        connections = min(sizes.paced, most_connections())
        if connections < sizes.paced:
            results.note(f"Only {connections} connections at maxHz: more files may not be open here (ulimit -n).")
        with stage.serve(TICKQL) as running:
            delivery, opening_s = deliver(running, Crowd(connections, pace_hz=PACED_HZ), sizes.window_s)
        figures = {**delivery.figures(), "opening_per_s": connections / opening_s}
        yield Row(PACED, TICKQL.name, connections, figures)

    return measure


def _documents(sizes: Sizes) -> Measure:
    def measure(stage: Stage, results: Results) -> Iterator[Row]:
        with stage.serve(TICKQL) as running:
            for count in sizes.documents:
                compared = documents.compare(running, count, sizes.window_s)
                yield Row(DOCUMENTS, TICKQL.name, count, compared.figures())

    return measure


def _memory(sizes: Sizes, case: int) -> Measure:
    def measure(stage: Stage, results: Results) -> Iterator[Row]:
        with stage.serve(TICKQL, pace=memory.SILENT) as running:
            yield Row(MEMORY, TICKQL.name, case, memory.weigh(running, sizes.idle, case == SILENT).figures())

    return measure


def _queries(server: Server, sizes: Sizes) -> Step:
    def measure(stage: Stage, results: Results) -> Iterator[Row]:
        with stage.serve(server) as running:
            answered = queries.ask(running, sizes.queries_s)
        yield Row(QUERIES, server.name, queries.CONNECTIONS, answered.figures())

    return Step(QUERIES, f"{server.name}, lastPrice", measure, True, server.lacks)


def _capture(symbols: int, sizes: Sizes) -> Iterator[Step]:
    def whole(stage: Stage, results: Results) -> Iterator[Row]:
        yield Row(CAPTURE, TICKQL.name, symbols, capture.page_to_subscriber(stage, symbols, sizes.capture_s))

    yield Step(CAPTURE, f"tickql, page with {symbols} symbols", whole, symbols == _WATCHED)
    for way in capture.SCRAPERS:

        def scraped(stage: Stage, results: Results, way: str = way) -> Iterator[Row]:
            yield Row(CAPTURE, way, symbols, capture.scrape(stage, way, symbols, sizes.capture_s))

        yield Step(CAPTURE, f"{way}, page with {symbols} symbols", scraped)
