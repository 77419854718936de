"""The instruments of the board: how each is called, how its prices step and how they are written."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Instrument:
    """One row of the board. Prices are counted in ticks, its smallest step.

    `start` is the price around which it moves, in ticks. `steps` is how many ticks make 1. `decimals` is how many
    are shown; `None` writes 32nds and half 32nds, as on CME boards: `110'165`.
    """

    symbol: str
    name: str
    group: str
    start: int
    steps: int
    decimals: int | None

    def write(self, ticks: int) -> str:
        """The price text that the board shows."""
        whole, rest = divmod(ticks, self.steps)
        if self.decimals is None:
            count, half = divmod(rest, 2)
            return f"{whole}'{count:02}{5 * half}"
        if self.decimals == 0:
            return f"{whole:,}"
        return f"{whole:,}.{rest * 10**self.decimals // self.steps:0{self.decimals}}"


FUTURES, CURRENCIES, INDICES = "Futures", "Currencies", "Indices"

BOARD = (
    Instrument("ES", "E-mini S&P 500", FUTURES, 24_412, 4, 2),
    Instrument("NQ", "E-mini Nasdaq-100", FUTURES, 88_730, 4, 2),
    Instrument("YM", "E-mini Dow", FUTURES, 44_518, 1, 0),
    Instrument("RTY", "E-mini Russell 2000", FUTURES, 22_794, 10, 1),
    Instrument("CL", "Crude oil", FUTURES, 7_236, 100, 2),
    Instrument("NG", "Natural gas", FUTURES, 4_061, 1_000, 3),
    Instrument("GC", "Gold", FUTURES, 29_487, 10, 1),
    Instrument("ZN", "10-year note, 32nds", FUTURES, 7_073, 64, None),
    Instrument("EUR/USD", "Euro / US dollar", CURRENCIES, 108_523, 100_000, 5),
    Instrument("GBP/USD", "Pound / US dollar", CURRENCIES, 126_418, 100_000, 5),
    Instrument("USD/JPY", "US dollar / yen", CURRENCIES, 151_347, 1_000, 3),
    Instrument("SPX", "S&P 500 index", INDICES, 608_274, 100, 2),
)
"""Twelve well-known names. Their prices on the board are made up."""
