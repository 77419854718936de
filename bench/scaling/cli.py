"""The command line of `python -m bench.scaling`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.arguments import FOLDER
from bench.errors import BenchError
from bench.results import Results
from bench.scaling import tables
from bench.scaling.document import DOCUMENT, filled
from bench.scaling.measures import Measures
from bench.scaling.plan import Assumptions, Installation
from bench.store import NAME, load

_USUAL = Assumptions()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print, or write the document. Returns the exit code: 0, or 1 after a one-line error."""
    options = _parser().parse_args(arguments)
    try:
        results = load(options.source)
        if options.write:
            write(results)
            print(f"{DOCUMENT.parent.name}/{DOCUMENT.name}")
        else:
            print(_told(results, options))
    except BenchError as error:
        print(f"bench.scaling: {error}", file=sys.stderr)
        return 1
    return 0


def write(results: Results) -> None:
    """Write the computed parts of the document.

    Raises:
        BenchError: something that they need was not measured.
    """
    DOCUMENT.write_text(filled(DOCUMENT.read_text(), tables.sections(results, _USUAL)))


def _told(results: Results, options: argparse.Namespace) -> str:
    measures = Measures.of(results)
    assumed = Assumptions(
        rate_hz=options.rate,
        follows=options.follows,
        max_hz=options.max_hz,
        load=options.load,
        kept_ticks=options.history,
        redis_gib=options.redis_gib,
        network_gbit=options.network,
        most_clients=options.clients,
        most_connections=options.connections,
    )
    installation = Installation(measures, assumed)
    return "\n\n".join([
        tables.carried(measures),
        tables.assumptions(assumed),
        tables.plans(installation, options.subscribers, options.symbols),
        tables.hot_symbol(installation, measures, assumed),
    ])  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.scaling",
        description="Compute what larger installations need from what one core was measured to carry.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--from", dest="source", type=Path, default=FOLDER / NAME, metavar="FILE", help="results.json")
    parser.add_argument(
        "--write", action="store_true", help="write the tables of docs/scaling.md, with the usual values"
    )
    parser.add_argument("--subscribers", type=_count, nargs="+", default=tables.SUBSCRIBERS, metavar="N")
    parser.add_argument("--symbols", type=_count, nargs="+", default=tables.SYMBOL_COUNTS, metavar="N")
    parser.add_argument("--rate", type=_positive, default=_USUAL.rate_hz, help="ticks a second of each symbol")
    parser.add_argument("--follows", type=_count, default=_USUAL.follows, help="symbols that each subscriber follows")
    parser.add_argument("--max-hz", type=_positive, help="messages a second and symbol; every tick when left out")
    parser.add_argument("--load", type=_share, default=_USUAL.load, help="share of a core that is planned with")
    parser.add_argument("--history", type=_count, default=_USUAL.kept_ticks, help="ticks of a symbol that Redis keeps")
    parser.add_argument("--redis-gib", type=_positive, default=_USUAL.redis_gib, help="memory of one Redis for ticks")
    parser.add_argument("--network", type=_positive, default=_USUAL.network_gbit, help="Gbit/s of a machine")
    parser.add_argument("--clients", type=_count, default=_USUAL.most_clients, help="most connections of one Redis")
    parser.add_argument("--connections", type=_count, default=_USUAL.most_connections, help="most of an API server")
    return parser


def _count(text: str) -> int:
    value = _positive(text)
    if value != int(value):
        raise argparse.ArgumentTypeError(f"{text} is not a whole number")
    return int(value)


def _share(text: str) -> float:
    value = _positive(text)
    if value > 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most 1")
    return value


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1e12:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return value
