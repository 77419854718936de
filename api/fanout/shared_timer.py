"""Timers that are shared by all subscribers of the same rate: one timer of the event loop instead of thousands."""

import asyncio
import math
from collections.abc import Callable

_PHASE_S = 0.02
"""The least time between two phases. A rate above 25 Hz has a single phase."""
_MAX_PHASES = 16
"""Divides ten thousand subscribers into parts of some hundred: no single call blocks the event loop for long."""

_FAST_HZ = 50.0
"""Above it, subscribers of similar rates share a timer: clients could ask for any number of rates of 999.x Hz."""

Callback = Callable[[], None]


def shared_rate(max_hz: float) -> float:
    """Return the rate of the timer for `max_hz`: the same, or above 50 Hz one whose period is a whole millisecond.

    It is never higher than `max_hz`.
    """
    return max_hz if max_hz <= _FAST_HZ else 1000 / math.ceil(1000 / max_hz)


class SharedTimer:
    """Calls each registered callback once per period of `1 / max_hz` seconds.

    The period is divided into phases, at least 20 ms apart, and each callback belongs to one phase, so that the work is
    spread over the period. The timer runs while a callback is registered.
    """

    def __init__(self, max_hz: float) -> None:
        self._period_s = 1 / max_hz
        phases = max(1, min(_MAX_PHASES, int(self._period_s / _PHASE_S)))
        self._callbacks: list[dict[Callback, None]] = [{} for _ in range(phases)]
        self._next_phase = 0
        self._due_s = 0.0
        self._handle: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        """Whether no callback is registered."""
        return not any(self._callbacks)

    @property
    def period_s(self) -> float:
        """Seconds between two calls of a callback."""
        return self._period_s

    def newest_phase(self) -> int:
        """Return the phase that was called last: the next call of that phase is almost a whole period away.

        It is the phase for a subscriber that has just received an event.
        """
        return (self._next_phase - 1) % len(self._callbacks)

    def add(self, phase: int, callback: Callback) -> None:
        """Register a callback. Start the timer if it does not run."""
        self._callbacks[phase][callback] = None
        if self._handle is None:
            self._due_s = asyncio.get_running_loop().time()
            self._schedule()

    def remove(self, phase: int, callback: Callback) -> None:
        """Remove a callback. Does nothing if it is not registered."""
        self._callbacks[phase].pop(callback, None)

    def _schedule(self) -> None:
        loop = asyncio.get_running_loop()
        # A call that is late by more than half a period moves all later calls: they never follow in a burst.
        self._due_s = max(self._due_s, loop.time() - self._period_s / 2) + self._period_s / len(self._callbacks)
        self._handle = loop.call_at(self._due_s, self._fire)

    def _fire(self) -> None:
        self._handle = None
        # A copy: a callback may end its own registration.
        callbacks = list(self._callbacks[self._next_phase])
        self._next_phase = (self._next_phase + 1) % len(self._callbacks)
        if not self.idle:
            self._schedule()
        for callback in callbacks:
            callback()
