"""The tables of `RESULTS.md`, in Markdown."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bench.brokers import BROKERS
from bench.capture import SCRAPERS
from bench.results import Results
from bench.sections import (
    CAPTURE,
    DOCUMENTS,
    FANOUT,
    FEED,
    MEMORY,
    NEVER_TICKED,
    PACED,
    QUERIES,
    RELAY,
    SILENT,
    SYMBOLS,
    WIDE,
)
from bench.servers import ALL, CONSTANT, FLOOR, TICKQL

TITLES = {server.name: server.title for server in ALL.values()} | SCRAPERS
"""How servers are called in front of people."""


@dataclass(frozen=True, slots=True)
class Place:
    """One line of a table: what was measured of one server in one case."""

    results: Results
    section: str
    server: str
    case: int

    def __call__(self, figure: str) -> float | None:
        """The median of a figure."""
        return self.results.median(*self.key, figure)

    @property
    def key(self) -> tuple[str, str, int]:
        """What names it in the results."""
        return self.section, self.server, self.case

    def ratio(self, figure: str, server: str) -> float | None:
        """This server's figure to that of another in the same case."""
        mine, other = self(figure), self.results.median(self.section, server, self.case, figure)
        return mine / other if mine is not None and other else None


Column = tuple[str, Callable[[Place], str]]


def number(figure: str, digits: int = 1) -> Callable[[Place], str]:
    """Shows a figure as a number."""
    return lambda place: said(place(figure), digits)


def percent(figure: str) -> Callable[[Place], str]:
    """Shows a figure that is a share."""
    return lambda place: share(place(figure))


_SERVER: Column = ("server", lambda place: TITLES[place.server])
_COST: Column = ("CPU µs/message", number("us_per_message"))
_LATE: tuple[Column, ...] = (("p50 ms", number("p50_ms")), ("p99 ms", number("p99_ms")), ("max ms", number("max_ms")))
_DELIVERED: Column = ("delivered", percent("share"))
_IRREGULAR: Column = ("irregular", number("irregular", 0))
_CORE: Column = ("core used", percent("server_cpu"))


def fan_out(results: Results) -> str:
    """Subscribers of one symbol."""
    return lines(
        places(results, FANOUT),
        _SERVER,
        ("subscribers", lambda place: str(place.case)),
        _COST,
        ("x floor", lambda place: said(place.ratio("us_per_message", FLOOR.name), 2)),
        *_LATE,
        _DELIVERED,
        ("messages/s", number("messages_per_s", 0)),
        ("messages/read", number("messages_per_read", 2)),
        _CORE,
        _IRREGULAR,
    )


def wide(results: Results) -> str:
    """Several symbols on each connection."""
    return lines(
        places(results, WIDE),
        _SERVER,
        ("symbols", lambda place: str(place.case)),
        ("connections", number("connections", 0)),
        ("CPU µs/tick", number("us_per_message", 2)),
        *_LATE,
        _DELIVERED,
        ("ticks/s", number("messages_per_s", 0)),
        _CORE,
        _IRREGULAR,
    )


def paced(results: Results) -> str:
    """Many connections at a pace of their own."""
    return lines(
        places(results, PACED),
        ("connections", lambda place: f"{place.case:,}"),
        _COST,
        *_LATE,
        ("pace kept", percent("share")),
        ("connections lost", number("lost", 0)),
        _IRREGULAR,
        ("opened/s", number("opening_per_s", 0)),
        _CORE,
    )


def queries(results: Results) -> str:
    """`lastPrice` over HTTP."""
    return lines(
        places(results, QUERIES),
        _SERVER,
        ("answers/s", number("per_s", 0)),
        ("of the constant answer", lambda place: share(place.ratio("per_s", CONSTANT.name))),
        ("CPU µs/answer", number("us_per_answer")),
        *_LATE,
        ("different ticks/s", number("distinct_per_s", 0)),
    )


def feed(results: Results) -> str:
    """The feed, by the number of API servers that follow it."""
    return lines(
        places(results, FEED),
        ("API servers", lambda place: str(place.case)),
        ("ticks/s", number("ticks_per_s", 0)),
        ("publisher CPU µs/tick", number("publisher_us")),
        ("Redis CPU µs/tick", number("redis_us")),
        ("CPU µs/tick of each API server", number("api_us")),
        ("its memory, MiB", number("api_mb", 0)),
        ("connections of Redis", number("clients", 0)),
        ("bytes/tick that Redis sends", number("sent_bytes", 0)),
        ("bytes/tick that Redis keeps", number("kept_bytes", 0)),
    )


def relays(results: Results) -> str:
    """Relays to brokers."""
    return lines(
        places(results, RELAY),
        ("broker", lambda place: BROKERS[place.server].title),
        ("ticks/s", number("ticks_per_s", 0)),
        ("relay CPU µs/tick", number("relay_us")),
        ("batches within 50 ms", percent("share_in_time")),
        ("catching up, ticks/s", number("behind_per_s", 0)),
        ("the same, CPU µs/tick", number("behind_us")),
        ("its memory, MiB", number("memory_mb", 0)),
        ("cores of the broker", number("broker_cpu", 2)),
    )


def capture(results: Results) -> str:
    """From the page on."""
    return lines(
        sorted(places(results, CAPTURE), key=lambda place: place.case),
        ("symbols", lambda place: str(place.case)),
        ("way", lambda place: TITLES[place.server]),
        ("changes caught", percent("share")),
        *_LATE,
        ("sweeps/s", number("sweeps_per_s")),
        ("page changes/s", number("page_hz", 0)),
        ("Python core", percent("python_cpu")),
        ("browser core", percent("browser_cpu")),
        ("memory MiB", number("memory_mb", 0)),
    )


def growth(results: Results) -> str:
    """What one more of anything costs."""
    costs = (
        (FANOUT, "{} subscriber(s) of one symbol", "us_per_message", "µs/message"),
        (SYMBOLS, "{} symbol(s), each with as many subscribers", "us_per_message", "µs/message"),
    )
    rows = [
        (what.format(case), f"{said(results.median(section, TICKQL.name, case, figure))} {unit}")
        for section, what, figure, unit in costs
        for case in results.cases(section, TICKQL.name)
    ]
    for case in results.cases(DOCUMENTS, TICKQL.name):
        same, distinct, each = (
            said(results.median(DOCUMENTS, TICKQL.name, case, figure))
            for figure in ("same_us_per_tick", "distinct_us_per_tick", "us_each")
        )
        rows.append((
            f"{case} further subscribers of one symbol, each with a document of its own",
            f"{distinct} µs/tick, with one document in common {same}: {each} for each document",
        ))  # fmt: skip
    idle = {SILENT: "its newest tick delivered", NEVER_TICKED: "of a symbol that never ticked"}
    for case in results.cases(MEMORY, TICKQL.name):
        kb = results.median(MEMORY, TICKQL.name, case, "kb_each")
        rows.append((f"an idle subscriber, {idle[case]}", f"{said(kb)} KiB (PSS)"))
    return table(("what", "cost"), rows)


def places(results: Results, section: str) -> list[Place]:
    """All that was measured of a section."""
    return [
        Place(results, section, server, case)
        for server in results.servers(section)
        for case in results.cases(section, server)
    ]


def lines(of: Iterable[Place], *columns: Column) -> str:
    """A table with a line for each place."""
    return table([head for head, _ in columns], [[show(place) for _, show in columns] for place in of])


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of ready texts."""
    return "\n".join(f"| {' | '.join(line)} |" for line in (heads, ["---"] * len(heads), *rows))


def said(value: float | None, digits: int = 1) -> str:
    """A number for people; nothing for none."""
    return "" if value is None else f"{value:,.{digits}f}"


def share(value: float | None) -> str:
    """A share as a percentage. Only what is whole is called 100 %."""
    if value is None:
        return ""
    return "100 %" if value == 1 else f"{min(100 * value, 99.99) if value < 1 else 100 * value:.4g} %"
