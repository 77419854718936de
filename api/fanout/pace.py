"""Rate limiting of one stream of events."""

import asyncio
from collections.abc import Callable


class Pace:
    """Keeps events at least `1 / max_hz` seconds apart. The first event is due at once.

    `clock` returns seconds; without it, the time of the event loop counts.
    """

    _TOLERANCE_PERIODS = 0.1
    """How far an event that is late may shorten the time to the next one, as a share of the period.

    A timer of the event loop fires up to a millisecond late. Without tolerance each delay would add up and the average
    rate would stay below `max_hz`."""

    def __init__(self, max_hz: float, clock: Callable[[], float] | None = None) -> None:
        self._period_s = 1 / max_hz
        self._clock = clock or asyncio.get_running_loop().time
        self.due_s = self._clock()

    async def wait(self) -> None:
        """Wait until the next event is due."""
        await asyncio.sleep(self.due_s - self._clock())

    def sent(self) -> None:
        """Compute when the next event is due. To be called when an event has been sent."""
        earliest_s = self._clock() - self._TOLERANCE_PERIODS * self._period_s
        self.due_s = max(self.due_s, earliest_s) + self._period_s
