"""The fixture pages and their web site; the prices on each page, read without discovery's own code."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import orjson
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from tests.support.site import Site

FOLDER = Path(__file__).parent / "pages"


def english(text: str) -> Decimal:
    # The pieces of a seen text touch on these pages.
    return Decimal(re.sub("\x1f..", "", text).replace(",", "").strip("$ "))


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


class FixtureSite(Site):
    """All fixture pages, each at `/<name>.html`."""

    def __init__(self) -> None:
        super().__init__(Mount("/", StaticFiles(directory=FOLDER)))

    def page(self, name: str) -> str:
        """Return a page's address."""
        return self.url(f"/{name}.html")

    def anonymous(self, report: str) -> bytes:
        """Return a report for the repository: fewer samples, and no port."""
        data = orjson.loads(report.replace(self.address, "http://board.test"))
        data["spots"] = [[*spot[:4], spot[4][-12:], *spot[5:]] for spot in data["spots"]]
        return orjson.dumps(data, option=orjson.OPT_APPEND_NEWLINE)
