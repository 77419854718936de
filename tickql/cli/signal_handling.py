"""Signals: a command runs until it is done, or until SIGINT, SIGTERM or SIGHUP ends it."""

import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

from tickql.cli.ending_signals import on_ending_signal

T = TypeVar("T")


def run_until_signal(command: Coroutine[Any, Any, T]) -> T | None:
    """Run a command in an event loop of its own and return its result.

    A signal cancels the command, which then cleans up. That is no failure: the result is `None`. Further signals are
    ignored until the process has ended.
    """
    # Loaded here: the help page needs no event loop.
    import asyncio

    return asyncio.run(_cancelled_by_signals(command))


async def _cancelled_by_signals(command: Coroutine[Any, Any, T]) -> T | None:
    import asyncio

    task = asyncio.ensure_future(command)
    loop = asyncio.get_running_loop()
    is_stopping = False

    def stop(*_: object) -> None:
        nonlocal is_stopping
        is_stopping = True
        # A second signal would interrupt the clean-up that the first one started.
        on_ending_signal(signal.SIG_IGN)
        # A signal handler may run while the loop is inside `select`: this call wakes it.
        loop.call_soon_threadsafe(task.cancel)

    # Not `loop.add_signal_handler`: the loop removes its handlers when it closes, before the process has ended.
    on_ending_signal(stop)
    try:
        return await task
    except asyncio.CancelledError:
        if not is_stopping:
            raise
        return None
    finally:
        if not is_stopping:
            on_ending_signal(signal.SIG_DFL)
