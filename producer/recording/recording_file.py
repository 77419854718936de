"""Recordings: quotes in a file, one a line, in the order in which they were seen. Needs no browser and no Redis.

    from tickql.producer.recording.recording_file import read_recording

    for quote in read_recording(Path("board.jsonl")):
        print(quote.symbol, quote.last)

`docs/recordings.md` describes both formats.
"""

import codecs
import csv
from collections.abc import Iterable, Iterator
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

from tickql.feed.codec import check_price, decode_quote, encode_quote, format_timestamp, parse_timestamp
from tickql.feed.errors import FeedError, InvalidMessage
from tickql.feed.tick import Quote, check_symbol
from tickql.producer.errors import RecordingError

COLUMNS = ("timestamp", "symbol", "ASK", "BID", "LAST")
"""Of a CSV recording."""
DISORDER_US = 30_000_000
"""How far a line may lie before the newest above it: symbols come not quite in order, least so after an outage."""
_MAX_LINE_BYTES = 10_000


class RecordingFormat(StrEnum):
    """How quotes are written down."""

    JSONL = "jsonl"
    """A feed message without its number a line: times to the microsecond."""
    CSV = "csv"
    """The columns `timestamp,symbol,ASK,BID,LAST`: times to the millisecond, an empty price is none."""

    @classmethod
    def from_suffix(cls, path: Path) -> Self:
        """The format that goes with a file's suffix, in any case.

        Raises:
            RecordingError: another suffix.
        """
        try:
            return cls(path.suffix.lower().removeprefix("."))
        except ValueError as error:
            raise RecordingError(f"{path}: its name tells no format: end it in .jsonl or .csv, or name one") from error


class RecordingSummary(NamedTuple):
    """What is in a recording. Times are Unix microseconds, `last_us` the latest of all."""

    quotes: int
    symbols: tuple[str, ...]
    first_us: int
    last_us: int


def read_recording(path: Path, form: RecordingFormat | None = None) -> Iterator[Quote]:
    """The quotes of a file, line by line, exactly as they were recorded. `form`: not what the suffix says.

    In order of time, but that different symbols may be out of it by up to `DISORDER_US`.

    Raises:
        RecordingError: no such file, or a line is wrong; says which and why. What came before it is right.
    """
    read = {RecordingFormat.JSONL: _read_jsonl, RecordingFormat.CSV: _read_csv}[
        form or RecordingFormat.from_suffix(path)
    ]
    try:
        with path.open("rb") as file:
            lines = _Lines(file)
            try:
                yield from _in_order(read(lines))
            except (csv.Error, UnicodeDecodeError) as error:
                raise RecordingError(f"{path}, line {lines.number}: not CSV in UTF-8: {error}") from error
            except FeedError as error:
                raise RecordingError(f"{path}, line {lines.number}: {error}") from error
    except OSError as error:
        raise RecordingError(f"{path}: {(error.strerror or 'not readable').lower()}") from error


def summarize(path: Path, form: RecordingFormat | None = None) -> RecordingSummary:
    """Read a whole recording and say what is in it.

    Raises:
        RecordingError: as for `read_recording`, or there is no quote in it.
    """
    quotes = read_recording(path, form)
    first = next(quotes, None)
    if first is None:
        raise RecordingError(f"{path}: no quotes in it")
    count, symbols, last_us = 1, {first.symbol: None}, first.observed_us
    for quote in quotes:
        count += 1
        symbols[quote.symbol] = None
        last_us = max(last_us, quote.observed_us)
    return RecordingSummary(count, tuple(symbols), first.observed_us, last_us)


class RecordingWriter:
    """Writes a recording, each quote at once and as a whole line: whatever ends the writing, the file can be read.

    A context manager, or to be closed.
    """

    def __init__(self, path: Path, form: RecordingFormat | None = None, *, overwrite: bool = False) -> None:
        """Make the file.

        Raises:
            RecordingError: it exists and may not be overwritten, or cannot be made.
        """
        self.quotes = 0
        """Written so far."""
        self._path = path
        form = form or RecordingFormat.from_suffix(path)
        self._line = {RecordingFormat.JSONL: _jsonl_line, RecordingFormat.CSV: _csv_line}[form]
        self._whole_bytes = 0
        try:
            self._file = path.open("wb" if overwrite else "xb", buffering=0)
            if form is RecordingFormat.CSV:
                self._append(",".join(COLUMNS).encode() + b"\n")
        except FileExistsError as error:
            raise RecordingError(f"{path} exists: name another file, or have it overwritten with --force") from error
        except OSError as error:
            raise RecordingError(f"{path}: {(error.strerror or 'not writable').lower()}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, quote: Quote) -> None:
        """Add a quote.

        Raises:
            RecordingError: it cannot be written, as on a full disk. The file ends with the last quote before it.
        """
        try:
            self._append(self._line(quote))
        except OSError as error:
            raise RecordingError(
                f"{self._path}: {(error.strerror or 'not writable').lower()} after {self.quotes} quotes"
            ) from error
        self.quotes += 1

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _append(self, line: bytes) -> None:
        try:
            written = self._file.write(line)
            while written < len(line):
                written += self._file.write(line[written:])
        except OSError:
            with suppress(OSError):
                self._file.truncate(self._whole_bytes)
            raise
        self._whole_bytes += len(line)


class _Lines:
    """The lines of a file, counted from 1."""

    def __init__(self, file: BinaryIO) -> None:
        self.number = 0
        self._file = file

    def __iter__(self) -> Iterator[bytes]:
        for line in iter(lambda: self._file.readline(_MAX_LINE_BYTES), b""):
            self.number += 1
            if len(line) == _MAX_LINE_BYTES:
                raise InvalidMessage(f"longer than {_MAX_LINE_BYTES} bytes: no line of a recording")
            yield line.removeprefix(codecs.BOM_UTF8) if self.number == 1 else line


def _in_order(quotes: Iterable[Quote]) -> Iterator[Quote]:
    newest_us, of_symbol = 0, dict[str, int]()
    for quote in quotes:
        if quote.observed_us < max(newest_us - DISORDER_US, of_symbol.get(quote.symbol, 0)):
            shown = format_timestamp(quote.observed_us)
            raise InvalidMessage(f"{shown} is before the line above: sort the file by time")
        of_symbol[quote.symbol] = quote.observed_us
        newest_us = max(newest_us, quote.observed_us)
        yield quote


def _read_jsonl(lines: Iterable[bytes]) -> Iterator[Quote]:
    return (decode_quote(line) for line in lines if not line.isspace())


def _read_csv(lines: Iterable[bytes]) -> Iterator[Quote]:
    rows = csv.reader((line.decode() for line in lines), strict=True)
    if tuple(next(rows, ())) != COLUMNS:
        raise InvalidMessage(f"the first line is not {','.join(COLUMNS)}")
    for row in rows:
        if len(row) != len(COLUMNS):
            raise InvalidMessage(f"{len(row)} columns, not {len(COLUMNS)}")
        timestamp, symbol, *prices = row
        ask, bid, last = (check_price(price) if price else None for price in prices)
        yield Quote(check_symbol(symbol), ask, bid, last, parse_timestamp(timestamp))


def _jsonl_line(quote: Quote) -> bytes:
    return encode_quote(quote) + b"\n"


def _csv_line(quote: Quote) -> bytes:
    # Neither symbols nor prices can hold a comma or a quote.
    prices = (quote.ask or "", quote.bid or "", quote.last or "")
    return f"{format_timestamp(quote.observed_us)},{quote.symbol},{','.join(prices)}\n".encode()
