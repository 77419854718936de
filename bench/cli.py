"""The benchmarks' command line: `python -m bench`."""

import argparse
import logging
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import capture, documents, machine, memory, queries, report
from bench.errors import BenchError, ServerFailed
from bench.fanout import Crowd, deliver
from bench.plan import SECTIONS, steps
from bench.results import Figures, Results
from bench.run import run
from bench.servers import ALL, Server
from bench.sizes import FULL, SMOKE
from bench.stage import Stage
from bench.ticker import Pace

FOLDER = Path(__file__).parent
_MOST = 100_000
_EXAMPLES = """\
examples:
  python -m bench run                                   everything: what `make bench` runs, under ten minutes
  python -m bench run --smoke --into .tickql/bench      a bit of everything in a minute, results elsewhere
  python -m bench run --only queries --rounds 5         one section, more rounds
  python -m bench fanout --subscribers 500              500 subscribers of one symbol at 100 Hz, on tickql
  python -m bench fanout --server nchan floor tickql    the same on three servers, one after the other
  python -m bench fanout --subscribers 50 --symbols 20  50 connections that follow 20 symbols each
  python -m bench fanout --subscribers 10000 --max-hz 5
  python -m bench queries --server tickql constant
  python -m bench capture --symbols 200

Servers: {servers}.
Only over loopback, on Linux. Every process started is ended, on Ctrl-C too. CPU is in cores: 0.5 is half of one.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns the exit code: 0, 1 after a one-line error, 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: a shell's background job would ignore it
        signal.signal(number, signal.default_int_handler)
    try:
        command: Callable[[argparse.Namespace], None] = options.command
        command(options)
    except BenchError as error:
        print(f"bench: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: stopped", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure tickql beside its peers.",
        epilog=_EXAMPLES.format(servers=", ".join(ALL)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[[argparse.Namespace], None], told: str) -> argparse.ArgumentParser:
        added = commands.add_parser(
            name, help=told, description=told, formatter_class=argparse.ArgumentDefaultsHelpFormatter
        )
        added.set_defaults(command=command)
        return added

    whole = add("run", _run, "measure everything in rounds and write RESULTS.md, results.json and charts/")
    whole.add_argument("--smoke", action="store_true", help="a bit of everything, in about a minute")
    whole.add_argument("--rounds", type=_count, help="how many; 3, with --smoke 1")
    whole.add_argument("--budget", type=_positive, default=570.0, metavar="SECONDS", help="that no step exceeds")
    whole.add_argument(
        "--only", nargs="+", choices=SECTIONS, metavar="SECTION", help=f"all when left out: {', '.join(SECTIONS)}"
    )
    whole.add_argument("--into", type=Path, default=FOLDER, metavar="FOLDER", help="where the results go")
    again = add("report", _report, "write RESULTS.md and charts/ again from results.json")
    again.add_argument("--into", type=Path, default=FOLDER, metavar="FOLDER", help="where results.json is")
    fan_out = add("fanout", _fan_out, "measure subscribers once and print the figures")
    _server(fan_out)
    fan_out.add_argument("--subscribers", type=_count, default=500, help="connections")
    fan_out.add_argument("--symbols", type=_count, default=1, help="that each of them follows")
    fan_out.add_argument("--rate", type=_positive, default=100.0, help="ticks a second of each symbol")
    fan_out.add_argument("--max-hz", type=_positive, help="pace that each subscriber asks for (tickql only)")
    fan_out.add_argument(
        "--ids", choices=("uuid", "fixed"), default="uuid", help="of subscriptions: like graphql-ws or gql"
    )
    _window(fan_out)
    asking = add("queries", _queries, "measure lastPrice over HTTP once and print the figures")
    _server(asking)
    asking.add_argument("--connections", type=_count, default=queries.CONNECTIONS)
    _window(asking)
    distinct = add("documents", _documents, "measure what one more distinct document costs")
    distinct.add_argument("--documents", type=_count, default=50)
    _window(distinct)
    weighing = add("memory", _memory, "weigh idle subscribers")
    weighing.add_argument("--subscribers", type=_count, default=2000)
    weighing.add_argument("--never-ticked", action="store_true", help="of a symbol that has never had a tick")
    catching = add("capture", _capture, "measure a page that changes every 10 ms, to a subscriber or to a scraper")
    catching.add_argument("--symbols", type=_count, default=20)
    catching.add_argument("--way", choices=("tickql", *capture.SCRAPERS), default="tickql")
    _window(catching)
    return parser


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


def _servers(options: argparse.Namespace) -> list[Server]:
    wanted = [ALL[name] for name in options.server]
    for server in wanted:
        if (lack := server.lacks()) is not None:
            raise ServerFailed(f"{server.name}: {lack}")
    return wanted


def _run(options: argparse.Namespace) -> None:
    sizes = SMOKE if options.smoke else FULL
    wanted = [step for step in steps(sizes) if not options.only or step.section in options.only]
    results = Results(machine.describe())
    run(wanted, options.rounds or (1 if options.smoke else 3), options.budget, results)
    options.into.mkdir(parents=True, exist_ok=True)
    results.save(options.into / "results.json")
    _report(options)


def _report(options: argparse.Namespace) -> None:
    path = options.into / "results.json"
    if not path.is_file():
        raise BenchError(f"{path}: no such file: python -m bench run writes it")
    results = Results.load(path)
    try:
        from bench.charts import draw
    except ImportError:
        drawn = []
        print("bench: no charts without matplotlib (make bench installs it)", file=sys.stderr)
    else:
        drawn = draw(results, options.into / "charts")
    report.write(results, options.into / "RESULTS.md", drawn)
    print(f"{options.into / 'RESULTS.md'} and {len(drawn)} charts")


def _fan_out(options: argparse.Namespace) -> None:
    crowd = Crowd(options.subscribers, options.symbols, options.max_hz, options.ids == "fixed")
    with Stage() as stage:
        for server in _servers(options):
            with stage.serve(server, options.symbols, Pace(options.rate)) as running:
                delivery, opening_s = deliver(running, crowd, options.window)
            _show(server.name, {**delivery.figures(), "opening_per_s": options.subscribers / opening_s})


def _queries(options: argparse.Namespace) -> None:
    with Stage() as stage:
        for server in _servers(options):
            with stage.serve(server) as running:
                _show(server.name, queries.ask(running, options.window, options.connections).figures())


def _documents(options: argparse.Namespace) -> None:
    with Stage() as stage, stage.serve(ALL["tickql"]) as running:
        _show("tickql", documents.compare(running, options.documents, options.window).figures())


def _memory(options: argparse.Namespace) -> None:
    with Stage() as stage, stage.serve(ALL["tickql"], pace=memory.SILENT) as running:
        _show("tickql", memory.weigh(running, options.subscribers, not options.never_ticked).figures())


def _capture(options: argparse.Namespace) -> None:
    with Stage() as stage:
        if options.way == "tickql":
            _show("tickql", capture.page_to_subscriber(stage, options.symbols, options.window))
        else:
            _show(options.way, capture.scrape(stage, options.way, options.symbols, options.window))


def _show(name: str, figures: Figures) -> None:
    print(name)
    for figure, value in figures.items():
        print(f"  {figure:20} {'-' if value is None else f'{value:,.4g}'}")
