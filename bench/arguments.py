"""The arguments of `python -m bench`."""

import argparse
from collections.abc import Callable
from pathlib import Path

from bench import capture, queries
from bench.cost.comparison import PAIRS, STARTS, TICKS
from bench.cost.contrasts import CONTRASTS
from bench.hostile.run import NAMES
from bench.sections import SECTIONS
from bench.servers import ALL

FOLDER = Path(__file__).parent
"""Where the results of whole runs go."""
PARTS = FOLDER.parent / ".tickql" / "bench"
"""Where those of other runs go."""
UNFINISHED = PARTS / "unfinished"
"""Where runs keep what they have until they are complete."""
_MOST = 100_000
_EXAMPLES = """\
examples:
  python -m bench run                                   everything: what `make bench` runs, under ten minutes
  python -m bench run --smoke                           a bit of everything in a minute: .tickql/bench/RESULTS.md
  python -m bench run --fresh                           the same, but not going on with a run that was stopped
  python -m bench run --only queries --rounds 5         one section, more rounds
  python -m bench fanout --subscribers 500              500 subscribers of one symbol at 100 Hz, on tickql
  python -m bench fanout --server nchan floor tickql    the same on three servers, one after the other
  python -m bench fanout --server tickql tickql-sse tickql-multipart --subscribers 200
  python -m bench fanout --subscribers 50 --symbols 20  50 connections that follow 20 symbols each
  python -m bench fanout --subscribers 10000 --max-hz 5
  python -m bench queries --server tickql constant
  python -m bench capture --symbols 200
  python -m bench board                                 the board in a browser: 50, 3,000 and 10,000 symbols
  python -m bench queries --server tickql-tokens        the same of clients with tokens
  python -m bench cost rights                           what rights and tokens cost for each message: 4 minutes
  python -m bench cost metrics limits                   the same of counting for /metrics, and of all limits
  python -m bench cost tracing tracing-each             the same of traces: of one tick in 1,000, and of each
  python -m bench workers 1 2 4                         one server with so many worker processes
  python -m bench hostile                               every attack, stuck readers, a reconnect storm: 40 minutes
  python -m bench hostile --only pings stuck-sse --rounds 1

Servers: {servers}.
Only over loopback, on Linux. Every process started is ended, on Ctrl-C too. CPU is in cores: 0.5 is half of one.
"""


_GOING_ON = """
Each step is kept as soon as it is measured, in .tickql/bench/unfinished. A step that fails is named, the others go on,
and the exit code is 1. The same command, run again, goes on: what was measured stays if it was the same tickql, to the
byte, on the same machine; what failed or is missing is measured, always with all that it is compared with. Only when
nothing is missing the results replace those in FOLDER. What an unfinished run has got so far can be put there, too:
python -m bench report --from .tickql/bench/unfinished/NAME."""


def parser() -> argparse.ArgumentParser:
    """All commands. What each parses to names itself in `command`."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure tickql beside its peers.",
        epilog=_EXAMPLES.format(servers=", ".join(ALL)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")

    def add(name: str, told: str, more: str = "") -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=told, description=f"{told}. {more}", formatter_class=argparse.ArgumentDefaultsHelpFormatter
        )

    _whole(add("run", "measure everything in rounds and write RESULTS.md, results.json and charts/", _GOING_ON))
    again = add("report", "write RESULTS.md and charts/ again from results.json")
    again.add_argument("--into", type=Path, default=FOLDER, metavar="FOLDER", help="where they go")
    again.add_argument("--from", dest="source", type=Path, metavar="FOLDER", help="of results.json; --into if left out")
    _singles(add)
    return parser


def _whole(whole: argparse.ArgumentParser) -> None:
    whole.add_argument("--smoke", action="store_true", help="a bit of everything, in about a minute")
    whole.add_argument("--fresh", action="store_true", help="measure all from the start; discard an earlier run")
    whole.add_argument("--rounds", type=_count, help="how many; 3, with --smoke 1")
    whole.add_argument("--budget", type=_positive, default=570.0, metavar="SECONDS", help="that no step exceeds")
    whole.add_argument(
        "--only", nargs="+", choices=SECTIONS, metavar="SECTION", help=f"all when left out: {', '.join(SECTIONS)}"
    )
    whole.add_argument(
        "--into", type=Path, metavar="FOLDER", help="where the results go; bench, with --smoke or --only .tickql/bench"
    )


def _singles(add: Callable[..., argparse.ArgumentParser]) -> None:
    fan_out = add("fanout", "measure subscribers once and print the figures")
    _server(fan_out)
    fan_out.add_argument("--subscribers", type=_count, default=500, help="connections")
    fan_out.add_argument("--symbols", type=_count, default=1, help="that each of them follows")
    fan_out.add_argument("--rate", type=_positive, default=100.0, help="ticks a second of each symbol")
    fan_out.add_argument("--max-hz", type=_positive, help="pace that each subscriber asks for (tickql only)")
    fan_out.add_argument(
        "--ids", choices=("uuid", "fixed"), default="uuid", help="of subscriptions: like graphql-ws or gql"
    )
    _window(fan_out)
    asking = add("queries", "measure lastPrice over HTTP once and print the figures")
    _server(asking)
    asking.add_argument("--connections", type=_count, default=queries.CONNECTIONS)
    _window(asking)
    distinct = add("documents", "measure what one more distinct document costs")
    distinct.add_argument("--documents", type=_count, default=50)
    _window(distinct)
    weighing = add("memory", "measure the memory of idle subscribers")
    weighing.add_argument("--subscribers", type=_count, default=2000)
    weighing.add_argument("--never-ticked", action="store_true", help="of a symbol that has never had a tick")
    sharing = add("workers", "measure how the workers of one server share its clients, and what a message then costs")
    sharing.add_argument("workers", nargs="*", type=_count, default=[1, 2, 4], metavar="N", help="numbers of workers")
    sharing.add_argument("--subscribers", type=_count, default=500, help="connections")
    sharing.add_argument("--rate", type=_positive, default=20.0, help="ticks a second")
    _window(sharing)
    catching = add("capture", "measure a page whose symbols change at one moment, to a subscriber or to a scraper")
    catching.add_argument("--symbols", type=_count, default=20)
    catching.add_argument("--every", type=_count, default=10, metavar="MS", help="the page's changes (tickql only)")
    catching.add_argument("--way", choices=("tickql", *capture.SCRAPERS), default="tickql")
    _window(catching)
    looking = add("board", "measure the board in a browser: size, first paint, frames, memory, ticks to pixels")
    looking.add_argument("--window", type=_positive, default=60.0, metavar="SECONDS", help="how long is watched")
    costing = add("cost", "measure what a part of the server costs on the way of a tick, beside a server without it")
    costing.add_argument("parts", nargs="+", choices=list(CONTRASTS), metavar="PART", help=", ".join(CONTRASTS))
    costing.add_argument("--subscribers", type=_count, default=400)
    costing.add_argument("--starts", type=_count, default=STARTS, help="of both servers")
    costing.add_argument("--pairs", type=_count, default=PAIRS, help="of measurements after each start")
    costing.add_argument(
        "--ticks", type=_count, default=TICKS, help="that each measurement delivers to each subscriber"
    )
    _hostile(add)


def _hostile(add: Callable[..., argparse.ArgumentParser]) -> None:
    attacked = add("hostile", "measure what hostile clients do to their neighbours and to the server's memory")
    attacked.add_argument("--only", nargs="+", choices=NAMES, metavar="NAME", help=f"all of {', '.join(NAMES)}")
    attacked.add_argument("--rounds", type=_count, default=3)
    attacked.add_argument("--starts", type=_count, default=STARTS, help="of servers with and without limits")
    attacked.add_argument("--window", type=_positive, default=5.0, metavar="SECONDS", help="how long is counted")
    attacked.add_argument("--into", type=Path, default=PARTS, metavar="FOLDER", help="for HOSTILE.md")


def _server(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--server", nargs="+", choices=list(ALL), default=["tickql"], metavar="NAME", help="see above")


def _window(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--window", type=_positive, default=3.0, metavar="SECONDS", help="how long is counted")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= _MOST:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to {_MOST}")
    return int(text)


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= _MOST:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0, at most {_MOST}")
    return value
