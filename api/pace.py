"""At most so many events per second."""

import asyncio


class Pace:
    """Keeps events at least `1 / max_hz` seconds apart; the first one is due at once."""

    # A timer rings up to a millisecond late. Forgiving some of it keeps the average at the pace asked for.
    _FORGIVEN = 0.1

    def __init__(self, max_hz: float) -> None:
        self._period_s = 1 / max_hz
        self._clock = asyncio.get_running_loop().time
        self._due_s = self._clock()

    async def wait(self) -> None:
        """Wait until the next event is due."""
        await asyncio.sleep(self._due_s - self._clock())

    def sent(self) -> None:
        """Count from now: an event has just been given out."""
        self._due_s = max(self._due_s, self._clock() - self._FORGIVEN * self._period_s) + self._period_s
