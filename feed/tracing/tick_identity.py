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

Its multiples are spread evenly over all numbers of 64 bits: of each symbol about every nth tick is sampled, but not
always the same one of a page that repeats itself.
"""
MASK = (1 << 64) - 1


def sampling_bound(ratio: float) -> int:
    """Return the number below which the lower half of a sampled tick's trace id is. `ratio`: the share, above 0 to 1.

    It is that of OpenTelemetry's sampler `traceidratio`.
    """
    return max(1, round(ratio * (1 << 64)))


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
    """Finds the sampled ticks of one symbol.

    No tick of `epoch` from the one last asked for up to `next_seq` is sampled: most callers need only compare.
    """

    __slots__ = ("_begin", "_bound", "_symbol", "epoch", "next_seq")

    def __init__(self, symbol: str, ratio: float) -> None:
        self.epoch = 0
        self.next_seq = 0
        self._begin = 0
        self._symbol = symbol
        self._bound = sampling_bound(ratio)

    def next_from(self, epoch: int, seq: int) -> int:
        """Return the number of the first sampled tick whose number is not below `seq`."""
        if epoch != self.epoch or not self._begin <= seq <= self.next_seq:
            _, origin = numbering_halves(self._symbol, epoch)
            self.epoch, self._begin = epoch, seq
            self.next_seq = seq + _steps_until_below(self._bound, (origin + seq * STEP) & MASK)
        return self.next_seq


def _steps_until_below(bound: int, number: int) -> int:
    """Return how often `STEP` must be added to a number until it is below `bound` modulo 2^64. `bound` is not 0."""
    if number < bound:
        return 0
    # Then the multiple of `STEP` is among these.
    return _first_multiple(STEP, MASK + 1, MASK + 1 - number, MASK + bound - number)


def _first_multiple(step: int, modulus: int, low: int, high: int) -> int:
    """Return the least n with `low` <= n `step` modulo `modulus` <= `high`, as Euclid finds it: in some 40 turns.

    0 <= `low` <= `high` < `modulus`; there is such an n, as `step` and the modulus have no common divisor.
    """
    if low == 0:
        return 0
    if 2 * step > modulus:
        step, low, high = modulus - step, modulus - high, modulus - low
    n = -(-low // step)
    if n * step <= high:
        return n
    # n steps lead over the modulus as often as a multiple of -modulus is in the same range modulo `step`.
    turns = _first_multiple(-modulus % step, step, low % step, high % step)
    return -(-(low + turns * modulus) // step)
