"""What a feed file says of a price's text beyond its format: the keys that settle what one text alone leaves open."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import re2

from tickql.producer.errors import excerpt
from tickql.producer.prices.units import Units

_MAX_PATTERN_CHARACTERS = 300
# Of one compiled pattern. `(x{1000}){1000}` would need far more, and is refused.
_MAX_PATTERN_BYTES = 1 << 20


class Raised(StrEnum):
    """What smaller, raised or separate digits behind a number are."""

    CENTS = "cents"
    FRACTION = "fraction"
    """The count of the field's fraction format."""
    DIGITS = "digits"
    FOOTNOTE = "footnote"
    EXPONENT = "exponent"
    """The power of ten: `10` and a raised `3` is 1000."""


@dataclass(frozen=True, slots=True)
class TextPattern:
    """A regular expression that matches a whole text; its one group is the price."""

    source: str
    _compiled: re2._Regexp

    @classmethod
    def from_text(cls, source: str) -> Self:
        """Compile a pattern in RE2's syntax, whose matching takes time in proportion to the text.

        Raises:
            ValueError: it is too long, no regular expression, or has not exactly one group.
        """
        if len(source) > _MAX_PATTERN_CHARACTERS:
            raise ValueError(f"match has {len(source)} characters, at most {_MAX_PATTERN_CHARACTERS} are read")
        options = re2.Options()
        options.log_errors = False
        options.max_mem = _MAX_PATTERN_BYTES
        try:
            compiled = re2.compile(source, options)
        except re2.error as error:
            raise ValueError(f"match {excerpt(source)!r} is not a regular expression: {_fault(error)}") from None
        if compiled.groups != 1:
            raise ValueError(
                f"match {excerpt(source)!r} has {compiled.groups} groups, it should have one, the price: "
                r'"(.+) x \\d+" (a group that is none of its business is written (?:...))'
            )
        return cls(source, compiled)

    def price_in(self, text: str) -> str | None:
        """Return what the group matches; `None`: the whole text does not match."""
        found = self._compiled.fullmatch(text)
        group: str | None = found.group(1) if found else None
        return group


def _fault(error: Exception) -> str:
    told = error.args[0] if error.args else ""
    return told.decode(errors="replace") if isinstance(told, bytes) else str(told)


@dataclass(frozen=True, slots=True)
class ParseOptions:
    """The keys of one price. See docs/feed-file.md for what each means."""

    match: TextPattern | None = None
    raised: Raised | None = None
    decimals: int | None = None
    """How many of the last digits are decimals where the page shows no decimal sign."""
    has_fraction: bool = False
    """Whether the digits behind the decimal sign are in an element of their own (`whole` and `fraction`)."""
    zeros: bool = False
    """Whether a small digit behind `0.0` counts the zeros behind the decimal sign."""
    units: Units | None = None
    exponent: bool = False
    brackets: bool = False
    """Whether brackets around a number mean a minus sign."""


NO_OPTIONS = ParseOptions()
