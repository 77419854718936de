"""What the first board of an API server costs: `python -m bench.cold_board`.

A server that has just started reads each symbol from Redis. Measured is it from the subscription to the last symbol.
`--beside FOLDER`: the server of another checkout of tickql, too, in turn with this one.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from statistics import median

from redis import Redis

from bench.child import ROOT
from bench.errors import LoadFailed
from bench.process_tree import cpu_s
from bench.servers import TICKQL, Place, Server
from bench.stage import Running, Stage
from bench.ticker import Pace, symbol
from tickql.feed.keys import Keys
from tickql_client import board

_PACE = Pace(idle_hz=0.001)
"""One tick of each symbol, before the server is asked for them."""
_DEADLINE_S = 60.0
_MAX_HZ = 60.0
"""That of the page with the board."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Print CPU seconds and seconds of each checkout."""
    options = _options(arguments)
    with Stage() as stage:
        folders = [ROOT, *options.beside]
        _write(*map(str, folders))
        _write("  ".join(["   CPU s  seconds"] * len(folders)))
        rounds = []
        for _ in range(options.rounds):
            rounds.append([_first_board(stage, folder, options.symbols) for folder in folders])
            _write(_line(rounds[-1]))
        medians = [tuple(map(median, zip(*column, strict=True))) for column in zip(*rounds, strict=True)]
        _write(_line(medians))


def _line(figures: Iterable[tuple[float, ...]]) -> str:
    return "  ".join(f"{cpu:8.2f}{seconds:9.2f}" for cpu, seconds in figures)


def _write(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.cold_board", description=__doc__)
    parser.add_argument("--symbols", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3, help="the last line has their medians")
    parser.add_argument("--beside", type=lambda text: Path(text).resolve(), action="append", default=[])
    return parser.parse_args(arguments)


def _first_board(stage: Stage, folder: Path, symbols: int) -> tuple[float, float]:
    """Return the CPU seconds and the seconds of one server."""
    with stage.serve(_server_of(folder), symbols, _PACE) as running:
        _wait_for_ticks(running, symbols)
        pid = running.child.processes[0].pid
        begin_s, used_s = time.monotonic(), cpu_s(pid)
        asyncio.run(_until_all_came(running.target.port, symbols))
        return cpu_s(pid) - used_s, time.monotonic() - begin_s


def _server_of(folder: Path) -> Server:
    def command(place: Place) -> list[str]:
        # Without the folder in which it is started, which is that of this checkout.
        return [sys.executable, "-P", "-m", "tickql", "serve", "--port", str(place.port)]

    def environment(place: Place) -> dict[str, str]:
        return {**TICKQL.environment(place), "PYTHONPATH": str(folder)}

    return replace(TICKQL, command=command, environment=environment)


def _wait_for_ticks(running: Running, symbols: int) -> None:
    """Wait until Redis has a tick of each symbol."""
    keys = Keys(running.place.namespace)
    streams = [keys.ticks(symbol(number)) for number in range(symbols)]
    with Redis.from_url(running.place.redis_url) as redis:
        # The first count costs Redis nothing.
        running.ticker.child.wait_until(
            lambda: redis.scard(keys.symbols) == symbols and redis.exists(*streams) == symbols,
            "made too few ticks",
            _DEADLINE_S,
        )


async def _until_all_came(port: int, symbols: int) -> None:
    seen: set[str] = set()
    try:
        async with asyncio.timeout(_DEADLINE_S), aclosing(board(max_hz=_MAX_HZ, url=_url(port))) as results:
            async for ticks in results:
                seen.update(tick.symbol for tick in ticks)
                if len(seen) == symbols:
                    return
    except TimeoutError:
        raise LoadFailed(f"{len(seen)} of {symbols} symbols came within {_DEADLINE_S:g} s") from None


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}/graphql"


if __name__ == "__main__":
    main()
