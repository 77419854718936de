"""Signals: a command runs until it is done, or until SIGINT, SIGTERM or SIGHUP ends it."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run_until_signal(command: Coroutine[Any, Any, T]) -> T | None:
    """Run a command in an event loop of its own and return its result.

    A signal cancels the command, which then cleans up. That is no failure: the result is `None`.
    """
    return asyncio.run(_cancelled_by_signals(command))


async def _cancelled_by_signals(command: Coroutine[Any, Any, T]) -> T | None:
    task = asyncio.ensure_future(command)
    is_stopping = False

    def stop() -> None:
        nonlocal is_stopping
        # Only the first signal cancels. A second one would interrupt the clean-up.
        if not is_stopping:
            is_stopping = True
            task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
    try:
        return await task
    except asyncio.CancelledError:
        if not is_stopping:
            raise
        return None
