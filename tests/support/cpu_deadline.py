"""A deadline in CPU time: what a busy machine takes longer for does not count."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn


@contextmanager
def cpu_deadline(seconds: float) -> Iterator[None]:
    """Raise `TimeoutError` in the block once this process has used so much CPU time in it. Main thread only."""

    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        raise TimeoutError(f"more than {seconds:g} s of CPU time")

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
