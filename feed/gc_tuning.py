"""Python's search for reference cycles, for processes through which ticks pass."""

import gc

_THRESHOLDS = 20_000, 10, 10


def tune_gc() -> None:
    """Look for cycles less often, and never again among what is there by now. Called once, before the first tick.

    Each tick is a handful of objects that live as long as the ring or the spool. By default a fifth of the CPU would go
    into walking them, with pauses of many milliseconds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
