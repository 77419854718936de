"""Conventions of price tags and boards that leave one reading, so that no key is needed.

- A fraction such as ½ belongs to the whole number right before it.
- A lowered or small digit between `0.0` and more digits counts zeros: `0.0₅123`.
- Two raised digits behind a whole number are cents where the currency is beside them: `12€` and a raised `99`, or a
  raised `$`, `12` and a raised `99`.
- What stands beside a price and is certainly none of it (see `asides`).
"""

import re
from collections.abc import Sequence

from tickql.producer.prices.asides import without_asides
from tickql.producer.prices.number_signs import NumberSigns
from tickql.producer.prices.page_text import CURRENCY, normalize
from tickql.producer.prices.parse_options import Raised
from tickql.producer.prices.scripts import SUBSCRIPTS, split_scripts
from tickql.producer.prices.seen_text import Gap, Kind, Piece
from tickql.producer.prices.zeros import LEAST_ZEROS, with_zeros

# A one stands for no zero, and a small two is a digit in another size.
_COUNTING = {Kind.LOWERED: LEAST_ZEROS, Kind.SMALL: LEAST_ZEROS + 1}
_VULGAR = re.compile("[0-9][¼½¾⅐-⅞]")
_COUNTED = re.compile(rf"0[{SUBSCRIPTS}]+\d")
_CURRENCY = re.compile(CURRENCY)
_WHOLE = re.compile(rf"(?P<whole>\d[\d.,' ]*?) ?(?P<currency>{CURRENCY})?")


def has_lowered_digits(text: str) -> bool:
    """Return whether a text has lowered digits that may count zeros."""
    return not text.isascii() and _COUNTED.search(text) is not None


def has_vulgar_fraction(text: str) -> bool:
    """Return whether a text has a whole number with a fraction such as ½ right behind it: `99½` is 99.5."""
    return not text.isascii() and _VULGAR.search(text) is not None


def by_convention(
    pieces: Sequence[Piece], signs: NumberSigns, raised: Raised | None = None, *, has_zeros: bool = True
) -> Sequence[Piece]:
    """Return the pieces as a person who knows these conventions reads them.

    `raised`: what the feed file says of raised and small pieces; no convention says otherwise. `has_zeros`: whether
    small digits may count zeros; not where the file says that they do.

    Raises:
        Doubt: a small digit may count zeros, or may not.
    """
    if any(has_lowered_digits(piece.text) for piece in pieces):
        pieces = [*split_scripts(pieces)]
    if has_zeros and raised is None:
        pieces = with_zeros(pieces, signs, _COUNTING)
    if raised in (None, Raised.CENTS):
        pieces = _with_cents(pieces, signs)
    return without_asides(pieces, signs, has_marks=raised is None)


def _with_cents(pieces: Sequence[Piece], signs: NumberSigns) -> Sequence[Piece]:
    """Put the decimal sign between a whole number and its cents."""
    if len(pieces) < 2 or not _are_cents(*pieces[-2:]):
        return pieces
    *before, whole, cents = pieces
    found = _WHOLE.fullmatch(normalize(whole.text))
    if found is None or signs.decimals(found["whole"]) is not None or not signs.is_complete(found["whole"]):
        return pieces
    is_tag = len(before) == 1 and before[0].kind is cents.kind and _CURRENCY.fullmatch(normalize(before[0].text))
    if bool(is_tag) == bool(found["currency"]) or len(before) != bool(is_tag):
        return pieces
    text = f"{found['whole']}{signs.decimal[0]}{normalize(cents.text)}{found['currency'] or ''}"
    return [*before, whole._replace(text=text)]


def _are_cents(whole: Piece, cents: Piece) -> bool:
    is_raised = cents.kind is Kind.RAISED and cents.gap is Gap.TOUCHING and whole.kind is Kind.PLAIN
    return is_raised and re.fullmatch("[0-9]{2}", normalize(cents.text)) is not None
