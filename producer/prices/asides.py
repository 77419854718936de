"""Asides: pieces with digits beside a price that are certainly not a part of the price, as every reader knows.

- A price that is struck through, beside one that is not: it holds no more.
- A footnote's mark behind a price with decimals: raised digits with a bracket, or a link.
- A time of day in smaller figures.
- A badge with a small whole number, beside a price with decimals.

In doubt a piece is no aside: it stays, and `joining` refuses what is left.
"""

import re
from collections.abc import Sequence

from tickql.producer.prices.number_signs import NumberSigns
from tickql.producer.prices.page_text import normalize
from tickql.producer.prices.seen_text import Gap, Kind, Piece

_FOOTNOTE = re.compile(r"[\[(]?[0-9]{1,2}[\])]")
_COUNT = re.compile(r"[0-9]{1,3}")
_TIME = re.compile(r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?")
_INNER = ".,'\u066b\u066c\u2019"
_BESIDE = (Gap.TOUCHING, Gap.SPACE, Gap.WIDE)


def without_asides(pieces: Sequence[Piece], signs: NumberSigns) -> Sequence[Piece]:
    """Return the pieces without asides; all of them if nothing with digits would be left."""
    kept = without_struck(pieces)
    price = [normalize(piece.text) for piece in kept if piece.kind in (Kind.PLAIN, Kind.BIG)]
    if not any(signs.decimals(signs.number_at_end(text)) for text in price):
        return kept
    return [piece for number, piece in enumerate(kept) if number == 0 or not _is_aside(piece, signs)]


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
    if piece.gap not in _BESIDE:
        return False
    text = normalize(piece.text)
    match piece.kind:
        case Kind.RAISED:
            return bool(_FOOTNOTE.fullmatch(text))
        case Kind.LINK:
            return bool(_COUNT.fullmatch(text) or _FOOTNOTE.fullmatch(text))
        case Kind.BOXED:
            return piece.gap is not Gap.TOUCHING and bool(_COUNT.fullmatch(text))
        case Kind.SMALL:
            return not signs.is_fraction and bool(_TIME.fullmatch(text))
        case _:
            return False
