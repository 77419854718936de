"""`RESULTS.md`: what was measured, and what to make of it."""

from collections.abc import Sequence
from pathlib import Path

from bench import tables
from bench.fanout import FIELDS
from bench.remarks import missing, remarks
from bench.results import Results
from bench.sections import FANOUT, PACED_HZ
from bench.servers import FLOOR, NCHAN, TICKQL, TICKQL_MULTIPART, TICKQL_SSE
from bench.targets import targets

_COMPARED = 500
_PEERS = (
    "A peer that did not hold the first number of subscribers (99 % delivered, p99 within a second) was measured at "
    "fewer: its lower cost is the one to compare. *x floor* is to the bare `send()` loop with as many subscribers. "
    "*Messages/read*: above 1, several ticks reached a client in one piece, which is cheaper and later: a server that "
    "is behind does so, and one without TCP_NODELAY (nchan) whenever a client is slow to acknowledge."
)
_WIDE = "The bare loop sends all symbols' frames of a moment in one `send()`."
_PACED = (
    "*Pace kept*: of 5 messages a second for each. *Irregular*: the tick was not the one that the number and `skipped` "
    "of the last one promised."
)

_CAPTURE = (
    "tickql's latency is from the page to a subscriber's socket, through Redis and the API; the scrapers' ends in the "
    "Python process that scrapes, with nothing published. A scraper that misses changes is late only for those that it "
    "sees. *Page changes/s* is what the page itself managed."
)
_FEED = (
    "Each API server has one client, which follows every symbol. What Redis sends goes to the API servers, and as "
    "answers to the publisher. [docs/scaling.md](../docs/scaling.md) computes from this what larger installations need."
)
_RELAY = (
    "*Batches within 50 ms*: from the moment at which the oldest tick of a batch was made until the broker had it. "
    "*Catching up*: what a relay passes on that was started four seconds after the feed. The broker is one node on the "
    "same machine."
)
_MADE = (
    "Made by `python -m bench run` (`make bench`); every figure of every round is in `results.json`. Only a run in "
    "which nothing failed or is missing replaces what is in `bench/`. Another one keeps what it has measured in "
    "`.tickql/bench/unfinished`, and the next goes on with that."
)
_HOW = f"""\
## How it was measured

- Everything ran on this one machine, over loopback, each server as one process (nginx: one worker) with the settings
  that its documentation shows. Every server was asked for the same five fields (`{FIELDS}`), about
  190 bytes a message; those without GraphQL sent the same bytes ready-made, Centrifugo the same fields in its own
  JSON protocol, about 170 bytes, with history and recovery on.
- *CPU* is the server's user and system time as Linux counts it, over the window, divided by the messages that arrived
  in it. Publisher, Redis and load generator are not in it; loopback delivery is: the kernel does it inside `send`.
- *Latency* is from the moment at which the tick was made (before it was published; for capture: when the page showed
  it) to its arrival in the load generator, which looks at its sockets every half millisecond
  (for capture: every tenth).
- *Delivered* is the share of what every subscriber should have got of the ticks made in the window, counted two
  seconds after it at the latest. *Irregular* messages were lost, repeated or out of order on their subscription.
- tickql's ticks went through its own publisher, stream and numbering; the peers' were plain Redis messages that
  already held the answer (nchan and Centrifugo: HTTP posts), and the bare `send()` loop made its own.
- Servers took turns in each round; the tables show medians over the rounds.
- What is compared with each other was measured in one go in every round, with a Redis of its own, and after a failure
  or a stop all of it again: no figure stands beside one of another time."""


def write(results: Results, path: Path, charts: Sequence[Path]) -> None:
    """Write the report beside its charts."""
    parts = [
        "# Benchmark results",
        _MADE,
        *missing(results),
        *(f"![{chart.stem}]({chart.relative_to(path.parent).as_posix()})" for chart in charts),
        "## Numbers to reach",
        _targets(results),
        "## Fan-out of one symbol at 100 ticks a second",
        tables.fan_out(results),
        _PEERS,
        "## Several symbols on a connection, 100 ticks a second each",
        tables.wide(results),
        _WIDE,
        f"## Paced: `maxHz: {PACED_HZ:g}`",
        tables.paced(results),
        _PACED,
        "## What grows with what",
        tables.growth(results),
        "## The feed: 50 symbols, all at the same moments",
        tables.feed(results),
        _FEED,
        "## Relays: 50 symbols, all at the same moments",
        tables.relays(results),
        _RELAY,
        "## Queries: `lastPrice` over HTTP, 16 connections, while the symbol ticks 100 times a second",
        tables.queries(results),
        "## Capture: a page whose symbols all change every 10 ms",
        tables.capture(results),
        _CAPTURE,
        _HOW,
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
    if server in (TICKQL.name, TICKQL_SSE.name, TICKQL_MULTIPART.name, FLOOR.name, NCHAN.name):
        return _COMPARED if _COMPARED in cases else cases[-1]
    return min(cases, key=lambda case: results.median(FANOUT, server, case, "us_per_message") or float("inf"))


def _targets(results: Results) -> str:
    verdicts = {None: "", True: "reached", False: "**missed**"}
    rows = [(each.what, each.wanted, each.found or "not measured", verdicts[each.reached]) for each in targets(results)]
    return tables.table(("what", "wanted", "measured", ""), rows)
