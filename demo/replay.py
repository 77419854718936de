"""Recorded quotes for the board, from CSV files with the columns `timestamp,symbol,ASK,BID,LAST`."""

import csv
import heapq
from collections.abc import Iterator, Sequence
from operator import attrgetter
from pathlib import Path

from demo.errors import ReplayFileError
from demo.simulation import BoardQuote
from feed.codec import check_price, parse_timestamp
from feed.errors import FeedError
from feed.tick import check_symbol

COLUMNS = ["timestamp", "symbol", "ASK", "BID", "LAST"]


def replay(paths: Sequence[Path], *, speed: float = 1.0, rate_hz: float | None = None) -> list[BoardQuote]:
    """The quotes of the files in order of time; every file begins at the same moment.

    `speed` times real time; or, with `rate_hz`, that many rows of each file a second, whatever their timestamps.

    Raises:
        ReplayFileError: a file is missing or empty, or a row is wrong; says which.
    """
    gap_us = None if rate_hz is None else 1_000_000 / rate_hz
    files = [_read(path, speed, gap_us) for path in paths]
    return list(heapq.merge(*files, key=attrgetter("at_us")))


def _read(path: Path, speed: float, gap_us: float | None) -> list[BoardQuote]:
    quotes: list[BoardQuote] = []
    first_us = previous_us = None
    for number, row in _rows(path):
        timestamp, symbol, *prices = row
        try:
            check_symbol(symbol)
            for price in filter(None, prices):
                check_price(price)
            observed_us = parse_timestamp(timestamp)
        except FeedError as error:
            raise ReplayFileError(f"{path}, line {number}: {error}") from error
        if previous_us is not None and observed_us < previous_us:
            raise ReplayFileError(f"{path}, line {number}: {timestamp} is before the line above: sort the file by time")
        previous_us = observed_us
        first_us = observed_us if first_us is None else first_us
        at_us = (observed_us - first_us) / speed if gap_us is None else len(quotes) * gap_us
        quotes.append(BoardQuote(round(at_us), symbol, *prices))
    if not quotes:
        raise ReplayFileError(f"{path}: no quotes below the header")
    return quotes


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file, strict=True)
            if next(reader, None) != COLUMNS:
                raise ReplayFileError(f"{path}: the first line is not {','.join(COLUMNS)}")
            for row in reader:
                if len(row) != len(COLUMNS):
                    raise ReplayFileError(f"{path}, line {reader.line_num}: {len(row)} columns, not {len(COLUMNS)}")
                yield reader.line_num, row
    except OSError as error:
        raise ReplayFileError(f"{path}: {(error.strerror or 'not readable').lower()}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise ReplayFileError(f"{path}: not CSV in UTF-8: {error}") from error
