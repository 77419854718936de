"""The characters of which a notation makes numbers: what tells whether two pieces of a text belong to one number."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from tickql.producer.prices.decimals import DecimalNotation
from tickql.producer.prices.fractions import FractionNotation

Notation = DecimalNotation | FractionNotation


@dataclass(frozen=True, slots=True)
class NumberSigns:
    """The signs of one notation, in normalized texts (see `page_text.normalize`)."""

    decimal: str
    """Characters that stand between a number's whole part and the rest."""
    group: str
    """Characters that may stand between groups of digits. A space is not among them: see `spaced`."""
    spaced: bool
    """Whether a space may stand between groups of digits."""
    scale: tuple[str, ...]
    """Texts that scale the number."""
    is_fraction: bool
    tail: re.Pattern[str]
    """Finds what a text has of a number at its end."""
    head: re.Pattern[str]
    """Finds what a text has of a number at its beginning."""
    complete: re.Pattern[str]
    """Matches a number without a sign."""

    @classmethod
    def of(cls, notation: Notation) -> Self:
        """Return the signs of a notation."""
        is_fraction = isinstance(notation, FractionNotation)
        decimal, group, finer = notation.decimal_signs, notation.group_signs, ".+" if is_fraction else ""
        signs = f"[0-9{re.escape(decimal + group.replace(' ', '') + finer)}]*"
        return cls(
            decimal,
            group.replace(" ", ""),
            " " in group,
            tuple(notation.scale_letters),
            is_fraction,
            re.compile(signs + r"\Z"),
            re.compile(signs),
            re.compile(notation.pattern),
        )

    def number_at_end(self, text: str) -> str:
        """Return what a text has of a number at its end, without the number's own sign."""
        found = self.tail.search(text)
        return found[0].lstrip("+-") if found else ""

    def number_at_start(self, text: str) -> str:
        """Return what a text has of a number at its beginning."""
        found = self.head.match(text)
        return found[0] if found else ""

    def decimals(self, number: str) -> str | None:
        """Return what stands behind the decimal sign; `None`: there is no such sign."""
        places = [number.find(sign) for sign in self.decimal if sign in number]
        return number[min(places) + 1 :] if places else None

    def is_complete(self, number: str) -> bool:
        """Return whether a text is a number on its own."""
        return self.complete.fullmatch(number) is not None


signs_of = lru_cache(maxsize=256)(NumberSigns.of)
"""Return the signs of a notation; there are as many as there are formats in use."""
