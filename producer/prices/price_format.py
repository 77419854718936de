"""Price text: from what a page shows to an exact decimal text. Strict, per field, never a guess. No I/O.

Which texts are prices (the regular part is `DecimalNotation` and `FractionNotation`, the rest `prices.page_text`):

- Around the number: white space, invisible marks, arrows, one currency mark on either side, one sign before the
  digits or before the currency. A minus after the digits, brackets, `%` and any other text are not read.
- Groups are set right or left out whole. A zero leads only where it is the whole number. `.5` is 0.5, `5.` is nothing.
- Digits stay as shown (`1.10` is `1.10`); fractions and scaled numbers become exact decimals.
- A placeholder (`-`, `--`, `—`, `N/A`, `Loading`, nothing at all) is a price that the page does not show: `None`.
- Everything else is unparsed.

Without a format, texts like `1234.56` and `1,234.56` are read, but not `152,345`: the comma may group or divide.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import Self

from tickql.feed.codec import check_price
from tickql.feed.errors import InvalidMessage
from tickql.producer.errors import InvalidFormat, UnparsedPrice
from tickql.producer.prices import page_text
from tickql.producer.prices.decimals import DecimalNotation
from tickql.producer.prices.fractions import FractionNotation

KNOWN_FORMATS = (
    "an example such as 1,234.56, 1.234,56, 1 234,56, 1'234.56, 1,23,456.78, 1234.56 or 1234,56 "
    "(with K at its end for scaled numbers such as 1.2M), or a fraction: 32, 32+, 32.5, 64 or 8"
)
_EXACT_DIGITS = 100
_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]{0,29})(?:\.[0-9]{1,30})?")
"""An exact decimal: read as it stands wherever the decimal sign is the point, as most pages have it."""


@dataclass(frozen=True, slots=True)
class PriceFormat:
    """How one field of a page writes prices. Made with `of`; equal if the notation is."""

    name: str = field(compare=False)
    """The feed file's text for it."""
    notation: DecimalNotation | FractionNotation
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)
    _reads_plain: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        currency = page_text.CURRENCY
        number = self.notation.pattern
        pattern = rf"(?P<sign>[+-]?)(?:{currency} ?)?(?P<inner>[+-]?)(?:{number})(?: ?{currency})?"
        object.__setattr__(self, "_pattern", re.compile(pattern, re.ASCII))
        has_point = isinstance(self.notation, DecimalNotation) and self.notation.decimal == "."
        object.__setattr__(self, "_reads_plain", has_point)

    @classmethod
    def of(cls, text: str) -> Self:
        """The format that a feed file names: a fraction (`32`, `32+`, `32.5`, `64`, `8`) or an example.

        Raises:
            InvalidFormat: neither, or an example that can be read in two ways, such as `1.234`.
        """
        example = page_text.plain(text) if len(text) <= page_text.MAX_CHARACTERS else ""
        notation = FractionNotation.named(example) or DecimalNotation.like(example)
        if notation is None:
            two_ways = " can be read in two ways: write" if re.fullmatch(r"\d{1,3}[.,]\d{3}", example) else " is not"
            raise InvalidFormat(f"format {text[:40]!r}{two_ways} {KNOWN_FORMATS}")
        return cls(example, notation)

    def parse(self, raw: str) -> str | None:
        """Return the exact decimal text (`-?digits[.digits]`) that the page shows; `None` for a placeholder.

        Raises:
            UnparsedPrice: any other text, or more than 30 digits on either side of the point.
        """
        if self._reads_plain and _PLAIN.fullmatch(raw):
            return raw
        text = page_text.plain(raw)
        if page_text.is_placeholder(text):
            return None
        match = self._pattern.fullmatch(page_text.without_arrows(text))
        if match is None or (match["sign"] and match["inner"]):
            raise UnparsedPrice(raw, f"it does not read as {self.name}")
        value = self.notation.value(match)
        if value is None:
            raise UnparsedPrice(raw, "its comma may group or divide: give the field a format, 1,234.56 or 1.234,56")
        minus = "-" if "-" in (match["sign"], match["inner"]) else ""
        try:
            return check_price(minus + value)
        except InvalidMessage as error:
            raise UnparsedPrice(raw, "more than 30 digits on one side of the point") from error

    def write(self, price: str) -> str:
        """The text of an exact decimal price in this format: what `parse` reads as the same number.

        Raises:
            ValueError: not an exact decimal, or one that this fraction cannot write.
        """
        check_price(price)
        with localcontext(prec=_EXACT_DIGITS):
            return "-" * price.startswith("-") + self.notation.write(Decimal(price.removeprefix("-")))


DEFAULT_FORMAT = PriceFormat("1,234.56 or 1234.56", DecimalNotation(".", ",", lone_group=False))
"""The format of a field that names none: like `1,234.56`, but `152,345` is unparsed."""
