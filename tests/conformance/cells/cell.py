"""A cell: markup of a price as pages write it, and what a person may read in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Truth(StrEnum):
    """What a person who sees the cell can know."""

    CERTAIN = "certain"
    """One number, without a doubt."""
    KNOWLEDGE = "knowledge"
    """One number for those who know the page; others may doubt it."""
    NOTHING = "nothing"
    """No single number."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that was made of choices."""

    html: str
    """One element."""
    truth: Truth
    value: str | None
    """The number that a person reads; `None`: no single one."""
    form: str
    """The format of the field in the feed file; empty: none."""
    shown: str
    """The characters that a person sees, without spaces, in visual order."""
    kind: str
    """How the cell was made, in a few words."""
    choices: Sequence[int] = field(compare=False, default=())
