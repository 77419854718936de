"""The result of one check."""

from enum import StrEnum
from typing import NamedTuple


class Level(StrEnum):
    """The outcome of a check."""

    OK = "ok"
    WARNING = "warning"
    """It works, but not as well as promised."""
    FAILED = "failed"
    """It does not work."""


class Finding(NamedTuple):
    """The result of one check. `found`: what was seen. `remedy`: how to repair it; `None`: nothing to repair."""

    check: str
    level: Level
    found: str
    remedy: str | None = None


def ok(check: str, found: str) -> Finding:
    """Return a result that needs no action."""
    return Finding(check, Level.OK, found)


def warning(check: str, found: str, remedy: str) -> Finding:
    """It works, but not as well as promised."""
    return Finding(check, Level.WARNING, found, remedy)


def failed(check: str, found: str, remedy: str) -> Finding:
    """Return the result of something that does not work."""
    return Finding(check, Level.FAILED, found, remedy)
