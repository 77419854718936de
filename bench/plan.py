"""What a whole run measures, unit by unit and step by step."""

from collections.abc import Iterator, Sequence

from bench import brokers, capture, documents, feed, memory, queries
from bench.fanout import SubscriberSpec, deliver
from bench.peer import peer
from bench.results import Results, Row
from bench.sections import (
    CAPTURE,
    DOCUMENTS,
    FANOUT,
    FEED,
    MEMORY,
    NEVER_TICKED,
    PACED,
    PACED_HZ,
    QUERIES,
    RELAY,
    SILENT,
    SYMBOLS,
    WIDE,
)
from bench.servers import (
    ASYNC_GRAPHQL,
    CENTRIFUGO,
    CONSTANT,
    FLOOR,
    GRAPHQL_WS,
    MERCURIUS,
    NCHAN,
    STRAWBERRY,
    TICKQL,
    TICKQL_MULTIPART,
    TICKQL_SSE,
    YOGA,
    Server,
)
from bench.sizes import Sizes
from bench.stage import Stage, most_connections
from bench.unit import Measure, Step, Unit

_WATCHED = 20
"""Symbols of the page that every round measures."""


def units(sizes: Sizes) -> list[Unit]:
    """Everything, in the order of a round."""
    asked = (TICKQL, CONSTANT, MERCURIUS, YOGA, ASYNC_GRAPHQL, STRAWBERRY)
    return [
        Unit(FANOUT, tuple(_fan_outs(sizes)), is_core=True),
        *(_wide(symbols, connections, sizes) for symbols, connections in sizes.wide),
        Unit(QUERIES, tuple(_query(server, sizes) for server in asked), is_core=True),
        Unit(SYMBOLS, tuple(_symbols(symbols, sizes) for symbols in sizes.symbols)),
        Unit(DOCUMENTS, (Step("tickql, distinct documents", _documents(sizes)),)),
        Unit(PACED, (Step(f"tickql, {sizes.paced} connections at maxHz {PACED_HZ:g}", _paced(sizes)),)),
        Unit(MEMORY, tuple(_memory(case, sizes) for case in (SILENT, NEVER_TICKED))),
        Unit(FEED, tuple(_feed(followers, sizes) for followers in sizes.followers)),
        Unit(RELAY, tuple(_relay(broker, sizes) for broker in brokers.BROKERS.values())),
        *(_capture(symbols, sizes) for symbols in sizes.capture),
    ]


def _fan_outs(sizes: Sizes) -> Iterator[Step]:
    yield _fan_out(TICKQL, sizes.subscribers, sizes)
    for server in (TICKQL_SSE, TICKQL_MULTIPART):
        yield _fan_out(server, sizes.streamed, sizes)
    for server in (FLOOR, NCHAN):
        yield _fan_out(server, sizes.compared, sizes)
    yield peer(CENTRIFUGO, sizes.peers_at, sizes)
    yield peer(STRAWBERRY, sizes.strawberry_at, sizes)
    for server in (GRAPHQL_WS, MERCURIUS, ASYNC_GRAPHQL):
        yield peer(server, sizes.peers_at, sizes)


def _fan_out(server: Server, cases: Sequence[int], sizes: Sizes) -> Step:
    def measure(stage: Stage, results: Results) -> Iterator[Row]:
        with stage.serve(server) as running:
            for subscribers in cases:
                delivery, _ = deliver(running, SubscriberSpec(subscribers), sizes.window_s)
                yield Row(FANOUT, server.name, subscribers, delivery.figures())

    return Step(f"{server.name}, {', '.join(map(str, cases))} subscribers", measure, server.lacks)


def _wide(symbols: int, connections: int, sizes: Sizes) -> Unit:
    def step(server: Server) -> Step:
        def measure(stage: Stage, results: Results) -> Iterator[Row]:
            with stage.serve(server, symbols) as running:
                delivery, _ = deliver(running, SubscriberSpec(connections, symbols), sizes.window_s)
            yield Row(WIDE, server.name, symbols, {**delivery.figures(), "connections": connections})

        return Step(f"{server.name}, {connections} connections with {symbols} symbols each", measure)

    return Unit(WIDE, (step(TICKQL), step(FLOOR)), True, f"{symbols} symbols")


def _symbols(symbols: int, sizes: Sizes) -> Step:
    def measure(stage: Stage, results: Results) -> Iterator[Row]:
        with stage.serve(TICKQL, symbols) as running:
            spec = SubscriberSpec(symbols * sizes.per_symbol, spread_over=symbols)
            delivery, _ = deliver(running, spec, sizes.window_s)
            yield Row(SYMBOLS, TICKQL.name, symbols, delivery.figures())

    return Step(f"tickql, {symbols} symbols with {sizes.per_symbol} subscribers each", measure)


def _paced(sizes: Sizes) -> Measure:
    def measure(stage: Stage, results: Results) -> Iterator[Row]:
        connections = min(sizes.paced, most_connections())
        if connections < sizes.paced:
            results.note(f"Only {connections} connections at maxHz: more files may not be open here (ulimit -n).")
        with stage.serve(TICKQL) as running:
            delivery, opening_s = deliver(running, SubscriberSpec(connections, pace_hz=PACED_HZ), sizes.window_s)
        figures = {**delivery.figures(), "opening_per_s": connections / opening_s}
        yield Row(PACED, TICKQL.name, connections, figures)

    return measure


def _documents(sizes: Sizes) -> Measure:
    def measure(stage: Stage, results: Results) -> Iterator[Row]:
        with stage.serve(TICKQL) as running:
            for count in sizes.documents:
                figures = documents.compare(running, count, sizes.window_s).figures()
                yield Row(DOCUMENTS, TICKQL.name, count, figures)

    return measure


def _memory(case: int, sizes: Sizes) -> Step:
    def measure(stage: Stage, results: Results) -> Iterator[Row]:
        with stage.serve(TICKQL, pace=memory.SILENT) as running:
            yield Row(MEMORY, TICKQL.name, case, memory.measure_memory(running, sizes.idle, case == SILENT).figures())

    return Step(f"tickql, {sizes.idle} idle subscribers, {'one tick' if case == SILENT else 'no tick ever'}", measure)


def _feed(followers: int, sizes: Sizes) -> Step:
    def measure(stage: Stage, results: Results) -> Iterator[Row]:
        yield Row(FEED, TICKQL.name, followers, feed.follow(stage, followers, sizes.window_s).figures())

    return Step(f"tickql, feed of {feed.SYMBOLS} symbols with {followers} API servers", measure)


def _relay(broker: brokers.Broker, sizes: Sizes) -> Step:
    def measure(stage: Stage, results: Results) -> Iterator[Row]:
        yield Row(RELAY, broker.name, brokers.SYMBOLS, brokers.pass_on(stage, broker, sizes.window_s))

    return Step(f"relay to {broker.title}, {brokers.SYMBOLS} symbols", measure, broker.lacks)


def _query(server: Server, sizes: Sizes) -> Step:
    def measure(stage: Stage, results: Results) -> Iterator[Row]:
        with stage.serve(server) as running:
            answered = queries.ask(running, sizes.queries_s)
        yield Row(QUERIES, server.name, queries.CONNECTIONS, answered.figures())

    return Step(f"{server.name}, lastPrice", measure, server.lacks)


def _capture(symbols: int, sizes: Sizes) -> Unit:
    def watched(stage: Stage, results: Results) -> Iterator[Row]:
        yield Row(CAPTURE, TICKQL.name, symbols, capture.page_to_subscriber(stage, symbols, sizes.capture_s))

    def scraped(way: str) -> Step:
        def measure(stage: Stage, results: Results) -> Iterator[Row]:
            yield Row(CAPTURE, way, symbols, capture.scrape(stage, way, symbols, sizes.capture_s))

        return Step(f"{way}, page with {symbols} symbols", measure)

    steps = Step(f"tickql, page with {symbols} symbols", watched), *map(scraped, capture.SCRAPERS)
    return Unit(CAPTURE, steps, symbols == _WATCHED, f"{symbols} symbols")
