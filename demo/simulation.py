"""Simulated quotes for the board: without end, and equal for the same seed on every machine."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from random import Random

from tickql.demo.instruments import BOARD, Instrument

# Probability by which a price moves back towards its start, per step of distance. Prices wander but stay positive.
_PULL_PER_STEP = 0.0005
_MAX_SPREAD_STEPS = 4


@dataclass(frozen=True, slots=True)
class BoardQuote:
    """What the board shows of one symbol from `at_us` on, in microseconds since the first quote.

    The prices are the texts that the board shows; an empty text is shown as a dash.
    """

    at_us: int
    symbol: str
    ask: str
    bid: str
    last: str


def simulate(seed: int, rate_hz: float, pace_s: float = 0.01) -> Iterator[BoardQuote]:
    """Yield quotes of all instruments in order of time, without end; each differs from the previous one of its symbol.

    `rate_hz` is the mean rate of changes of each symbol. Two quotes of one symbol are at least `pace_s` seconds apart,
    if `rate_hz` allows it.
    """
    walks = [_walk(instrument, Random(f"{seed} {instrument.symbol}"), rate_hz, pace_s) for instrument in BOARD]
    return heapq.merge(*walks, key=attrgetter("at_us"))


def _walk(instrument: Instrument, random: Random, rate_hz: float, pace_s: float) -> Iterator[BoardQuote]:
    # Times lie on a grid, so that many rows change at once and the browser paints less often. The mean gap is two
    # intervals of the grid: a gap is one, two or three. Where an interval would be shorter than the pace, the pace is
    # the interval and a gap is one or two.
    gap_us = 1_000_000 / rate_hz
    interval_us = max(gap_us / 2, pace_s * 1_000_000)
    is_even = interval_us == gap_us / 2
    interval = 0
    bid, spread, last = instrument.start_steps, 1, instrument.start_steps
    while True:
        text = instrument.price_text
        yield BoardQuote(round(interval * interval_us), instrument.symbol, text(bid + spread), text(bid), text(last))
        interval += 1 + (int(3 * random.random()) if is_even else random.random() < gap_us / interval_us - 1)
        bid, spread, last = _next(bid, spread, last, instrument.start_steps, random)


def _next(bid: int, spread: int, last: int, start: int, random: Random) -> tuple[int, int, int]:
    """Return the next bid, spread and last, at least one of them changed."""
    before = bid, spread, last
    while (bid, spread, last) == before:
        drift = _PULL_PER_STEP * (start - bid)
        move = random.random()
        if move < 0.3 + drift:
            bid += 1
        elif move > 0.7 + drift:
            bid -= 1
        if random.random() < 0.2:
            spread = min(_MAX_SPREAD_STEPS, max(1, spread + (1 if random.random() < 0.4 else -1)))
        if random.random() < 0.5:
            last = bid + spread if random.random() < 0.5 else bid
    return bid, spread, last
