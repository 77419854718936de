"""The numbers that tickql set out to reach, held against a run."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.results import Results
from bench.sections import CAPTURE, DOCUMENTS, FANOUT, MEMORY, PACED, QUERIES, SILENT, WIDE

_US = "tickql"


@dataclass(frozen=True, slots=True)
class Target:
    """One number. `reached`: `None` when it was not measured."""

    what: str
    wanted: str
    found: str
    reached: bool | None


def targets(results: Results) -> list[Target]:
    """All of them."""
    return [
        *(_to_floor(results, case) for case in (500, 1000)),
        *(_to_nchan(results, case) for case in (500, 1000)),
        _to_websocket(results, "tickql-sse", "server-sent events"),
        _to_websocket(results, "tickql-multipart", "multipart"),
        _to_peer(results, "centrifugo", 1.0),
        _to_peer(results, "strawberry", 25.0),
        _to_peer(results, "graphql-ws", 3.5),
        _to_peer(results, "mercurius", 3.5),
        _at_most(results, "20 symbols per connection", (WIDE, _US, 20, "us_per_message"), 2.0, "µs/tick"),
        _all(results, "500 subscribers: every tick delivered", (FANOUT, _US, 500)),
        _at_most(results, "500 subscribers, p50", (FANOUT, _US, 500, "p50_ms"), 5.0, "ms"),
        _at_most(results, "500 subscribers, p99", (FANOUT, _US, 500, "p99_ms"), 15.0, "ms"),
        _at_most(results, "10,000 connections at maxHz 5: lost", (PACED, _US, 10_000, "lost"), 0.0, ""),
        _at_most(results, "10,000 connections at maxHz 5, p99", (PACED, _US, 10_000, "p99_ms"), 250.0, "ms"),
        _at_most(results, "one more document (of 50)", (DOCUMENTS, _US, 50, "us_each"), 5.0, "µs/tick"),
        _at_least(results, "lastPrice queries", (QUERIES, _US, 16, "per_s"), 12_000.0, "/s"),
        _to_constant(results),
        _at_most(results, "idle subscriber", (MEMORY, _US, SILENT, "kb_each"), 25.0, "KiB"),
        _all(results, "page to subscriber, 20 symbols: every change caught", (CAPTURE, _US, 20)),
        _at_most(results, "page to subscriber, 20 symbols, p50", (CAPTURE, _US, 20, "p50_ms"), 5.0, "ms"),
        _at_most(results, "page to subscriber, 20 symbols, p99", (CAPTURE, _US, 20, "p99_ms"), 25.0, "ms"),
        _at_most(results, "producer's Python, 20 symbols", (CAPTURE, _US, 20, "python_cpu"), 0.25, "of a core"),
    ]


Place = tuple[str, str, int, str]


def _target(what: str, wanted: str, value: float | None, unit: str, good: Callable[[float], bool]) -> Target:
    found = "" if value is None else f"{value:,.3g} {unit}".strip() if value < 1000 else f"{value:,.0f} {unit}".strip()
    return Target(what, wanted, found, None if value is None else good(value))


def _at_most(results: Results, what: str, place: Place, limit: float, unit: str) -> Target:
    return _target(what, f"<= {limit:g} {unit}".strip(), results.median(*place), unit, lambda value: value <= limit)


def _at_least(results: Results, what: str, place: Place, limit: float, unit: str) -> Target:
    return _target(what, f">= {limit:,g} {unit}", results.median(*place), unit, lambda value: value >= limit)


def _all(results: Results, what: str, place: tuple[str, str, int]) -> Target:
    """Nothing missing and nothing irregular, in any round."""
    rounds = results.of(*place)
    shares = [figures["share"] or 0.0 for figures in rounds]
    irregular = sum(figures.get("irregular") or 0 for figures in rounds)
    if not shares:
        return Target(what, "100 %", "", None)
    found = f"{100 * min(shares):.6g} % in the worst round" + (f", {irregular:.0f} irregular" if irregular else "")
    return Target(what, "100 %", found, min(shares) >= 1 and not irregular)


def _ratio(results: Results, ours: Place, theirs: Place) -> float | None:
    mine, other = results.median(*ours), results.median(*theirs)
    return mine / other if mine and other else None


def _to_floor(results: Results, case: int) -> Target:
    ratio = _ratio(results, (FANOUT, _US, case, "us_per_message"), (FANOUT, "floor", case, "us_per_message"))
    return _target(f"CPU per message at {case} subscribers, to the bare send() loop", "<= 1.4 x", ratio, "x",
                   lambda value: value <= 1.4)  # fmt: skip


def _to_nchan(results: Results, case: int) -> Target:
    ratio = _ratio(results, (FANOUT, _US, case, "us_per_message"), (FANOUT, "nchan", case, "us_per_message"))
    return _target(f"CPU per message at {case} subscribers, to nginx with nchan", "<= 1 x", ratio, "x",
                   lambda value: value <= 1.0)  # fmt: skip


def _to_websocket(results: Results, server: str, title: str) -> Target:
    ratio = _ratio(results, (FANOUT, server, 200, "us_per_message"), (FANOUT, _US, 200, "us_per_message"))
    return _target(f"CPU per message at 200 subscribers, {title} to WebSockets", "<= 1.3 x", ratio, "x",
                   lambda value: value <= 1.3)  # fmt: skip


def _to_peer(results: Results, server: str, times: float) -> Target:
    """Our cost at 500 subscribers against the peer's best."""
    costs = [results.median(FANOUT, server, case, "us_per_message") for case in results.cases(FANOUT, server)]
    best = min((cost for cost in costs if cost), default=None)
    mine = results.median(FANOUT, _US, 500, "us_per_message")
    ratio = best / mine if best and mine else None
    return _target(
        f"CPU per message, better than {server}", f">= {times:g} x", ratio, "x", lambda value: value >= times
    )


def _to_constant(results: Results) -> Target:
    ratio = _ratio(results, (QUERIES, _US, 16, "per_s"), (QUERIES, "constant", 16, "per_s"))
    share = None if ratio is None else 100 * ratio
    return _target("lastPrice queries, of the constant answer", ">= 70 %", share, "%", lambda value: value >= 70)
