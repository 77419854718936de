"""Shared clocks: whoever asked for the same pace is served together, a timer for all.

A period is cut into phases, so that ten thousand subscribers are not all served in the same instant.
"""

import asyncio
from collections.abc import Callable

_PHASE_S = 0.02
_MOST_PHASES = 16

Beat = Callable[[], None]


class Clock:
    """Calls its members once a period of `1 / max_hz` seconds, those of one phase together."""

    def __init__(self, max_hz: float) -> None:
        self._period_s = 1 / max_hz
        phases = max(1, min(_MOST_PHASES, int(self._period_s / _PHASE_S)))
        self._members: list[dict[Beat, None]] = [{} for _ in range(phases)]
        self._next = 0
        self._due_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        """Whether nobody is served."""
        return not any(self._members)

    @property
    def period_s(self) -> float:
        """Seconds between two beats of a member."""
        return self._period_s

    def phase(self) -> int:
        """The phase for one who was served just now: the one that has beaten last, nearly a period from its next."""
        return (self._next - 1) % len(self._members)

    def join(self, phase: int, beat: Beat) -> None:
        """Call `beat` from now on."""
        self._members[phase][beat] = None
        self._wind()

    def leave(self, phase: int, beat: Beat) -> None:
        """Call `beat` no more."""
        self._members[phase].pop(beat, None)

    def _wind(self) -> None:
        if self._timer is None:
            self._due_s = asyncio.get_running_loop().time()
            self._schedule()

    def _schedule(self) -> None:
        loop = asyncio.get_running_loop()
        # A late beat puts the later ones off: they never follow on each other's heels.
        self._due_s = max(self._due_s, loop.time() - self._period_s / 2) + self._period_s / len(self._members)
        self._timer = loop.call_at(self._due_s, self._strike)

    def _strike(self) -> None:
        self._timer = None
        members = list(self._members[self._next])
        self._next = (self._next + 1) % len(self._members)
        if not self.idle:
            self._schedule()
        for beat in members:
            beat()
