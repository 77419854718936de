"""Units: the text beside a number that the feed file allows, and what it means: nothing, or a shift of the decimals."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from tickql.producer.errors import excerpt
from tickql.producer.prices.page_text import CURRENCY, normalize

SCALES = {
    **{"K": 3, "k": 3, "Tsd.": 3, "M": 6, "Mio": 6, "Mio.": 6, "Mn": 6, "B": 9, "Bn": 9, "Mrd": 9, "Mrd.": 9, "T": 12},
    **{"千": 3, "万": 4, "萬": 4, "億": 8, "亿": 8, "兆": 12, "lakh": 5, "Lakh": 5, "L": 5, "crore": 7, "Crore": 7},
    **{"Cr": 7, "Cr.": 7},
}
"""Units that scale the number, with their powers of ten. Every other unit changes nothing: `50¢` stays 50."""
_MAX_CHARACTERS = 30
_NO_LETTER_BEFORE, _NO_LETTER_BEHIND = r"(?<![^\W\d_])", r"(?![^\W\d_])"


@dataclass(frozen=True, slots=True)
class Units:
    """The units of a price. One of them may stand before or behind the number, or none."""

    texts: tuple[str, ...]
    _pattern: re.Pattern[str]

    @classmethod
    def from_texts(cls, texts: Sequence[str]) -> Self:
        """Make the units of a feed file.

        Raises:
            ValueError: a text is no unit: it has digits or a sign, or it has neither letters nor a symbol such as `%`.
        """
        known = tuple(map(_checked, texts))
        # The T of `12.5 USDT` is no unit: it is part of a word.
        either = "|".join(
            rf"{_NO_LETTER_BEFORE if text[0].isalpha() else ''}{re.escape(text)}"
            rf"{_NO_LETTER_BEHIND if text[-1].isalpha() else ''}"
            for text in sorted(known, key=len, reverse=True)
        )
        before, after = f"(?:(?P<before>{either}) ?)?", f"(?: ?(?P<after>{either})(?P<mark> ?{CURRENCY})?)?"
        pattern = rf"(?P<sign>[+-]?){before}(?P<number>.*?){after}"
        return cls(known, re.compile(pattern, re.DOTALL))

    @property
    def scales(self) -> tuple[str, ...]:
        """The units that scale the number."""
        return tuple(text for text in self.texts if text in SCALES)

    def strip(self, text: str) -> tuple[str, int]:
        """Return a normalized text without its unit, and the power of ten that the unit means.

        A text with a unit on both sides, or with a scale before the number, is returned as it is: it is no price.
        """
        found = self._pattern.fullmatch(text)
        if found is None or (found["before"] and (found["after"] or found["before"] in SCALES)):
            return text, 0
        unit = found["before"] or found["after"]
        # Two spaces stand for a place of its own (see `joining.join`): a letter there does not scale the number.
        if unit in SCALES and "  " in text:
            return text, 0
        return (found["sign"] + found["number"] + (found["mark"] or ""), SCALES.get(unit, 0)) if unit else (text, 0)


def _checked(text: str) -> str:
    unit = normalize(text) if len(text) <= _MAX_CHARACTERS else ""
    is_text = any(each.isalpha() or each in "%‰‱¢°$€£¥₹" for each in unit)
    if not is_text or any(each.isdigit() or each in "+-()" for each in unit) or "\x1f" in unit:
        raise ValueError(f'unit {excerpt(text)!r} is not the text of a unit, such as "%", "p", "Rs" or "Mio."')
    return unit
