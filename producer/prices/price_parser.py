"""The parser of a price whose feed file has keys beside the format, such as `unit` or `raised`. Strict, no I/O."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tickql.feed.codec import check_price
from tickql.feed.errors import InvalidMessage
from tickql.producer.prices import page_text
from tickql.producer.prices.joining import Doubt, parse_pieces
from tickql.producer.prices.mixed_numbers import MixedNotation
from tickql.producer.prices.number_signs import signs_of
from tickql.producer.prices.parse_options import NO_OPTIONS, ParseOptions, Raised, TextPattern
from tickql.producer.prices.price_format import PriceFormat
from tickql.producer.prices.seen_text import Gap, Piece
from tickql.producer.prices.settling import settle
from tickql.producer.prices.zeros import expand_braces

_POWER = re.compile(r"(?P<before>.*?[0-9])[eE](?P<power>[+-]?[0-9]{1,2})(?P<after>[^0-9]*)", re.DOTALL)
_BRACKETS = re.compile(r"(?P<before>[^0-9()+-]*)\((?P<number>[^()]*)\)(?P<after>[^0-9()+-]*)")


class Parser(Protocol):
    """What turns the seen text of a price into an exact decimal text."""

    def parse(self, raw: str) -> str | None:
        """Return the price in a seen text; `None` if it is a placeholder.

        Raises:
            UnparsedPrice: any other text.
        """
        ...


def price_parser(price_format: PriceFormat, options: ParseOptions) -> Parser:
    """Return the parser of a price: the format itself where there are no other keys."""
    return price_format if options == NO_OPTIONS else PriceParser(price_format, options)


@dataclass(frozen=True, slots=True)
class PriceParser:
    """Parses texts by a format and the other keys of a price."""

    format: PriceFormat
    options: ParseOptions

    def parse(self, raw: str) -> str | None:
        """Return the price in a seen text as `-?digits[.digits]`; `None` if the text is a placeholder.

        Raises:
            UnparsedPrice: any other text.
        """
        return parse_pieces(raw, lambda pieces: self._price(self._text(pieces)))

    def _text(self, pieces: Sequence[Piece]) -> str:
        """Return the text with the price, and nothing else that has digits."""
        if self.options.match is not None:
            return _picked(self.options.match, pieces)
        if isinstance(self.format.notation, MixedNotation):
            return self.format.join(pieces)
        return settle(pieces, signs_of(self.format.notation), self.options)

    def _price(self, shown: str) -> str | None:
        text = page_text.without_arrows(page_text.normalize(shown))
        text, power = self._without_marks(text)
        if self.options.exponent or self.options.raised is Raised.EXPONENT:
            text, exponent = _without_power(text)
            power += exponent
        price = self.format.parse(text)
        if price is None:
            return None
        if self.options.decimals is not None:
            price = _with_decimals(price, self.options.decimals)
        return _checked(shifted(price, power))

    def _without_marks(self, text: str) -> tuple[str, int]:
        """Return the text without its unit and brackets and with its zeros, and the unit's power of ten."""
        options, power = self.options, 0
        if options.units is not None:
            text, power = options.units.strip(text)
        if options.brackets:
            inner = _without_brackets(text)
            # A unit stands inside the brackets or behind them.
            if options.units is not None and inner != text and not power:
                inner, power = options.units.strip(inner)
            text = inner
        if options.zeros and not isinstance(self.format.notation, MixedNotation):
            text = expand_braces(text, signs_of(self.format.notation))
        return text, power


def shifted(price: str, power: int) -> str:
    """Return an exact decimal text times a power of ten, with the same digits."""
    if not power:
        return price
    minus, digits = ("-", price[1:]) if price.startswith("-") else ("", price)
    whole, _, part = digits.partition(".")
    digits = whole + part
    place = len(whole) + power
    if place <= 0:
        digits, place = "0" * (1 - place) + digits, 1
    digits = digits.ljust(place, "0")
    whole, part = digits[:place].lstrip("0") or "0", digits[place:]
    return f"{minus}{whole}.{part}" if part else f"{minus}{whole}"


def _picked(pattern: TextPattern, pieces: Sequence[Piece]) -> str:
    joined = "".join(f"{' ' * (piece.gap is not Gap.TOUCHING)}{piece.text}" for piece in pieces)
    text = " ".join(joined.split())
    normal = page_text.normalize(text)
    if page_text.is_placeholder(normal):
        return normal
    # A person may have copied the text from the page, or typed its signs and digits.
    for each in (text, normal):
        price = pattern.price_in(each)
        if price is not None:
            return price
    raise Doubt(f'the whole text does not match "{pattern.source}"')


def _without_power(text: str) -> tuple[str, int]:
    found = _POWER.fullmatch(text)
    return (found["before"] + found["after"], int(found["power"])) if found else (text, 0)


def _without_brackets(text: str) -> str:
    """Return a text with a minus sign in place of the brackets around its number. Brackets around a sign stay."""
    found = _BRACKETS.fullmatch(text)
    if found is None or "-" in found["number"] or "+" in found["number"]:
        return text
    return f"-{found['before']}{found['number']}{found['after']}"


def _with_decimals(price: str, decimals: int) -> str:
    whole, _, part = price.partition(".")
    if not part:
        minus, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
        digits = digits.rjust(decimals + 1, "0")
        return f"{minus}{digits[:-decimals]}.{digits[-decimals:]}"
    if len(part) != decimals:
        raise Doubt(f"it has a decimal sign already, and {len(part)} decimals, not decimals = {decimals}")
    return price


def _checked(price: str) -> str:
    try:
        return check_price(price)
    except InvalidMessage:
        raise Doubt("more than 30 digits on one side of the point") from None
