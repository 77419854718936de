"""Recording files: one quote a line, in the order in which the quotes were seen. Needs no browser and no Redis.

    from tickql.producer.recording.recording_file import read_recording

    for quote in read_recording(Path("board.jsonl")):
        print(quote.symbol, quote.last)

`docs/recordings.md` describes both formats.
"""

import codecs
import csv
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

from tickql.feed.codec import check_price, decode_quote, encode_quote, format_timestamp, parse_timestamp
from tickql.feed.errors import FeedError, InvalidMessage
from tickql.feed.tick import Quote, check_symbol
from tickql.producer.errors import RecordingError
from tickql.producer.recording.recording_format import RecordingFormat

COLUMNS = ("timestamp", "symbol", "ASK", "BID", "LAST")
"""The columns of a CSV recording."""
DISORDER_US = 30_000_000
"""How much older than the newest quote above it a quote of another symbol may be.

Quotes of different symbols are recorded not quite in order: after an outage one symbol may be half a minute behind.
"""
# A line of a recording has some 150 bytes. A longer one is a file of another kind, perhaps without any line break.
_MAX_LINE_BYTES = 10_000


class RecordingSummary(NamedTuple):
    """What a recording contains. Times are Unix microseconds; `last_us` is the latest time in the file."""

    quotes: int
    symbols: tuple[str, ...]
    first_us: int
    last_us: int


def read_recording(path: Path, file_format: RecordingFormat | None = None) -> Iterator[Quote]:
    """Yield the quotes of a file line by line, exactly as recorded. `file_format`: `None`: by the suffix.

    The quotes of a symbol are in order of time; those of different symbols may be out of order by `DISORDER_US`.

    Raises:
        RecordingError: the file is missing, or a line is wrong. The message names the line. All quotes that were
            yielded before are right.
    """
    read = {RecordingFormat.JSONL: _read_jsonl, RecordingFormat.CSV: _read_csv}[
        file_format or RecordingFormat.from_suffix(path)
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


def summarize(path: Path, file_format: RecordingFormat | None = None) -> RecordingSummary:
    """Read a whole recording and return what it contains.

    Raises:
        RecordingError: as for `read_recording`, or the file has no quotes.
    """
    quotes = read_recording(path, file_format)
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
    """Writes a recording. Each quote is in the file as a whole line at once, so that the file is valid at any moment.

    Use it as a context manager, or call `close`.
    """

    def __init__(self, path: Path, file_format: RecordingFormat | None = None, *, overwrite: bool = False) -> None:
        """Create the file.

        Raises:
            RecordingError: the file exists and may not be overwritten, or cannot be created.
        """
        self.quotes = 0
        """Quotes written so far."""
        self._path = path
        file_format = file_format or RecordingFormat.from_suffix(path)
        self._line = {RecordingFormat.JSONL: _jsonl_line, RecordingFormat.CSV: _csv_line}[file_format]
        self._whole_bytes = 0
        try:
            # Unbuffered: a process that is killed has lost no quote.
            self._file = path.open("wb" if overwrite else "xb", buffering=0)
            if file_format is RecordingFormat.CSV:
                self._append(",".join(COLUMNS).encode() + b"\n")
        except FileExistsError as error:
            raise RecordingError(f"{path} exists: name another file, or overwrite it with --force") from error
        except OSError as error:
            raise RecordingError(f"{path}: {(error.strerror or 'not writable').lower()}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, quote: Quote) -> None:
        """Append a quote.

        Raises:
            RecordingError: the quote cannot be written, as on a full disk. The file ends with the quote before.
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
            # A part of the line may be in the file already.
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
                raise InvalidMessage(f"longer than {_MAX_LINE_BYTES} bytes: not a line of a recording")
            # Spreadsheets put a byte order mark at the beginning of CSV.
            yield line.removeprefix(codecs.BOM_UTF8) if self.number == 1 else line


def _in_order(quotes: Iterable[Quote]) -> Iterator[Quote]:
    newest_us, symbol_us = 0, dict[str, int]()
    for quote in quotes:
        if quote.observed_us < max(newest_us - DISORDER_US, symbol_us.get(quote.symbol, 0)):
            shown = format_timestamp(quote.observed_us)
            raise InvalidMessage(f"{shown} is before the line above: sort the file by time")
        symbol_us[quote.symbol] = quote.observed_us
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
    # Neither symbols nor prices can contain a comma or a quotation mark, so no quoting is needed.
    prices = (quote.ask or "", quote.bid or "", quote.last or "")
    return f"{format_timestamp(quote.observed_us)},{quote.symbol},{','.join(prices)}\n".encode()
