"""Settings of Python's cyclic garbage collector for processes that pass ticks on."""

import gc

_THRESHOLDS = 20_000, 10, 10
"""Allocations before a collection of the youngest objects, and collections before one of the next generation.

The default of Python 3.11 for the first is 700: some hundred ticks.
"""


def tune_gc() -> None:
    """Collect less often, and never again among the objects that exist now. Call it once, before the first tick.

    A tick is a few objects that live as long as the ring or the spool. With Python's defaults a fifth of the CPU goes
    into walking them, in pauses of many milliseconds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
