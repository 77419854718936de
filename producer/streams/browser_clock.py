"""Conversion of the browser's monotonic timestamps to this machine's Unix time."""

import time

from tickql.producer.clock import now_us


class BrowserClock:
    """The offset of the browser's monotonic clock, learned from request events.

    Each `Network.requestWillBeSent` carries a monotonic timestamp and a Unix time of the same moment. Ages are measured
    on monotonic clocks only, so a change of the system clock between two events does no harm.
    """

    def __init__(self) -> None:
        self._offset_s: float | None = None

    def synchronize(self, timestamp_s: float, unix_s: float) -> None:
        """Learn the offset: the browser's clock showed `timestamp_s` at the Unix time `unix_s`, a moment ago."""
        self._offset_s = time.monotonic() - (time.time() - unix_s) - timestamp_s

    def unix_us(self, timestamp_s: float) -> int:
        """Return the Unix time of a browser timestamp, in microseconds, never later than now.

        Before the first `synchronize` that is the current time.
        """
        if self._offset_s is None:
            return now_us()
        return now_us() - max(0, round((time.monotonic() - self._offset_s - timestamp_s) * 1e6))
