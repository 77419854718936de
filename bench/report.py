"""`RESULTS.md`: what was measured, in tables, with what to make of it."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

from bench.capture import SCRAPERS
from bench.plan import (
    CAPTURE,
    DOCUMENTS,
    FANOUT,
    MEMORY,
    NEVER_TICKED,
    PACED,
    PACED_HZ,
    QUERIES,
    SILENT,
    SYMBOLS,
    WIDE,
)
from bench.results import Results
from bench.servers import ALL, CONSTANT, FLOOR, NCHAN, TICKQL
from bench.targets import targets

TITLES = {server.name: server.title for server in ALL.values()} | SCRAPERS
"""How servers are called in front of people."""
_ALONE = 0.1
"""Cores that other programs may use before the figures are called disturbed."""
_HOW = """\
## How it was measured

- Everything ran on this one machine, over loopback; every server in one process (nginx: one worker) with its default
  settings but for what its own documentation says for production. The same five fields (`{fields}`), about
  190 bytes a message, to every server; those without GraphQL sent the same bytes ready-made.
- *CPU* is the server's user and system time as Linux counts it, over the window, divided by the messages that arrived
  in it. The publisher, Redis and the load generator are not in it. Loopback delivery is: the kernel does it inside `send`.
- *Latency* is from the moment at which the tick was made (before it was published; for capture: when the page showed
  it) to its arrival in the load generator, which looks at its sockets every half millisecond.
- *Delivered* is the share of all ticks made in the window that every subscriber should have got and had got half a second
  after it. *Irregular* messages were lost, repeated or out of order on their subscription.
- tickql's ticks went through its own publisher, stream and numbering; the peers' were plain Redis messages that already
  held the answer (nchan: HTTP posts), and the bare `send()` loop made its own.
- Servers took turns in each round; the tables show medians over the rounds.
"""


def write(results: Results, path: Path, charts: Sequence[Path]) -> None:
    """Write the report beside its charts."""
    parts = [
        "# Benchmark results",
        "Made by `make bench`; every figure of every round is in `results.json`.",
        *(f"![{chart.stem}]({chart.relative_to(path.parent).as_posix()})" for chart in charts),
        "## Numbers to reach",
        _targets(results),
        "## Fan-out of one symbol at 100 ticks a second",
        _fan_out(results),
        "## Several symbols on a connection, 100 ticks a second each",
        _wide(results),
        f"## Paced: `maxHz: {PACED_HZ:g}`",
        _paced(results),
        "## What grows with what",
        _growth(results),
        "## Queries: `lastPrice` over HTTP, 16 connections, while the symbol ticks 100 times a second",
        _queries(results),
        "## Capture: a page whose symbols all change every 10 ms",
        _capture(results),
        _HOW.format(fields="seq timestamp ask bid last").rstrip(),
        "## Machine and versions",
        "\n".join(f"- {name}: {value}" for name, value in results.machine.items()),
        "## What to know about this run",
        "\n".join(f"- {remark}" for remark in remarks(results)),
    ]
    path.write_text("\n\n".join(parts) + "\n")


def best_case(results: Results, server: str) -> int | None:
    """The number of subscribers at which servers are compared; of a peer the one at which it did best."""
    cases = results.cases(FANOUT, server)
    if not cases:
        return None
    if server in (TICKQL.name, FLOOR.name, NCHAN.name):
        return 500 if 500 in cases else cases[-1]
    return min(cases, key=lambda case: results.median(FANOUT, server, case, "us_per_message") or float("inf"))


def remarks(results: Results) -> list[str]:
    """What a reader must know before believing the tables."""
    others = [figures for row in results.rows if (figures := row.figures.get("others_cpu")) is not None]
    rounds = max((len(results.of(row.section, row.server, row.case)) for row in results.rows), default=0)
    said = [f"Up to {rounds} rounds, {results.wall_s:.0f} s in all."]
    if others:
        usual, most = median(others), max(others)
        alone = (
            "the machine was otherwise idle"
            if usual <= _ALONE
            else "**the machine was not alone, so take ratios only**"
        )
        said.append(f"Other programs used {usual:.2f} cores in the median and {most:.2f} at most: {alone}.")
    held_back = sorted(
        {f"{row.section}, {row.server} {row.case}" for row in results.rows if row.figures.get("load_is_bottleneck")}
    )
    said.append(
        f"The load generator may have been the bottleneck in: {'; '.join(held_back)}."
        if held_back
        else "The load generator was never the bottleneck (below 85 % of a core, and never late by itself)."
    )
    return said + results.notes


def _targets(results: Results) -> str:
    rows = [
        (
            target.what,
            target.wanted,
            "not measured" if target.reached is None else target.found,
            _verdict(target.reached),
        )
        for target in targets(results)
    ]
    return _table(("what", "wanted", "measured", ""), rows)


def _verdict(reached: bool | None) -> str:
    return "" if reached is None else "reached" if reached else "**missed**"


def _fan_out(results: Results) -> str:
    rows = []
    for server in results.servers(FANOUT):
        for case in results.cases(FANOUT, server):
            get = _getter(results, FANOUT, server, case)
            cost = get("us_per_message")
            floor = results.median(FANOUT, FLOOR.name, case, "us_per_message")
            rows.append((
                TITLES[server], str(case), _n(cost), _n(cost / floor, 2) if cost and floor else "",
                _n(get("p50_ms")), _n(get("p99_ms")), _n(get("max_ms")), _percent(get("share")),
                f"{get('messages_per_s') or 0:,.0f}", _percent(get("server_cpu")), _n(get("irregular"), 0),
            ))  # fmt: skip
    heads = ("server", "subscribers", "CPU µs/message", "x floor", "p50 ms", "p99 ms", "max ms", "delivered", "messages/s",
             "core used", "irregular")  # fmt: skip
    return _table(heads, rows) + (
        "\n\nA peer that did not hold the first number of subscribers (99 % delivered, p99 within a second) was measured at "
        "fewer: its best figure is the one to compare. *x floor* is to the bare `send()` loop with as many subscribers."
    )


def _wide(results: Results) -> str:
    rows = []
    for server in results.servers(WIDE):
        for case in results.cases(WIDE, server):
            get = _getter(results, WIDE, server, case)
            rows.append((
                TITLES[server], str(case), _n(get("connections"), 0), _n(get("us_per_message"), 2),
                _n(get("p50_ms")), _n(get("p99_ms")), _percent(get("share")), f"{get('messages_per_s') or 0:,.0f}",
            ))  # fmt: skip
    heads = ("server", "symbols", "connections", "CPU µs/tick", "p50 ms", "p99 ms", "delivered", "ticks/s")
    return _table(heads, rows) + "\n\nThe bare loop sends all symbols' frames of a moment in one `send()`."


def _paced(results: Results) -> str:
    rows = []
    for case in results.cases(PACED, TICKQL.name):
        get = _getter(results, PACED, TICKQL.name, case)
        rows.append((
            f"{case:,}", _n(get("us_per_message")), _n(get("p50_ms")), _n(get("p99_ms")), _n(get("max_ms")),
            _percent(get("share")), _n(get("lost"), 0), _n(get("irregular"), 0), _n(get("opening_per_s"), 0),
            _percent(get("server_cpu")),
        ))  # fmt: skip
    heads = ("connections", "CPU µs/message", "p50 ms", "p99 ms", "max ms", "delivered", "connections lost", "irregular",
             "opened/s", "core used")  # fmt: skip
    return (
        _table(heads, rows)
        + "\n\n*Irregular*: the tick was not the one that the last one's number and `skipped` promise."
    )


def _growth(results: Results) -> str:
    rows = []
    for case in results.cases(FANOUT, TICKQL.name):
        cost = results.median(FANOUT, TICKQL.name, case, "us_per_message")
        rows.append((f"{case} subscribers of one symbol", f"{_n(cost)} µs/message"))
    for case in results.cases(SYMBOLS, TICKQL.name):
        cost = results.median(SYMBOLS, TICKQL.name, case, "us_per_message")
        rows.append((f"{case} symbols, with as many subscribers each", f"{_n(cost)} µs/message"))
    for case in results.cases(DOCUMENTS, TICKQL.name):
        cost = results.median(DOCUMENTS, TICKQL.name, case, "us_each")
        rows.append((f"{case} distinct documents on one symbol", f"{_n(cost)} µs/tick for each, beyond its delivery"))
    for case, what in ((SILENT, "its newest tick delivered"), (NEVER_TICKED, "a symbol that never ticked")):
        kb = results.median(MEMORY, TICKQL.name, case, "kb_each")
        if kb is not None:
            rows.append((f"an idle subscriber, {what}", f"{_n(kb)} KiB (PSS)"))
    return _table(("what", "cost"), rows)


def _queries(results: Results) -> str:
    rows = []
    for server in results.servers(QUERIES):
        for case in results.cases(QUERIES, server):
            get = _getter(results, QUERIES, server, case)
            constant = results.median(QUERIES, CONSTANT.name, case, "per_s")
            per_s = get("per_s")
            rows.append((
                TITLES[server], f"{per_s or 0:,.0f}", _percent(per_s / constant) if per_s and constant else "",
                _n(get("us_per_answer")), _n(get("p50_ms")), _n(get("p99_ms")), _n(get("distinct_per_s"), 0),
            ))  # fmt: skip
    heads = ("server", "answers/s", "of the constant answer", "CPU µs/answer", "p50 ms", "p99 ms", "different ticks/s")
    return _table(heads, rows)


def _capture(results: Results) -> str:
    rows = []
    for case in results.cases(CAPTURE, TICKQL.name):
        for server in results.servers(CAPTURE):
            get = _getter(results, CAPTURE, server, case)
            rows.append((
                str(case), TITLES[server], _percent(get("share")), _n(get("p50_ms")), _n(get("p99_ms")), _n(get("max_ms")),
                _n(get("sweeps_per_s")), _n(get("page_hz"), 0), _percent(get("python_cpu")), _percent(get("browser_cpu")),
            ))  # fmt: skip
    heads = ("symbols", "way", "changes caught", "p50 ms", "p99 ms", "max ms", "sweeps/s", "page changes/s",
             "Python core", "browser core")  # fmt: skip
    return _table(heads, rows) + (
        "\n\ntickql's latency is from the page to a subscriber's socket, through Redis and the API; the scrapers' ends in the "
        "Python process that scrapes, with nothing published. *Page changes/s* is what the page itself managed."
    )


class _Getter:
    def __init__(self, results: Results, section: str, server: str, case: int) -> None:
        self._results, self._place = results, (section, server, case)

    def __call__(self, figure: str) -> float | None:
        return self._results.median(*self._place, figure)


def _getter(results: Results, section: str, server: str, case: int) -> _Getter:
    return _Getter(results, section, server, case)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _n(value: float | None, digits: int = 1) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _percent(share: float | None) -> str:
    if share is None:
        return ""
    return f"{100 * share:.1f} %" if share < 0.9995 or share > 1.0005 else "100 %"
