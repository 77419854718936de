"""Raised and lowered characters, such as `⁹` and `₅`, as pieces of their own kind."""

import re
from collections.abc import Iterable, Iterator

from tickql.producer.prices.seen_text import Gap, Kind, Piece

SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉"
_DIGITS = {ord(each): str(value) for script in (SUPERSCRIPTS, SUBSCRIPTS) for value, each in enumerate(script)}
_DIGITS |= {ord("⁺"): "+", ord("⁻"): "-"}
_PARTS = re.compile(f"([⁺⁻]?[{SUPERSCRIPTS}]+)|([{SUBSCRIPTS}]+)")


def split_scripts(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yield the pieces, with each run of raised or lowered digits as a piece: `12⁹⁹` is 12 and raised 99."""
    for piece in pieces:
        gap = piece.gap
        for number, text in enumerate(_PARTS.split(piece.text)):
            # Three a match: the text before it, what is raised, what is lowered.
            if text:
                kind = (piece.kind, Kind.RAISED, Kind.LOWERED)[number % 3]
                yield Piece(gap, kind, text.translate(_DIGITS) if number % 3 else text)
                gap = Gap.TOUCHING
