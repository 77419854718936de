"""Recorded quotes for the board, from the files that `tickql record` writes."""

import heapq
from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path

from tickql.demo.errors import ReplayFileError
from tickql.demo.simulation import BoardQuote
from tickql.producer.errors import RecordingError
from tickql.producer.recording.recording_file import read_recording


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
    try:
        recorded = list(read_recording(path))
    except RecordingError as error:
        raise ReplayFileError(str(error)) from error
    if not recorded:
        raise ReplayFileError(f"{path}: no quotes in it")
    quotes, shown_us = list[BoardQuote](), 0
    for number, (symbol, ask, bid, last, observed_us) in enumerate(recorded):
        at_us = (observed_us - recorded[0].observed_us) / speed if gap_us is None else number * gap_us
        # Symbols may be a little out of order: what is late is shown with what came before it.
        shown_us = max(shown_us, round(at_us))
        quotes.append(BoardQuote(shown_us, symbol, ask or "", bid or "", last or ""))
    return quotes
