"""The instruments of the board: their names, their price steps and the notation of their prices."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Instrument:
    """One row of the board. Prices are counted in its smallest price step.

    `start_steps` is the price around which it moves, in steps. `steps_per_unit` is how many steps make a price of 1.
    `decimals` is how many decimals are shown; `None`: 32nds and half 32nds, as on CME boards: `110'165`.
    """

    symbol: str
    name: str
    group: str
    start_steps: int
    steps_per_unit: int
    decimals: int | None

    def price_text(self, steps: int) -> str:
        """Return the price of `steps` price steps, as the board shows it."""
        whole, rest = divmod(steps, self.steps_per_unit)
        if self.decimals is None:
            count, half = divmod(rest, 2)
            return f"{whole}'{count:02}{5 * half}"
        if self.decimals == 0:
            return f"{whole:,}"
        return f"{whole:,}.{rest * 10**self.decimals // self.steps_per_unit:0{self.decimals}}"


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
"""Twelve well-known instruments with the common notations of prices. Their prices on the board are simulated."""
