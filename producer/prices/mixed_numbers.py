"""Prices written as a whole number and a fraction with its denominator: `99½`, `498 1/4`, `1/2`."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Self

from tickql.producer.prices.joining import TWO_THINGS, Doubt, check_kinds, has_digits
from tickql.producer.prices.page_text import normalize
from tickql.producer.prices.scripts import split_scripts
from tickql.producer.prices.seen_text import Gap, Kind, Piece

_VULGAR = {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in (0xBC, 0xBD, 0xBE, *range(0x2150, 0x215F))}
"""The characters for whole fractions, such as `½`, and what they stand for (`1`, U+2044, `2`)."""
_SLASHES = "/\u2044\u2215"
_EXAMPLE = re.compile(f"(?:[0-9]+ )?[0-9]+[{_SLASHES}][0-9]+")
# A price of 30 digits, and the decimals of the largest power of two below 10,000; the rest is reserve.
_EXACT_DIGITS = 60
_MAX_DENOMINATOR = 9999
_RAISED = (Kind.RAISED, Kind.SMALL)
_MOST_NUMBERS = 3  # whole number, numerator and denominator
_NEAR = (Gap.TOUCHING, Gap.SPACE)


@dataclass(frozen=True, slots=True)
class MixedNotation:
    """How a page writes mixed numbers. Only fractions below 1 that are exact decimals are read: thirds are not."""

    ambiguity: str = "its fraction is not below 1, or no exact decimal"
    """Why a match of `pattern` may have no exact text."""

    @classmethod
    def from_example(cls, example: str) -> Self | None:
        """Return the notation if the text is an example of it, such as `1/2` or `99 1/2`."""
        return cls() if _EXAMPLE.fullmatch(example) else None

    @property
    def pattern(self) -> str:
        """The regular expression of a number without a sign."""
        characters = "".join(_VULGAR)
        # Not `991/2`: what is the whole number in it?
        whole = (
            rf"(?P<whole>0|[1-9][0-9]{{0,29}})(?![0-9{_SLASHES}])"
            rf"(?: ?(?=[{characters}])|[ -](?=[0-9]+ ?[{_SLASHES}]))?"
        )
        parts = rf"(?P<numerator>[0-9]{{1,4}}) ?[{_SLASHES}] ?(?P<denominator>[1-9][0-9]{{0,3}})"
        return rf"(?=[0-9{characters}])(?:{whole})?(?:(?P<character>[{characters}])|{parts})?"

    def exact_text(self, match: re.Match[str]) -> str | None:
        """Return the exact decimal text of a match of `pattern`; `None`: see `ambiguity`."""
        numerator, denominator = match["numerator"] or "0", match["denominator"] or "1"
        if match["character"]:
            numerator, _, denominator = _VULGAR[match["character"]].partition("\u2044")
        fraction = Fraction(int(numerator), int(denominator or 1))
        if fraction >= 1 or 10**_EXACT_DIGITS % fraction.denominator:
            return None
        with localcontext(prec=_EXACT_DIGITS):
            value = Decimal(match["whole"] or 0) + Decimal(fraction.numerator) / fraction.denominator
            return format(value.normalize(), "f")

    def render(self, number: Decimal) -> str:
        """Return the text of a number that is not negative.

        Raises:
            ValueError: its fraction has more than four digits.
        """
        whole, rest = divmod(Fraction(number), 1)
        if rest.denominator > _MAX_DENOMINATOR:
            raise ValueError(f"{number} is not a whole number and a fraction of up to four digits")
        fraction = f"{rest.numerator}/{rest.denominator}"
        return f"{whole} {fraction}" if whole and rest else fraction if rest else str(whole)


def join_mixed(pieces: Sequence[Piece]) -> str:
    """Return the pieces as one text: a whole number, and a fraction whose parts may be raised, lowered or stacked.

    Raises:
        Doubt: they may be more than one number.
    """
    check_kinds(pieces)
    pieces = [*split_scripts(pieces)]
    places = [number for number, piece in enumerate(pieces) if has_digits(piece.text)]
    if len(places) <= 1:
        return " ".join(piece.text for piece in pieces)
    shown = [piece._replace(text=normalize(piece.text)) for piece in pieces]
    first, last = places[0], places[-1]
    number = _mixed(shown[first : last + 1])
    before, after = ([piece.text for piece in part] for part in (pieces[:first], pieces[last + 1 :]))
    if not _has_sign(before):
        return " ".join([*before, number, *after])
    if pieces[first].gap is not Gap.TOUCHING:
        raise Doubt(TWO_THINGS)
    return "".join([*before, number, *after])


def _has_sign(texts: Sequence[str]) -> bool:
    return any(normalize(text)[:1] in ("+", "-") for text in texts)


def _mixed(pieces: Sequence[Piece]) -> str:
    slashes = [piece for piece in pieces if piece.text in _SLASHES]
    digits = [piece for piece in pieces if has_digits(piece.text)]
    is_apart = any(piece.gap in (Gap.WIDE, Gap.OVER) for piece in pieces[1:])
    if is_apart or len(slashes) + len(digits) != len(pieces) or len(slashes) > 1 or len(digits) > _MOST_NUMBERS:
        raise Doubt(TWO_THINGS)
    if len(digits) == _MOST_NUMBERS:
        whole, numerator, denominator = digits
        if numerator.kind in (Kind.PLAIN, Kind.BIG) and whole.kind is Kind.RAISED:
            # The line of the numerator is above the line of the whole number.
            whole, numerator = numerator, whole
        elif numerator.gap not in _NEAR:
            raise Doubt(TWO_THINGS)
        return f"{_plain(whole)} {_over(numerator, denominator, bool(slashes))}"
    left, right = digits
    if slashes or not _has_slash(left.text + right.text):
        return _over(left, right, bool(slashes))
    if right.gap not in _NEAR:
        raise Doubt(TWO_THINGS)
    if left.text[-1] in _SLASHES or right.text[0] in _SLASHES:
        return left.text + right.text
    if right.gap is Gap.TOUCHING and right.kind not in _RAISED and right.text not in _VULGAR:
        # `99` and `1/2` of one size look like 991/2.
        raise Doubt(TWO_THINGS)
    return f"{_plain(left)} {right.text}"


def _has_slash(text: str) -> bool:
    return any(each in _SLASHES or each in _VULGAR for each in text)


def _plain(piece: Piece) -> str:
    if not piece.text.lstrip("+-$ ").isdecimal():
        raise Doubt(TWO_THINGS)
    return piece.text


def _over(numerator: Piece, denominator: Piece, has_slash: bool) -> str:
    """A fraction whose two numbers are pieces of their own, with or without a slash between them."""
    is_stacked = numerator.kind in _RAISED and (denominator.kind is Kind.LOWERED or denominator.gap is Gap.LINE)
    is_one = is_stacked or (has_slash and denominator.gap in _NEAR)
    if not is_one or not (numerator.text.isdecimal() and denominator.text.isdecimal()):
        raise Doubt(TWO_THINGS)
    return f"{numerator.text}/{denominator.text}"
