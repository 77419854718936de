"""The clock of the producer."""

import time


def now_us() -> int:
    """The present time in Unix microseconds."""
    return time.time_ns() // 1000
