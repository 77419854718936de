"""Made-up quotes for the board: endless, and the same for the same seed on every machine."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from random import Random

from tickql.demo.instruments import BOARD, Instrument

# How hard the price is pulled back to its start, per tick of distance: it roams, but never far and never below zero.
_PULL = 0.0005
_MAX_SPREAD = 4


@dataclass(frozen=True, slots=True)
class BoardQuote:
    """What the board shows of one symbol from `at_us` on, in microseconds since the first quote.

    The prices are the texts as shown; an empty text is shown as a dash.
    """

    at_us: int
    symbol: str
    ask: str
    bid: str
    last: str


def simulate(seed: int, rate_hz: float, pace_s: float = 0.01) -> Iterator[BoardQuote]:
    """Quotes of all instruments in order of time, without end; each differs from the one before of its symbol.

    `rate_hz` is how often each symbol changes, in the mean; two quotes of one symbol are at least `pace_s` seconds
    apart as long as `rate_hz` allows it.
    """
    walks = [_walk(instrument, Random(f"{seed} {instrument.symbol}"), rate_hz, pace_s) for instrument in BOARD]
    return heapq.merge(*walks, key=attrgetter("at_us"))


def _walk(instrument: Instrument, random: Random, rate_hz: float, pace_s: float) -> Iterator[BoardQuote]:
    # Times lie on a grid, so that many rows change at once and the browser paints less often. The mean gap is two
    # steps of it: one, two or three; nearer to the pace, where a step is the pace, one or two.
    gap_us = 1_000_000 / rate_hz
    step_us = max(gap_us / 2, pace_s * 1_000_000)
    even = step_us == gap_us / 2
    step = 0
    bid, spread, last = instrument.start, 1, instrument.start
    while True:
        write = instrument.write
        yield BoardQuote(round(step * step_us), instrument.symbol, write(bid + spread), write(bid), write(last))
        step += 1 + (int(3 * random.random()) if even else random.random() < gap_us / step_us - 1)
        bid, spread, last = _next(bid, spread, last, instrument.start, random)


def _next(bid: int, spread: int, last: int, start: int, random: Random) -> tuple[int, int, int]:
    """Another bid, spread and last, at least one of them changed."""
    before = bid, spread, last
    while (bid, spread, last) == before:
        drift = _PULL * (start - bid)
        move = random.random()
        if move < 0.3 + drift:
            bid += 1
        elif move > 0.7 + drift:
            bid -= 1
        if random.random() < 0.2:
            spread = min(_MAX_SPREAD, max(1, spread + (1 if random.random() < 0.4 else -1)))
        if random.random() < 0.5:
            last = bid + spread if random.random() < 0.5 else bid
    return bid, spread, last
