"""The fixture pages: the prices on each, and how to read their texts, independent of discovery's own code."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

FOLDER = Path(__file__).parent / "pages"


def english(text: str) -> Decimal:
    return Decimal(text.replace(",", "").strip("$ "))


def continental(text: str) -> Decimal:
    return Decimal("".join(text.replace("€", "").replace(".", "").split()).replace(",", "."))


def thirty_seconds(text: str) -> Decimal:
    whole, count = text.split("'")
    return Decimal(whole) + (Decimal(count[:2]) + Decimal(count[2]) / 10) / 32


@dataclass(frozen=True)
class Fixture:
    symbols: tuple[str, ...]
    fields: tuple[str, ...] = ("ask", "bid", "last")
    price: Callable[[str], Decimal] = english

    def wanted(self) -> set[tuple[str, str]]:
        return {(symbol, name) for symbol in self.symbols for name in self.fields}


SIDES = ("ask", "bid")
PAGES = {
    "table": Fixture(("ESZ6", "NQZ6", "YMZ6", "RTYZ6")),
    "frame": Fixture(("ESZ6", "NQZ6", "YMZ6", "RTYZ6")),
    "cards": Fixture(("AAPL", "MSFT", "TSLA")),
    "boxes": Fixture(("ESZ6",)),
    "split": Fixture(("EUR/USD", "GBP/USD"), SIDES),
    "german": Fixture(("514000", "716460", "A1EWWW"), price=continental),
    "names": Fixture(("Air-Liquide", "BNP-Paribas", "Credit-Agricole"), price=continental),
    "japanese": Fixture(("7203", "6758")),
    "hashed": Fixture(("BTC-USD", "ETH-USD", "SOL-USD")),
    "inputs": Fixture(("CLF7",), SIDES),
    "labelled-by-name": Fixture(("GCZ6", "SIZ6"), SIDES),
    "delta": Fixture(("DAX", "CAC", "FTSE", "SMI"), ("last",)),
    "remount": Fixture(("ZN", "ZB", "ZF"), price=thirty_seconds),
    "shadow": Fixture(("NGF7", "HOF7"), SIDES),
}
"""The pages whose discovered feed file must work unedited."""
