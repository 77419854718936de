"""Prices written with a decimal sign: `1,234.56`, `1.234,56`, `1'234.56`, `1,23,456.78`, `1,2345.6`."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from tickql.producer.prices.page_text import ARABIC_DECIMAL, ARABIC_GROUP

_SCALES = {"K": 3, "k": 3, "M": 6, "B": 9, "T": 12}
_EXAMPLE = re.compile(r"(?P<whole>[0-9]+(?:[.,' ][0-9]+)*)(?P<decimal>[.,])(?P<part>[0-9]+)(?P<scale>[KkMBT]?)")


@dataclass(frozen=True, slots=True)
class DecimalNotation:
    """How a page writes decimal numbers.

    A number has either no group sign at all, or one at each right place: the last group has `last_digits` (4 in some
    Chinese and Japanese notation), the groups before it have `group_digits` (2 in Indian notation).
    """

    decimal: str
    """The decimal sign."""
    group: str | None = None
    """The sign between groups of digits; `None`: the page never groups."""
    group_digits: int = 3
    last_digits: int = 3
    lone_group: bool = True
    """Whether a number with one group sign and no decimals is read. Without a format `152,345` may be either number."""
    scaled: bool = False
    """Whether K, M, B or T may follow the digits (thousand, million, billion, trillion)."""

    @classmethod
    def from_example(cls, example: str) -> Self | None:
        """Return the notation of an example; `None` if it is not a number, or a number that can be read in two ways."""
        match = _EXAMPLE.fullmatch(example)
        if match is None:
            return None
        decimal, scaled = match["decimal"], bool(match["scale"])
        first, *groups = re.split(r"[.,' ]", match["whole"])
        if not groups:
            # `1.234` has one sign and three digits after it: the sign may group or divide.
            two_ways = len(match["part"]) == 3 and len(first) <= 3 and first != "0"
            return None if two_ways else cls(decimal, scaled=scaled)
        signs = set(re.findall(r"[.,' ]", match["whole"]))
        last = len(groups[-1])
        sizes = {len(group) for group in groups[:-1]} or {last}
        known = {3: ({2}, {3}), 4: ({4},)}.get(last, ())
        if len(signs) != 1 or decimal in signs or sizes not in known or len(first) > min(sizes):
            return None
        return cls(decimal, signs.pop(), sizes.pop(), last, scaled=scaled)

    @property
    def ambiguity(self) -> str:
        """Why a match of `pattern` may have no exact text."""
        return "its comma may group or divide: give the field a format, 1,234.56 or 1.234,56"

    @property
    def decimal_signs(self) -> str:
        """The characters that are read as the decimal sign."""
        return self.decimal + ARABIC_DECIMAL

    @property
    def group_signs(self) -> str:
        """The characters that are read as the sign between groups."""
        return "" if self.group is None else self.group + ARABIC_GROUP

    @property
    def scale_letters(self) -> str:
        """The letters that scale a number."""
        return "".join(_SCALES) if self.scaled else ""

    @property
    def pattern(self) -> str:
        """The regular expression of a number without a sign."""
        point = f"[{self.decimal}{ARABIC_DECIMAL}]"
        whole = "0|[1-9][0-9]*"
        if self.group is not None:
            sign = f"[{self.group}{ARABIC_GROUP}]"
            first = f"[1-9][0-9]{{0,{self.group_digits - 1}}}"
            whole += f"|{first}(?:{sign}[0-9]{{{self.group_digits}}})*{sign}[0-9]{{{self.last_digits}}}"
        # The B of `1.5 BUSD` is no billion.
        scale = f" ?(?P<scale>(?:[{''.join(_SCALES)}](?![A-Za-z]))?)" if self.scaled else "(?P<scale>)"
        return f"(?:(?P<whole>{whole})(?:{point}(?P<part>[0-9]+))?|{point}(?P<bare>[0-9]+)){scale}"

    def exact_text(self, match: re.Match[str]) -> str | None:
        """Return the exact decimal text of a match of `pattern`; `None` if it can be read in two ways.

        The digits stay as shown, unless a scale moves the decimal point.
        """
        shown, part = match["whole"] or "0", match["part"] or match["bare"] or ""
        whole = re.sub("[^0-9]", "", shown)
        if not self.lone_group and not part and len(shown) - len(whole) == 1:
            return None
        if match["scale"]:
            places = _SCALES[match["scale"]]
            whole, part = (whole + part[:places].ljust(places, "0")).lstrip("0") or "0", part[places:]
        return f"{whole}.{part}" if part else whole

    def render(self, number: Decimal) -> str:
        """Return the text of a number that is not negative: with groups if this notation has them, never scaled."""
        whole, _, part = format(number, "f").partition(".")
        if self.group is not None and len(whole) > self.last_digits:
            head, groups = whole[: -self.last_digits], [whole[-self.last_digits :]]
            while head:
                groups.append(head[-self.group_digits :])
                head = head[: -self.group_digits]
            whole = self.group.join(reversed(groups))
        return f"{whole}{self.decimal}{part}" if part else whole
