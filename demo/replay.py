"""Recorded quotes for the board: reads the files that `tickql record` writes."""

import heapq
from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path

from tickql.demo.errors import ReplayFileError
from tickql.demo.simulation import BoardQuote
from tickql.producer.errors import RecordingError
from tickql.producer.recording.recording_file import read_recording


def replay(paths: Sequence[Path], *, speed: float = 1.0, rate_hz: float | None = None) -> list[BoardQuote]:
    """Return the quotes of all files in order of time. All files start at the same moment.

    `speed` is a multiple of real time. With `rate_hz` the timestamps do not count: that many rows of each file are
    shown per second.

    Raises:
        ReplayFileError: a file is missing or empty, or a row is invalid; names it.
    """
    gap_us = None if rate_hz is None else 1_000_000 / rate_hz
    files = [_read(path, speed, gap_us) for path in paths]
    return list(heapq.merge(*files, key=attrgetter("at_us")))


def _read(path: Path, speed: float, gap_us: float | None) -> list[BoardQuote]:
    try:
        recorded = list(read_recording(path))
    except RecordingError as error:
        raise ReplayFileError(str(error)) from error
    if not recorded:
        raise ReplayFileError(f"{path}: the file has no quotes")
    quotes, shown_us = list[BoardQuote](), 0
    for number, (symbol, ask, bid, last, observed_us, _) in enumerate(recorded):
        at_us = (observed_us - recorded[0].observed_us) / speed if gap_us is None else number * gap_us
        # The symbols of a recording may be slightly out of order: a late quote is shown together with the one before.
        shown_us = max(shown_us, round(at_us))
        quotes.append(BoardQuote(shown_us, symbol, ask or "", bid or "", last or ""))
    return quotes
