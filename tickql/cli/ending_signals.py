"""The signals that end a command: SIGINT, SIGTERM and SIGHUP. Imports little, since it is set before all else."""

import signal
from collections.abc import Callable
from types import FrameType

# Under `nohup` SIGHUP is ignored from the start, and stays ignored.
_ENDING_SIGNALS = [signal.SIGINT, signal.SIGTERM]
if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
    _ENDING_SIGNALS.append(signal.SIGHUP)


def on_ending_signal(action: Callable[[int, FrameType | None], object] | signal.Handlers) -> None:
    """Set the action for each signal that ends a command, in place of the one before."""
    for number in _ENDING_SIGNALS:
        signal.signal(number, action)
