"""At most so many events per second."""

import asyncio
from collections.abc import Callable


class Pace:
    """Keeps events at least `1 / max_hz` seconds apart; the first one is due at once. `clock` counts seconds."""

    # A timer rings up to a millisecond late. Forgiving some of it keeps the average near the pace asked for.
    _FORGIVEN = 0.1

    def __init__(self, max_hz: float, clock: Callable[[], float] | None = None) -> None:
        self._period_s = 1 / max_hz
        self._clock = clock or asyncio.get_running_loop().time
        self.due_s = self._clock()

    async def wait(self) -> None:
        """Wait until the next event is due."""
        await asyncio.sleep(self.due_s - self._clock())

    def sent(self) -> None:
        """Count from now: an event has just been given out."""
        self.due_s = max(self.due_s, self._clock() - self._FORGIVEN * self._period_s) + self._period_s
