"""The formats of recordings."""

from enum import StrEnum
from pathlib import Path
from typing import Self

from tickql.producer.errors import RecordingError


class RecordingFormat(StrEnum):
    """The format of a recording file."""

    JSONL = "jsonl"
    """Each line is a feed message without its sequence number. Times to the microsecond."""
    CSV = "csv"
    """The columns `timestamp,symbol,ASK,BID,LAST`. Times to the millisecond; an empty price means no price."""

    @classmethod
    def from_suffix(cls, path: Path) -> Self:
        """Return the format that a file's suffix names, in upper or lower case.

        Raises:
            RecordingError: the suffix is not .jsonl or .csv.
        """
        try:
            return cls(path.suffix.lower().removeprefix("."))
        except ValueError as error:
            raise RecordingError(f"{path}: unknown suffix: use .jsonl or .csv, or name the format") from error
