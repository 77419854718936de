"""The deadline of the part of a request that a connection waits for."""

import asyncio
from collections.abc import Callable
from enum import Enum, auto

from tickql.api.limits.values import Limits


class Phase(Enum):
    """What of a request has arrived."""

    NOTHING = auto()
    HEAD = auto()
    BODY = auto()


class RequestDeadline:
    """Calls `passed` when a phase lasts too long. Bytes that trickle in do not move the deadline."""

    __slots__ = ("_limits", "_passed", "_phase", "_timer")

    def __init__(self, limits: Limits, passed: Callable[[], None]) -> None:
        self._limits = limits
        self._passed = passed
        self._phase: Phase | None = None
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, phase: Phase) -> None:
        """Set the deadline of a phase, unless that phase of the same request has one."""
        if self._phase is phase:
            return
        self.stop()
        self._phase = phase
        delay_s = self._limits.body_s if phase is Phase.BODY else self._limits.header_s
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._passed)

    def next_request(self) -> None:
        """Forget the phase: the next one belongs to another request and gets its own deadline."""
        self._phase = None

    def stop(self) -> None:
        """Remove the deadline."""
        self._phase = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
