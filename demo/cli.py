"""The command line of the demo: `python -m tickql.demo`."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tickql.demo.errors import DemoError
from tickql.demo.replay import replay
from tickql.demo.server import DemoServer
from tickql.demo.simulation import BoardQuote, simulate
from tickql.producer.recording.recording_file import COLUMNS

_MAX_RATE_HZ = 100.0
"""With the default pace of 10 ms a page shows at most 100 changes of a symbol per second."""
_HELP_EPILOG = """\
examples:
  python -m tickql.demo                            twelve simulated instruments, 20 changes per second each
  python -m tickql.demo --rate 100 --seed 7        the fastest rate; another seed gives other prices
  python -m tickql.demo --csv ticks.csv --speed 10 a recording, at ten times its speed
  python -m tickql.demo --csv ticks.csv --rate 50  a recording, 50 rows per second, timestamps ignored

A recording is a file of `tickql record` (.jsonl, .csv), or any CSV file with the columns {columns},
sorted by time, with times in UTC such as 2025-02-19 08:02:05.053. The board shows the digits of the file; an empty
price is shown as a dash. The recording starts when the page is first opened. --csv may be given several times.

The feed file of the board is demo/feed.toml.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the board until SIGINT or SIGTERM. Returns the exit code: 0, or 1 after a one-line error."""
    options = _parser().parse_args(arguments)
    try:
        asyncio.run(_serve(options))
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tickql.demo",
        description="Serve a market board page with simulated prices, or with prices from a recording.",
        epilog=_HELP_EPILOG.format(columns=",".join(COLUMNS)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen on (default: %(default)s)"
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=8081,
        metavar="NUMBER",
        help="port to listen on; 0: a free port (default: %(default)s)",
    )
    parser.add_argument(
        "--seed", type=int, default=1, metavar="NUMBER", help="seed of the simulated prices (default: %(default)s)"
    )
    parser.add_argument(
        "--csv", type=Path, action="append", metavar="FILE", help="show this recording instead of simulated prices"
    )
    parser.add_argument(
        "--pace",
        type=_positive,
        default=0.01,
        metavar="SECONDS",
        help="shortest time that a quote stays on the board (default: %(default)s)",
    )
    tempo = parser.add_mutually_exclusive_group()
    tempo.add_argument(
        "--rate", type=_rate, metavar="HZ", help="changes per second of each symbol, at most 100 (default: 20)"
    )
    tempo.add_argument("--speed", type=_positive, metavar="N", help="with --csv: multiple of real time (default: 1)")
    return parser


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text} is not a port, 0 to 65535")
    return int(text)


def _rate(text: str) -> float:
    rate_hz = _positive(text)
    if rate_hz > _MAX_RATE_HZ:
        raise argparse.ArgumentTypeError(
            f"{text} is more than a page can show: at most {_MAX_RATE_HZ:.0f} changes per second"
        )
    return rate_hz


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.001 <= number <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 0.001 to 1000000")
    return number


async def _serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    quotes, notice = _quotes(options)
    async with DemoServer(quotes, notice=notice, host=options.host, port=options.port, pace_s=options.pace) as server:
        print(f"demo board: {server.url} ({notice.lower()}; Ctrl-C stops it)", flush=True)
        await stop.wait()


def _quotes(options: argparse.Namespace) -> tuple[Iterable[BoardQuote], str]:
    if options.csv:
        return replay(options.csv, speed=options.speed or 1.0, rate_hz=options.rate), "REPLAYED DATA"
    if options.speed:
        raise DemoError("--speed needs a recording: give one with --csv, or use --rate")
    return simulate(options.seed, options.rate or 20.0, options.pace), "SIMULATED DATA"
