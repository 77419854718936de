"""What one check found."""

from enum import StrEnum
from typing import NamedTuple


class Level(StrEnum):
    """How good it is."""

    OK = "ok"
    WARNING = "warning"
    """It works, with less than is promised."""
    FAILED = "failed"
    """It does not work."""


class Finding(NamedTuple):
    """One check and its verdict. `found` is what was seen, `remedy` the way to mend it, `None` where nothing is to."""

    check: str
    level: Level
    found: str
    remedy: str | None = None


def ok(check: str, found: str) -> Finding:
    """All is well."""
    return Finding(check, Level.OK, found)


def warning(check: str, found: str, remedy: str) -> Finding:
    """It works, with less than is promised."""
    return Finding(check, Level.WARNING, found, remedy)


def failed(check: str, found: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(check, Level.FAILED, found, remedy)
