"""One attacker: `python -m bench.hostile.attacker CASE PORT`. Attacks until SIGTERM, and prints how it was answered."""

import argparse
import asyncio
import json
import resource
import signal
from collections.abc import Sequence

import uvloop

from bench.hostile.background import use_idle_cpu
from bench.hostile.cases import CASES, HELD, Case
from bench.hostile.client import Target


async def _repeat(case: Case, target: Target) -> None:
    """Attack at a fixed rate. An attack that takes longer delays the next one."""
    now_s = asyncio.get_running_loop().time
    number, due_s = 0, now_s()
    print("ready", flush=True)  # noqa: T201 - read by the benchmark
    while True:
        await case.attack(target, number)
        target.answers["attacks"] += 1
        number, due_s = number + 1, max(due_s + 1 / case.per_s, now_s())
        await asyncio.sleep(due_s - now_s())


async def _main(name: str, target: Target, count: int) -> None:
    working = HELD[name](target, count) if name in HELD else _repeat(CASES[name], target)
    task = asyncio.ensure_future(working)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await asyncio.wait([task])
    print(json.dumps(target.answers), flush=True)  # noqa: T201 - read by the benchmark
    if not task.cancelled():
        task.result()


def main(arguments: Sequence[str] | None = None) -> None:
    """Attack until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m bench.hostile.attacker", description=__doc__)
    parser.add_argument("case", choices=[*CASES, *HELD])
    parser.add_argument("port", type=int)
    parser.add_argument("--count", type=int, default=500, help="connections, of a client that holds them")
    options = parser.parse_args(arguments)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    use_idle_cpu()
    uvloop.run(_main(options.case, Target(options.port), options.count))


if __name__ == "__main__":
    main()
