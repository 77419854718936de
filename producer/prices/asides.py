"""Asides: pieces with digits beside a price that are certainly not a part of the price, as every reader knows.

- A price that is struck through, beside one that is not: it holds no more.
- A footnote's mark behind a price with decimals: raised digits with a bracket, or a link.
- A time of day in smaller figures.
- A badge with one digit, apart from a price with decimals.
- The change of the price: a percentage, or a number behind an arrow or a plus.

In doubt a piece is no aside: it stays, and `joining` refuses what is left.
"""

import re
from collections.abc import Sequence

from tickql.producer.prices.number_signs import NumberSigns
from tickql.producer.prices.page_text import ARROWS, normalize
from tickql.producer.prices.seen_text import Gap, Kind, Piece

_FOOTNOTE = re.compile(r"[\[(]?[0-9]{1,2}[\])]")
_COUNT = re.compile(r"[0-9]{1,3}")
_TIME = re.compile(r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?")
# A percentage, or a number behind an arrow or a plus: how the price has changed.
_FIGURE = r"[0-9]+(?:[.,][0-9]+)?"
_CHANGE = re.compile(rf"[(\[]?(?:[+-]?{_FIGURE} ?%|(?:[{re.escape(ARROWS)}] ?[+-]?|\+) ?{_FIGURE} ?%?)[)\]]?")
_BARE = re.compile("[0-9]")
_PRICE_KINDS = (Kind.PLAIN, Kind.BIG)
_INNER = ".,'\u066b\u066c\u2019"
_BADGE = re.compile(r"[0-9]")
_SIGNS = frozenset("+-")
_MARKS = {
    Kind.RAISED: _FOOTNOTE,
    Kind.NOTE: re.compile(rf"{_COUNT.pattern}|{_FOOTNOTE.pattern}"),
    Kind.LINK: _FOOTNOTE,
    Kind.SMALL: _TIME,
}
"""By the look of a piece: the texts that are no part of a price."""
# A price in money has two decimals: a small linked digit behind more of them may be a digit of the price.
_MONEY_DECIMALS = 2


def without_asides(pieces: Sequence[Piece], signs: NumberSigns, *, has_marks: bool = True) -> Sequence[Piece]:
    """Return the pieces without asides; all of them if nothing with digits would be left.

    `has_marks`: whether raised and small pieces may be footnotes or times. The feed file may say what they are.
    """
    kept = without_struck(pieces)
    asides = [number > 0 and _is_aside(kept[number - 1], piece, signs, has_marks) for number, piece in enumerate(kept)]
    price = _without(kept, asides)
    shown = [normalize(piece.text) for piece in price if piece.kind in _PRICE_KINDS]
    return price if any(signs.decimals(signs.number_at_end(text)) for text in shown) else kept


def without_struck(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """Return the pieces without those that are struck through; all of them if no other price would be left."""
    numbers = range(len(pieces))
    if any(_is_inside(pieces, number) for number in numbers):
        return pieces
    kept = _without(pieces, [piece.kind is Kind.STRUCK for piece in pieces])
    return kept if any(piece.kind in _PRICE_KINDS and _has_price(piece.text) for piece in kept) else pieces


def _without(pieces: Sequence[Piece], are_dropped: Sequence[bool]) -> list[Piece]:
    """Drop some of the pieces. What stood behind a dropped piece does not touch what stood before it."""
    kept: list[Piece] = []
    is_behind = False
    for piece, is_dropped in zip(pieces, are_dropped, strict=True):
        if not is_dropped:
            is_near = is_behind and bool(kept) and piece.gap in (Gap.TOUCHING, Gap.SPACE)
            kept.append(piece._replace(gap=Gap.WIDE) if is_near else piece)
        is_behind = is_dropped
    return kept


def _has_price(text: str) -> bool:
    return any(each.isdigit() for each in text) and not _CHANGE.fullmatch(normalize(text))


def _is_inside(pieces: Sequence[Piece], number: int) -> bool:
    """Whether a struck-through piece is, or may be, a part of a number that is struck through in part."""
    struck = pieces[number]
    if struck.kind is not Kind.STRUCK:
        return False
    behind = pieces[number + 1] if number + 1 < len(pieces) else None
    if normalize(struck.text) in _SIGNS or struck.gap is Gap.OVER or (behind and behind.gap is Gap.OVER):
        return True
    before = pieces[number - 1] if number else None
    if before and before.kind is not Kind.STRUCK and struck.gap is Gap.TOUCHING and _continues(struck.text):
        return True
    if behind is None or behind.kind is Kind.STRUCK or behind.gap is not Gap.TOUCHING:
        return False
    return behind.text[0] in _INNER or (before is not None and struck.gap is Gap.TOUCHING)


def _continues(text: str) -> bool:
    return text[0].isdigit() or text[0] in _INNER


def _is_aside(before: Piece, piece: Piece, signs: NumberSigns, has_marks: bool) -> bool:
    text = normalize(piece.text)
    if _CHANGE.fullmatch(text):
        # `12.3` and a touching `4%` are 12.34 %.
        return piece.gap is not Gap.OVER and not (piece.gap is Gap.TOUCHING and _BARE.match(text))
    if piece.kind is Kind.BOXED:
        return piece.gap is Gap.WIDE and bool(_BADGE.fullmatch(text))
    if not has_marks or piece.gap in (Gap.LINE, Gap.OVER) or (piece.kind is Kind.SMALL and signs.is_fraction):
        return False
    if piece.kind is Kind.NOTE and piece.gap is Gap.TOUCHING:
        decimals = signs.decimals(signs.number_at_end(normalize(before.text)))
        return len(decimals or "") <= _MONEY_DECIMALS and bool(_MARKS[Kind.NOTE].fullmatch(text))
    pattern = _MARKS.get(piece.kind)
    return pattern is not None and bool(pattern.fullmatch(text))
