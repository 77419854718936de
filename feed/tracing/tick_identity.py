"""Which ticks are sampled, and the ids of their traces: computed from cursors alone.

So the producer and every API process agree, and a tick's message needs no field for them. No I/O.
"""

from functools import lru_cache
from hashlib import sha256

from tickql.feed.tick import Cursor, Tick

TICK = "tick"
"""Name of a trace's root: the producer's whole part, from the page's showing the prices to their being stored."""
STORE = "store"
"""Name of the producer's span that the API's spans have as their parent: from the sending to Redis to its answer."""
STEP = 0x9E3779B97F4A7C15
"""Added to the lower half of the trace id from tick to tick: 2^64 divided by the golden ratio.

Its multiples are spread evenly over all numbers of 64 bits, so that of each symbol about every nth tick is sampled, and
never always the same one of a page that repeats itself.
"""
MASK = (1 << 64) - 1


def sampling_bound(ratio: float) -> int:
    """Return the number below which the lower half of a sampled tick's trace id is. `ratio`: the share, 0 to 1.

    It is that of OpenTelemetry's sampler `traceidratio`.
    """
    return round(ratio * (1 << 64))


@lru_cache(maxsize=4096)
def numbering_halves(symbol: str, epoch: int) -> tuple[int, int]:
    """Return the upper half of all trace ids of a numbering, and the lower half of its (missing) tick 0."""
    digest = sha256(f"{symbol}:{epoch}".encode()).digest()
    return int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big")


def trace_id_of(cursor: Cursor) -> int:
    """Return the id of a tick's trace, of 128 bits."""
    upper, origin = numbering_halves(cursor.symbol, cursor.epoch)
    return upper << 64 | (origin + cursor.seq * STEP) & MASK


def span_id_of(trace_id: int, name: str) -> int:
    """Return the id of a producer's span, of 64 bits: others can name it as the parent of theirs."""
    return int.from_bytes(sha256(trace_id.to_bytes(16, "big") + name.encode()).digest()[:8], "big")


def tick_attributes(tick: Tick) -> dict[str, str | int]:
    """Return by which attributes a person finds the trace of a tick. No prices: not everybody may see them."""
    return {"tickql.symbol": tick.symbol, "tickql.cursor": str(tick.cursor)}


class SymbolSampler:
    """Decides which ticks of one symbol are sampled."""

    __slots__ = ("_bound", "_epoch", "_origin", "_symbol")

    def __init__(self, symbol: str, ratio: float) -> None:
        self._symbol = symbol
        self._bound = sampling_bound(ratio)
        self._epoch = 0
        self._origin = 0

    def samples(self, cursor: Cursor) -> bool:
        """Return whether a tick of the symbol is sampled. Runs for each tick."""
        _, epoch, seq = cursor
        if epoch != self._epoch:
            self._epoch = epoch
            _, self._origin = numbering_halves(self._symbol, epoch)
        return (self._origin + seq * STEP) & MASK < self._bound
