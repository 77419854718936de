"""Price formats: parse the text that a page shows to an exact decimal text. Strict, never a guess. No I/O.

The rules (`DecimalNotation` and `FractionNotation` hold those of the number itself, `prices.page_text` the others):

- Allowed around the number: white space, invisible marks, arrows, one currency mark on either side, one sign before
  the digits or before the currency. A minus after the digits, brackets, `%` and any other text make it unparsed, unless
  a key of the feed file allows them (see `prices.price_parser`).
- A seen text of several pieces is joined first (see `prices.joining`).
- Groups are all right or all absent. A number begins with a zero only where that is its whole part. `.5` is 0.5;
  `5.` is unparsed.
- Digits stay as shown (`1.10` is `1.10`); fractions and scaled numbers become exact decimals.
- A placeholder (`-`, `--`, `—`, `N/A`, `Loading`, an empty text) means that the page shows no price: `None`.
- Every other text is unparsed.

Without a format, texts like `1234.56` and `1,234.56` are read, but not `152,345`: its comma may group or divide.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import Self

from tickql.feed.codec import check_price
from tickql.feed.errors import InvalidMessage
from tickql.producer.errors import InvalidFormat, UnparsedPrice, excerpt
from tickql.producer.prices import page_text, seen_text
from tickql.producer.prices.conventions import by_convention, has_lowered_digits, has_vulgar_fraction
from tickql.producer.prices.decimals import DecimalNotation
from tickql.producer.prices.fractions import FractionNotation
from tickql.producer.prices.hints import hint
from tickql.producer.prices.joining import Doubt, join, parse_pieces
from tickql.producer.prices.mixed_numbers import MixedNotation, join_mixed
from tickql.producer.prices.number_signs import signs_of
from tickql.producer.prices.seen_text import Piece
from tickql.producer.prices.zeros import LEAST_ZEROS, expand_braces

KNOWN_FORMATS = (
    "an example such as 1,234.56, 1.234,56, 1 234,56, 1'234.56, 1,23,456.78, 1234.56 or 1234,56 "
    "(with K at its end for scaled numbers such as 1.2M), or a fraction: 32, 32+, 32.5, 64 or 8, or 1/2 where "
    "denominators are shown"
)
# A feed carries 30 digits on either side of the point; rendering a fraction of such a number is exact in 100 digits.
_EXACT_DIGITS = 100
_EXACT_TEXT = re.compile(r"-?(?:0|[1-9][0-9]{0,29})(?:\.[0-9]{1,30})?")
"""A text that is an exact decimal already, as on most pages: no parsing is needed where the decimal sign is a point."""


@dataclass(frozen=True, slots=True)
class PriceFormat:
    """The format in which a page writes the prices of a field. Made by `from_text`; equal if the notation is equal."""

    name: str = field(compare=False)
    """The text in the feed file, for error messages."""
    notation: DecimalNotation | FractionNotation | MixedNotation
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)
    _reads_exact_text: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        currency = page_text.CURRENCY
        number = self.notation.pattern
        pattern = rf"(?P<sign>[+-]?)(?:{currency} ?)?(?P<inner>[+-]?)(?:{number})(?: ?{currency})?"
        # The class is frozen: this is how a field without a constructor argument gets its value.
        object.__setattr__(self, "_pattern", re.compile(pattern, re.ASCII))
        has_point = isinstance(self.notation, DecimalNotation) and self.notation.decimal == "."
        object.__setattr__(self, "_reads_exact_text", has_point)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return the format that a feed file names: a fraction (`32`, `32+`, `32.5`, `64`, `8`) or an example.

        Raises:
            InvalidFormat: neither of the two, or an example that can be read in two ways, such as `1.234`.
        """
        example = page_text.normalize(text) if len(text) <= page_text.MAX_CHARACTERS else ""
        notation = (
            FractionNotation.from_name(example)
            or MixedNotation.from_example(example)
            or DecimalNotation.from_example(example)
        )
        if notation is None:
            is_ambiguous = re.fullmatch(r"\d{1,3}[.,]\d{3}", example)
            fault = "can be read in two ways: write" if is_ambiguous else "is not"
            raise InvalidFormat(f"format {excerpt(text)!r} {fault} {KNOWN_FORMATS}")
        return cls(example, notation)

    def parse(self, raw: str) -> str | None:
        """Return the price in a seen text as `-?digits[.digits]`; `None` if the text is a placeholder.

        Raises:
            UnparsedPrice: any other text, or a price with more than 30 digits on either side of the point.
        """
        if self._reads_exact_text and _EXACT_TEXT.fullmatch(raw):
            return raw
        if has_vulgar_fraction(raw) and seen_text.is_plain(raw) and self == DEFAULT_FORMAT:
            return MIXED_FORMAT.parse(raw)
        is_one = seen_text.is_plain(raw) and (raw.isascii() or not self._needs_pieces(raw))
        if is_one:
            return self._parse_text(raw)
        return parse_pieces(raw, lambda pieces: self._parse_text(self.join(pieces)))

    def _needs_pieces(self, raw: str) -> bool:
        return isinstance(self.notation, MixedNotation) or has_lowered_digits(raw)

    def join(self, pieces: Sequence[Piece]) -> str:
        """Return the pieces of a seen text as one text, if they are certainly one number.

        Raises:
            Doubt, UnparsedPrice: they are not.
        """
        if isinstance(self.notation, MixedNotation):
            return join_mixed(pieces)
        signs = signs_of(self.notation)
        return join(by_convention(pieces, signs), signs)

    def _parse_text(self, raw: str) -> str | None:
        text = page_text.normalize(raw)
        if page_text.is_placeholder(text):
            return None
        if "{" in text and not isinstance(self.notation, MixedNotation):
            try:
                text = expand_braces(text, signs_of(self.notation), LEAST_ZEROS)
            except Doubt as doubt:
                raise UnparsedPrice(raw, str(doubt), kind="ambiguous") from None
        match = self._pattern.fullmatch(page_text.without_arrows(text))
        if match is None or (match["sign"] and match["inner"]):
            raise UnparsedPrice(raw, f"it does not match the format {self.name}{hint(text)}")
        value = self.notation.exact_text(match)
        if value is None:
            raise UnparsedPrice(raw, self.notation.ambiguity, kind="ambiguous")
        minus = "-" if "-" in (match["sign"], match["inner"]) else ""
        try:
            return check_price(minus + value)
        except InvalidMessage as error:
            raise UnparsedPrice(raw, "more than 30 digits on one side of the point") from error

    def render(self, price: str) -> str:
        """Return the text of an exact decimal price in this format. `parse` reads the text as the same number.

        Raises:
            ValueError: not an exact decimal, or a number between two steps of this fraction.
        """
        check_price(price)
        with localcontext(prec=_EXACT_DIGITS):
            return "-" * price.startswith("-") + self.notation.render(Decimal(price.removeprefix("-")))


DEFAULT_FORMAT = PriceFormat("1,234.56 or 1234.56", DecimalNotation(".", ",", lone_group=False))
"""The format of a field without a format: like `1,234.56`, but `152,345` is unparsed."""
MIXED_FORMAT = PriceFormat.from_text("1/2")
"""The format of whole numbers with a vulgar fraction."""
