"""Asides: pieces with digits beside a price that are certainly not a part of the price, as every reader knows.

- A price that is struck through, beside one that is not: it holds no more.
- A footnote's mark behind a price with decimals: raised digits with a bracket, or a link.
- A time of day in smaller figures.
- A badge with a small whole number, beside a price with decimals.
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
_INNER = ".,'\u066b\u066c\u2019"
_MARKS = {
    Kind.RAISED: (_FOOTNOTE,),
    Kind.NOTE: (_COUNT, _FOOTNOTE),
    Kind.LINK: (_FOOTNOTE,),
    Kind.BOXED: (_COUNT,),
    Kind.SMALL: (_TIME,),
}
"""By the look of a piece: the texts that are no part of a price."""


def without_asides(pieces: Sequence[Piece], signs: NumberSigns) -> Sequence[Piece]:
    """Return the pieces without asides; all of them if nothing with digits would be left."""
    kept = without_struck(pieces)
    price = [piece for number, piece in enumerate(kept) if number == 0 or not _is_aside(piece, signs)]
    shown = [normalize(piece.text) for piece in price if piece.kind in (Kind.PLAIN, Kind.BIG)]
    return price if any(signs.decimals(signs.number_at_end(text)) for text in shown) else kept


def without_struck(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """Return the pieces without those that are struck through; all of them if no other digits would be left."""
    kept = [piece for piece in pieces if piece.kind is not Kind.STRUCK]
    if any(_is_inside(pieces, number) for number in range(len(pieces))):
        return pieces
    has_price = any(
        any(each.isdigit() for each in piece.text) for piece in kept if piece.kind in (Kind.PLAIN, Kind.BIG)
    )
    return kept if has_price else pieces


def _is_inside(pieces: Sequence[Piece], number: int) -> bool:
    """Whether a piece is a part of a number that is struck through in part."""
    struck, behind = pieces[number], pieces[number + 1] if number + 1 < len(pieces) else None
    if struck.kind is not Kind.STRUCK or behind is None or behind.kind is Kind.STRUCK or behind.gap is not Gap.TOUCHING:
        return False
    return behind.text[0] in _INNER or (number > 0 and struck.gap is Gap.TOUCHING)


def _is_aside(piece: Piece, signs: NumberSigns) -> bool:
    text = normalize(piece.text)
    if _CHANGE.fullmatch(text):
        # `12.3` and a touching `4%` are 12.34 %.
        return piece.gap is not Gap.OVER and not (piece.gap is Gap.TOUCHING and _BARE.match(text))
    if piece.gap in (Gap.LINE, Gap.OVER) or (piece.kind is Kind.BOXED and piece.gap is Gap.TOUCHING):
        return False
    patterns = () if piece.kind is Kind.SMALL and signs.is_fraction else _MARKS.get(piece.kind, ())
    return any(pattern.fullmatch(text) for pattern in patterns)
