"""Prices written as a whole number and a fraction: `110'16`, `110-165`, `100-17+`, `110'16.5`, `498'2`."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from typing import Self

_COUNTS = {8: "[0-7]", 32: "[0-2][0-9]|3[01]", 64: "[0-5][0-9]|6[0-3]"}
# The value of the characters after the count, in parts of the denominator. Other texts there are decimals (`.5`).
_FINER_STEPS = {"": "0", "0": "0", "2": "0.25", "5": "0.5", "7": "0.75", "+": "0.5"}
# The whole number has 30 digits at most; the finest step, a thousandth of a 64th, has 9 decimals. The rest is reserve.
_EXACT_DIGITS = 60
# Below this, `14:05` may be hours and minutes, or minutes and seconds.
_MINUTES = 60


@dataclass(frozen=True, slots=True)
class FractionNotation:
    """How a page writes fractions: a whole number, then `'`, `-` or `:`, then a count of 8ths, 32nds or 64ths.

    The count has two digits for 32nds and 64ths, one for 8ths. `finer` is the regular expression of the text that may
    follow the count: nothing; a third digit as on CME boards (0, 2, 5 and 7 for none, a quarter, a half and three
    quarters of a 32nd); a `+` for a half; or decimals.
    """

    denominator: int
    finer: str
    signs: str = "'-:"
    """What may stand between the whole number and the count."""

    @classmethod
    def from_name(cls, name: str) -> Self | None:
        """Return the notation with this name; `None` if there is none. A `:` at its end: that is the only sign."""
        if name.endswith(":"):
            notation = cls.from_name(name[:-1])
            return None if notation is None else replace(notation, signs=":")
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
    def decimal_signs(self) -> str:
        """The characters that may stand between the whole number and the count."""
        return self.signs

    @property
    def group_signs(self) -> str:
        """None: whole numbers are not grouped."""
        return ""

    @property
    def scale_letters(self) -> str:
        """None: fractions are not scaled."""
        return ""

    @property
    def pattern(self) -> str:
        """The regular expression of a number without a sign."""
        count = _COUNTS[self.denominator]
        signs = re.escape(self.signs)
        return rf"(?P<whole>0|[1-9][0-9]{{0,29}})(?P<sign_between>[{signs}])(?P<count>{count})(?P<finer>{self.finer})"

    @property
    def ambiguity(self) -> str:
        """Why a match of `pattern` may have no exact text."""
        return f'it may be a time: if it is a price, write format = "{self.denominator}:"'

    def exact_text(self, match: re.Match[str]) -> str | None:
        """Return the exact decimal text of a match of `pattern`, without zeros at the end; `None`: it may be a time."""
        if match["sign_between"] == ":" and len(self.signs) > 1 and int(match["whole"]) < _MINUTES:
            return None
        finer = match["finer"]
        with localcontext(prec=_EXACT_DIGITS):
            parts = Decimal(match["count"]) + Decimal(_FINER_STEPS.get(finer, finer))
            return format((Decimal(match["whole"]) + parts / self.denominator).normalize(), "f")

    def render(self, number: Decimal) -> str:
        """Return the text of a number that is not negative.

        Raises:
            ValueError: the number lies between two steps of this notation.
        """
        with localcontext(prec=_EXACT_DIGITS):
            parts = (number % 1) * self.denominator
            finer = self._render_finer(parts % 1)
            width = 1 if self.denominator == 8 else 2
            written = f"{number // 1:f}{self.signs[0]}{int(parts):0{width}}{finer}"
        if finer is None or not re.fullmatch(self.pattern, written):
            raise ValueError(f"{number} is not a whole number of steps of a {self.denominator}th")
        return written

    def _render_finer(self, rest: Decimal) -> str | None:
        if r"\." in self.finer:
            return format(rest.normalize(), "f")[1:]
        if r"\+" in self.finer:
            return {Decimal("0"): "", Decimal("0.5"): "+"}.get(rest)
        if self.finer:
            return {Decimal(_FINER_STEPS[digit]): digit for digit in "0257"}.get(rest)
        return None if rest else ""
