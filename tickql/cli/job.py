"""A command that goes on until it is done, or until a signal ends it."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(job: Coroutine[Any, Any, T]) -> T | None:
    """Run a job and return its result. If a signal ends it, it cleans up, and that is no failure: `None`."""
    return asyncio.run(_until_signal(job))


async def _until_signal(job: Coroutine[Any, Any, T]) -> T | None:
    task = asyncio.ensure_future(job)
    stopping = False

    def stop() -> None:
        nonlocal stopping
        if not stopping:
            stopping = True
            task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
    try:
        return await task
    except asyncio.CancelledError:
        if not stopping:
            raise
        return None
