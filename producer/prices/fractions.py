"""Prices written as a whole and a fraction: `110'16`, `110-165`, `100-17+`, `110'16.5`, `498'2`."""

import re
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Self

_COUNTS = {8: "[0-7]", 32: "[0-2][0-9]|3[01]", 64: "[0-5][0-9]|6[0-3]"}
# What the characters after the count are worth, in parts of the denominator. Others are decimals (`.5`).
_FINER = {"": "0", "0": "0", "2": "0.25", "5": "0.5", "7": "0.75", "+": "0.5"}
# 30 digits of the whole, and 9 for the finest step, a thousandth of a 64th.
_EXACT_DIGITS = 60


@dataclass(frozen=True, slots=True)
class FractionNotation:
    """A whole and a count of 8ths, 32nds or 64ths, parted by `'`, `-` or `:`; 32nds and 64ths take two digits.

    `finer` is a regular expression of what may follow the count: nothing; a third digit as on CME boards (0, 2, 5
    and 7 for none, a quarter, a half and three quarters); a `+` for a half; or decimals.
    """

    denominator: int
    finer: str

    @classmethod
    def named(cls, name: str) -> Self | None:
        """The notation of this name, `None` if there is none."""
        match name:
            case "32":
                return cls(32, "[0257]?")
            case "32+":
                return cls(32, r"\+?")
            case "32.5":
                return cls(32, r"(?:\.[0-9]{1,3})?")
            case "64" | "8":
                return cls(int(name), "")
            case _:
                return None

    @property
    def pattern(self) -> str:
        """A regular expression of an unsigned number."""
        count = _COUNTS[self.denominator]
        return rf"(?P<whole>0|[1-9][0-9]{{0,29}})['\-:](?P<count>{count})(?P<finer>{self.finer})"

    def value(self, match: re.Match[str]) -> str:
        """The exact decimal text of a match of `pattern`, without zeros at the end."""
        finer = match["finer"]
        with localcontext(prec=_EXACT_DIGITS):
            parts = Decimal(match["count"]) + Decimal(_FINER.get(finer, finer))
            return format((Decimal(match["whole"]) + parts / self.denominator).normalize(), "f")

    def write(self, number: Decimal) -> str:
        """A number that is not negative, in this notation.

        Raises:
            ValueError: it lies between two numbers of this notation.
        """
        with localcontext(prec=_EXACT_DIGITS):
            parts = (number % 1) * self.denominator
            finer = self._write_finer(parts % 1)
            width = 1 if self.denominator == 8 else 2
            written = f"{number // 1:f}'{int(parts):0{width}}{finer}"
        if finer is None or not re.fullmatch(self.pattern, written):
            raise ValueError(f"{number} is not a whole number of steps of a {self.denominator}th")
        return written

    def _write_finer(self, rest: Decimal) -> str | None:
        if r"\." in self.finer:
            return format(rest.normalize(), "f")[1:]
        if r"\+" in self.finer:
            return {Decimal("0"): "", Decimal("0.5"): "+"}.get(rest)
        if self.finer:
            return {Decimal(_FINER[digit]): digit for digit in "0257"}.get(rest)
        return None if rest else ""
