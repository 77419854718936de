"""The tables of `python -m bench hostile`."""

from collections import Counter
from collections.abc import Callable, Mapping

from bench.hostile.attacks import ATTACKS
from bench.hostile.cases import CASES
from bench.hostile.cost import COST, SUBSCRIBERS
from bench.hostile.held import HELD_CASES, HELD_CONNECTIONS
from bench.hostile.scene import NEIGHBOURS, TICKS_HZ
from bench.hostile.storm import CLIENTS, STORM
from bench.results import Results
from bench.servers import TICKQL
from bench.tables import Column, Place, lines, number, percent, places, table

_SLOWER = 1.5
_GROWN_MB = 50.0
_FREED_S = 15.0
_RESUMED_S = 10.0
_COST = 1.03
_HOW = f"""\
{NEIGHBOURS} neighbours follow one symbol at {TICKS_HZ:g} ticks a second. *p99* is theirs, from the making of a tick to
its arrival, in four windows: nobody attacks (*idle*); the same attacker against a port that does nothing (*control*);
the attack; after it. *x idle* and *x control* are the ratios of the attack's p99, each within one round. *grown* is the
most that the server's resident memory grew, *left* what was still there three seconds after the attack. *answers*: how
the attacker was answered, all rounds together. Held connections: the window *attack* begins when all are open, and
*all gone after* counts from there. Figures are medians over the rounds. The server has one core to itself;
attackers have the lowest priority there is (`SCHED_IDLE`) on the other."""

Answers = Mapping[str, Counter[str]]
"""By the name of the case."""


def render(results: Results, answers: Answers) -> str:
    """Return the whole report."""
    sections = (
        ("Repeated attacks", ATTACKS, _attacks(results, answers)),
        ("Held connections", HELD_CONNECTIONS, _held(results, answers)),
        (f"{CLIENTS:,} clients reconnect at once", STORM, _storm(results)),
        ("All limits, on the way of a tick", COST, _cost(results)),
    )
    measured = [(title, drawn) for title, section, drawn in sections if results.servers(section)]
    return "\n\n".join([
        "# Hostile clients", _HOW, _targets(results),
        *(part for title, drawn in measured for part in (f"## {title}", drawn)),
    ])  # fmt: skip


def _neighbours(answers: Answers) -> tuple[Column, ...]:
    return (
        ("idle p99 ms", number("idle_p99_ms")),
        ("control p99", number("control_p99_ms")),
        ("attack p50", number("attacked_p50_ms")),
        ("attack p99", number("attacked_p99_ms")),
        ("attack max", number("attacked_max_ms")),
        ("after p99", number("after_p99_ms")),
        ("x idle", number("x_idle", 2)),
        ("x control", number("x_control", 2)),
        ("core used, idle", percent("idle_cpu")),
        ("in the attack", percent("attacked_cpu")),
        ("memory MB", number("before_mb", 0)),
        ("grown", number("grown_mb", 1)),
        ("left", number("left_mb", 1)),
        ("lost or irregular", number("irregular", 0)),
        ("answers", lambda place: _said(answers.get(place.server, Counter()))),
    )


def _attacks(results: Results, answers: Answers) -> str:
    what: Column = ("attack", lambda place: f"{CASES[place.server].title} ({CASES[place.server].per_s:g}/s)")
    return lines(places(results, ATTACKS), what, *_neighbours(answers))


def _held(results: Results, answers: Answers) -> str:
    return lines(
        places(results, HELD_CONNECTIONS),
        ("clients", lambda place: f"{HELD_CASES[place.server].count:,} {place.server}"),
        ("held", number("held", 0)),
        ("KB each", number("kb_each", 1)),
        ("all gone after s", number("freed_s", 1)),
        ("p99 while they come", number("opening_p99_ms")),
        *_neighbours(answers),
    )


def _storm(results: Results) -> str:
    return lines(
        places(results, STORM),
        ("clients", lambda place: f"{place.case:,}"),
        ("all resumed, from the kill, s", number("resumed_s", 2)),
        ("from the start of the next server, s", number("resumed_after_start_s", 2)),
        ("from its first connection, s", number("resumed_after_listening_s", 2)),
        ("median", number("median_after_listening_s", 2)),
        ("gaps", number("gaps", 0)),
        ("repeats", number("repeats", 0)),
        ("behind at the end", number("behind", 0)),
        ("memory MB", number("mb", 0)),
    )


def _cost(results: Results) -> str:
    return lines(
        places(results, COST),
        ("subscribers", lambda place: str(place.case)),
        ("starts", number("starts", 0)),
        ("pairs", number("pairs", 0)),
        ("with limits, µs/message", number("with_us", 2)),
        ("without", number("without_us", 2)),
        ("ratio, median", number("ratio", 3)),
        ("lower quartile of the starts", number("ratio_low", 3)),
        ("upper quartile", number("ratio_high", 3)),
        ("lowest start", number("lowest_start", 3)),
        ("highest", number("highest_start", 3)),
    )


def _targets(results: Results) -> str:
    attacks, held = places(results, ATTACKS), places(results, HELD_CONNECTIONS)
    stuck = [place for place in held if place.server.startswith("stuck")]
    cost, storm = (TICKQL.name, SUBSCRIBERS), (TICKQL.name, CLIENTS)
    rows = [
        *_worst("attacks: neighbours' p99", attacks, lambda place: place("x_control"), _SLOWER, "x control"),
        *_worst("attacks: memory", attacks, lambda place: place("grown_mb"), _GROWN_MB, "MB"),
        *_worst("held connections: neighbours' p99", held, lambda place: place("x_control"), _SLOWER, "x control"),
        *_worst("stuck readers: memory", stuck, lambda place: place("grown_mb"), _GROWN_MB, "MB"),
        *_worst("held connections: gone", held, lambda place: place("freed_s"), _FREED_S, "s"),
        *_one("storm: all resumed", results.median(STORM, *storm, "resumed_s"), _RESUMED_S, "s"),
        *_one("storm: gaps", results.median(STORM, *storm, "gaps"), 0, ""),
        *_one("storm: repeats", results.median(STORM, *storm, "repeats"), 0, ""),
        *_one(f"cost of all limits, {SUBSCRIBERS} subscribers", results.median(COST, *cost, "ratio"), _COST, "x"),
    ]
    return table(("what", "wanted", "measured", ""), rows)


Rows = list[tuple[str, str, str, str]]


def _worst(what: str, of: list[Place], value: Callable[[Place], float | None], limit: float, unit: str) -> Rows:
    """How many of the cases are within a limit, and the worst of them."""
    values = {place.server: known for place in of if (known := value(place)) is not None}
    if not values:
        return []
    within = sum(each <= limit for each in values.values())
    worst = max(values, key=lambda name: values[name])
    found = f"{within} of {len(of)}; worst {values[worst]:.3g} {unit} ({worst})"
    return [(what, f"<= {limit:g} {unit}", found, "reached" if within == len(of) else "**missed**")]


def _one(what: str, value: float | None, limit: float, unit: str) -> Rows:
    if value is None:
        return []
    found = f"{value:.4g} {unit}".strip()
    return [(what, f"<= {limit:g} {unit}".strip(), found, "reached" if value <= limit else "**missed**")]


def _said(answers: Counter[str]) -> str:
    return ", ".join(f"{count:,} x {answer}" for answer, count in answers.most_common(4) if answer != "attacks")
