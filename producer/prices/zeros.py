"""Counted zeros: `0.0₅123` and `0.0{5}123` are 0.00000123, as pages of tokens write very small prices."""

import re
from collections.abc import Mapping, Sequence

from tickql.producer.prices.joining import ZEROS, Doubt
from tickql.producer.prices.number_signs import NumberSigns
from tickql.producer.prices.page_text import normalize
from tickql.producer.prices.seen_text import Gap, Kind, Piece

LEAST_ZEROS = 2
"""The least number of zeros that pages count without a key of the feed file: one is not worth it."""
_MAX_COUNT = 30


def with_zeros(pieces: Sequence[Piece], signs: NumberSigns, least: Mapping[Kind, int]) -> list[Piece]:
    """Return the pieces with the zeros that a digit counts in its place: all between the decimal sign and the digits.

    `least`: by the kind of the counting piece, the least number that counts zeros.

    Raises:
        Doubt: the number is too small or too large.
    """
    result: list[Piece] = []
    for number, piece in enumerate(pieces):
        following = pieces[number + 1] if number + 1 < len(pieces) else None
        if piece.kind in least and piece.gap is Gap.TOUCHING and result:
            before = signs.number_at_end(normalize(result[-1].text))
            is_place = len(before) == 3 and before[0] == before[2] == "0" and before[1] in signs.decimal
            count = normalize(piece.text)
            is_followed = following and following.gap is Gap.TOUCHING and following.kind in (Kind.PLAIN, Kind.BIG)
            if is_place and following and is_followed and following.text[0].isdecimal():
                result[-1] = result[-1]._replace(text=result[-1].text + _more_zeros(count, least[piece.kind]))
                continue
        result.append(piece)
    return result


def _more_zeros(count: str, least: int) -> str:
    """The zeros that are not shown: one stands before the small digit already."""
    if not re.fullmatch("[0-9]{1,2}", count) or not least <= int(count) <= _MAX_COUNT:
        raise Doubt(ZEROS)
    return "0" * (int(count) - 1)


def expand_braces(text: str, signs: NumberSigns, least: int = 1) -> str:
    """Return a normalized text with its zeros written out where it counts them in brackets: `0.0{5}123`.

    Raises:
        Doubt: the count is below `least`, or too large.
    """
    found = re.fullmatch(rf"([^0-9]*0[{re.escape(signs.decimal)}]0)[{{(]([0-9]{{1,2}})[)}}]([0-9]+[^0-9]*)", text)
    return f"{found[1]}{_more_zeros(found[2], least)}{found[3]}" if found else text
