"""Recordings of a market: made up on every machine, and real ones too where they lie beside this checkout."""

import csv
from decimal import Decimal
from pathlib import Path
from random import Random

_BESIDE = Path(__file__).parents[2] / "shared" / "data"
_REAL = [_BESIDE / "eurusd_ticks.csv", _BESIDE / "usdjpy_ticks.csv"]

SOURCES = ["made-up", *(["real"] if all(path.is_file() for path in _REAL) else [])]


def recordings(source: str, folder: Path, rows: int) -> list[Path]:
    """That many rows of EUR/USD and of USD/JPY."""
    if source == "real":
        return [_write(folder / path.name, _read(path)[:rows]) for path in _REAL]
    made_up = {"EUR/USD": _made_up("EUR/USD", 6, rows), "USD/JPY": _made_up("USD/JPY", 3, rows)}
    return [_write(folder / f"{symbol[:3]}.csv", each) for symbol, each in made_up.items()]


def _made_up(symbol: str, digits: int, count: int) -> list[list[str]]:
    """Rows like a recording's, with trailing zeros, empty prices and repeats."""
    random = Random(symbol)
    bid, rows = random.randint(10**digits, 2 * 10**digits), []
    for number in range(count):
        bid += random.choice((-2, -1, 0, 0, 1, 2))
        prices = (Decimal(bid + random.randint(1, 3)).scaleb(-digits), Decimal(bid).scaleb(-digits))
        last = str(prices[0]) if random.random() < 0.8 else ""
        hour, minute, second = number // 3600, number // 60 % 60, number % 60
        rows.append([f"2025-01-02 {hour:02}:{minute:02}:{second:02}.000", symbol, *map(str, prices), last])
    return rows


def _read(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))[1:]


def _write(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["timestamp", "symbol", "ASK", "BID", "LAST"], *rows])
    return path
