"""When something happened in the browser, by our own clock."""

import time

from tickql.producer.clock import now_us


class BrowserClock:
    """Knows the browser's time from requests, which tell it together with Unix time.

    Durations are taken on clocks that nobody sets, so a clock that is set meanwhile does no harm.
    """

    def __init__(self) -> None:
        self._ahead_s: float | None = None

    def note(self, timestamp_s: float, unix_s: float) -> None:
        """The browser's clock showed `timestamp_s` at this Unix time, just now."""
        self._ahead_s = time.monotonic() - (time.time() - unix_s) - timestamp_s

    def unix_us(self, timestamp_s: float) -> int:
        """The Unix time, in microseconds and not after now, of a moment by the browser's clock."""
        if self._ahead_s is None:
            return now_us()
        return now_us() - max(0, round((time.monotonic() - self._ahead_s - timestamp_s) * 1e6))
