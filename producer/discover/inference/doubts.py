"""Doubts about a number: what else stands so near to it that it may be a part of the price, or a price too. No I/O."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from tickql.producer.discover.inference.notation import is_difference, reads_as_price
from tickql.producer.discover.page.outline import Box, Node, Spot
from tickql.producer.errors import UnparsedPrice
from tickql.producer.prices.seen_text import Gap, Kind, Piece, decode, words

_CELLS = ("td", "th")
_LEVELS = 4
# How much of the lower one two texts of one line share vertically.
_SAME_LINE = 0.4
_NEAR = (Gap.TOUCHING, Gap.OVER)
# What scales a number, or makes it another kind of number, whether it touches the number or a space is between them.
_UNIT = re.compile(r"(?i)[%‰¢(]|[kmbt]|bn|mn|mio\.?|mrd\.?|万|億|亿|cr|crore|lakhs?|lacs?|bps?|[x\u00d7/]")
_SIGN = re.compile(r"[-+\u2212(]$")
# The change of the number before: `+0.12`, `-1.5 (0.2%)`. But `-16` may be 16 32nds.
_CHANGE = re.compile(r"[(\s]*[+\u2212-]\s*[0-9]*[.,][0-9]|.*%")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something beside a number."""

    cell: Node
    """The element that shows both."""
    shown: str
    """Both in words, such as `'12' and raised '99'`."""
    is_part: bool
    """Whether it may be a part of the number itself; otherwise it is another number of the same cell."""


def doubt_about(spot: Spot, known: Mapping[Node, Spot]) -> Doubt | None:
    """Return what else the elements around a number show so near that it may belong to it; `None`: nothing.

    `known`: by element, the places whose text has digits.
    """
    own = _pieces(spot.newest)
    if spot.node.tag in _CELLS:
        return None
    for node in [each for _, each in zip(range(_LEVELS), spot.node.ancestors(), strict=False)]:
        found = _around(own, known[node]) if node in known else None
        if found is None:
            continue
        places, pieces = found
        places = _own_places(places, pieces, spot.node, node)
        is_part = any(_joins_others(pieces, place, place + len(own)) for place in places)
        if is_part or _has_uncovered_number(node, pieces, spot):
            return Doubt(node, words(pieces), is_part)
        if node.tag in _CELLS:
            return None
    return None


def _pieces(text: str) -> list[Piece]:
    try:
        return list(decode(text))
    except UnparsedPrice:
        return []


def _around(own: Sequence[Piece], outer: Spot) -> tuple[list[int], list[Piece]] | None:
    """Return where the pieces of a number may be in the newest text with them, and that text; `None`: in no text."""
    for text in reversed(outer.texts):
        pieces = _pieces(text)
        places = _places(own, pieces)
        if places:
            return places, pieces
    return None


def _places(own: Sequence[Piece], pieces: Sequence[Piece]) -> list[int]:
    """Return where the pieces of a number are among those of an element around it; empty: nowhere, or it is all."""
    texts, wanted = [each.text for each in pieces], [each.text for each in own]
    if not wanted or len(pieces) == len(own):
        return []
    return [start for start in range(len(texts)) if texts[start : start + len(wanted)] == wanted]


def _own_places(places: list[int], pieces: Sequence[Piece], node: Node, outer: Node) -> list[int]:
    """Return the place of a number among those that show the same; all of them: the page does not tell which it is."""
    text = pieces[places[0]].text
    shown = [place for place, piece in enumerate(pieces) if piece.text == text]
    drawn = [each for each in outer.descendants() if each.is_text and each.text == text]
    own = next((each for each in drawn if each.inside(node)), None)
    if len(places) < 2 or own is None or len(drawn) != len(shown):
        return places
    # Pieces come as they are drawn, nodes as they are written.
    number = sum(_is_before(each.box, own.box) for each in drawn if each is not own)
    return [shown[number]] if shown[number] in places else places


def _is_before(one: Box, other: Box) -> bool:
    """Return whether a text is drawn on a line above another, or before it on the same line."""
    shared = min(one.bottom, other.bottom) - max(one.y, other.y)
    is_same_line = shared > _SAME_LINE * min(one.height, other.height)
    return (one.x, one.y) < (other.x, other.y) if is_same_line else one.y < other.y


def _joins_others(pieces: Sequence[Piece], start: int, end: int) -> bool:
    """Return whether the piece before or behind a number may be a part of it."""
    return _joins_before(pieces[start], pieces[max(0, start - 1) : start]) or _joins_after(pieces[end:][:1])


def _joins_before(first: Piece, before: Sequence[Piece]) -> bool:
    """Return whether the piece before a number may be a part of it: digits or a sign that touch it."""
    if not before or first.gap not in (*_NEAR, Gap.SPACE):
        return False
    if first.gap is Gap.SPACE:
        return _SIGN.fullmatch(before[0].text) is not None
    return _DIGIT.search(before[0].text[-1:]) is not None or _SIGN.search(before[0].text) is not None


def _joins_after(after: Sequence[Piece]) -> bool:
    """Return whether the piece behind a number may be a part of it: digits that touch it, or a unit."""
    if not after or after[0].gap not in (*_NEAR, Gap.SPACE):
        return False
    is_change = _CHANGE.match(after[0].text) is not None
    touches = after[0].gap is not Gap.SPACE and _DIGIT.search(after[0].text) is not None and not is_change
    return touches or _UNIT.fullmatch(after[0].text) is not None


def _has_uncovered_number(node: Node, pieces: Sequence[Piece], spot: Spot) -> bool:
    """Return whether a number stands beside the elements of an element, as in `<td>212.29 <div>800</div></td>`.

    Changes such as `+0.12` and numbers that are struck through do not count.
    """
    around = takewhile(lambda each: each is not node, spot.node.ancestors())
    own = {child.text for each in (*around, node) for child in each.children if child.is_text}
    return any(each.text in own and each.kind is not Kind.STRUCK and _is_price_text(each.text) for each in pieces)


def _is_price_text(text: str) -> bool:
    return reads_as_price(text) and not is_difference([text])
