r"""Seen texts: what the observer sends as the text of a field or symbol, as the visible pieces that a person sees.

The pieces come in visual order, top line first. Nearly all texts have one plain piece, and are sent as they are. Every
further piece is preceded by `SEPARATOR`, one character for the gap to the piece before and one for its kind:
`12.30\x1f3=400` is 12.30, and 400 on the line below. A first piece that is not plain has them too. A text that begins
with `UNREADABLE` cannot be read at all; the rest of it says why.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from tickql.producer.errors import UnparsedPrice, excerpt

SEPARATOR = "\x1f"
UNREADABLE = "\x1e"

_SHOWN_PIECES = 6
_SHOWN_CHARACTERS = 24
_REASON_CHARACTERS = 200


class Gap(StrEnum):
    """What lies between a piece and the piece before it."""

    TOUCHING = "0"
    SPACE = "1"
    """A space, not wider than about a digit."""
    WIDE = "2"
    LINE = "3"
    """The piece is on another line."""
    OVER = "4"
    """The two pieces are drawn over one another."""


class Kind(StrEnum):
    """How a piece looks, in comparison with the first piece that has digits."""

    PLAIN = "="
    SMALL = "s"
    BIG = "b"
    RAISED = "^"
    LOWERED = "v"
    STRUCK = "x"
    LINK = "l"
    """A link of its own inside the element."""
    NOTE = "n"
    """A link of its own that is smaller, raised or lowered: the mark of a footnote."""
    BOXED = "o"
    """A badge: a background or border of its own."""
    FADED = "f"
    FRACTION = "t"
    """What the feed file's `fraction` selector finds: the digits behind a decimal sign that the page may not show."""


class Piece(NamedTuple):
    """One visible piece of a text."""

    gap: Gap
    kind: Kind
    text: str


_KIND_WORDS = {
    Kind.SMALL: "smaller ",
    Kind.RAISED: "raised ",
    Kind.LOWERED: "lowered ",
    Kind.STRUCK: "struck-through ",
    Kind.LINK: "linked ",
    Kind.NOTE: "smaller, linked ",
    Kind.BOXED: "boxed ",
    Kind.FADED: "faded ",
    Kind.FRACTION: "the fraction ",
}
_GAP_WORDS = {Gap.WIDE: ", apart from it, ", Gap.LINE: ", on another line, ", Gap.OVER: ", drawn over it, "}


def is_plain(raw: str) -> bool:
    """Return whether a text is one plain piece, as nearly all texts are."""
    return SEPARATOR not in raw and not raw.startswith(UNREADABLE)


def decode(raw: str) -> tuple[Piece, ...]:
    """Return the pieces of a seen text. Pieces that show nothing are left out, and no piece has spaces at its ends.

    Raises:
        UnparsedPrice: the text is unreadable, or not in the form that the observer sends.
    """
    if raw.startswith(UNREADABLE):
        why = "".join(each if each.isprintable() else " " for each in raw[1:])
        raise UnparsedPrice(
            raw, excerpt(why, _REASON_CHARACTERS), shown="a text that cannot be read", kind="unreadable"
        )
    first, *others = raw.split(SEPARATOR)
    try:
        pieces = [(Gap(each[:1]), Kind(each[1:2]), each[2:]) for each in others]
    except ValueError:
        raise UnparsedPrice(
            raw, "the observer has cut or misspelt it", shown="a text in pieces", kind="unreadable"
        ) from None
    return tuple(_trimmed([(Gap.TOUCHING, Kind.PLAIN, first), *pieces]))


def words(pieces: Sequence[Piece]) -> str:
    """Return the pieces for people, such as `'12' and raised '99'`."""
    shown = [_piece_words(piece, is_first=number == 0) for number, piece in enumerate(pieces[:_SHOWN_PIECES])]
    return " and".join(shown).strip() + (" …" if len(pieces) > _SHOWN_PIECES else "") or "''"


def plain_words(raw: str) -> str:
    """Return a text of a page for people: as it is, or its pieces in words. It may be of any form."""
    if is_plain(raw):
        return raw
    try:
        return words(decode(raw))
    except UnparsedPrice as error:
        return f"{error.shown}: {error.why}"


def _piece_words(piece: Piece, *, is_first: bool) -> str:
    gap = "" if is_first else _GAP_WORDS.get(piece.gap, "")
    return f"{gap or ' '}{_KIND_WORDS.get(piece.kind, '')}{excerpt(piece.text, _SHOWN_CHARACTERS)!r}"


def _trimmed(pieces: Sequence[Piece | tuple[Gap, Kind, str]]) -> list[Piece]:
    """Turn white space at the ends of a piece into a gap, and drop pieces of nothing else.

    The fraction may have pieces of its own: the first that shows something is then the one of that kind.
    """
    kept: list[Piece] = []
    widest = Gap.TOUCHING
    is_fraction = False
    for gap, look, text in pieces:
        is_fraction = is_fraction or look is Kind.FRACTION
        kind = Kind.FRACTION if is_fraction else look
        widest = max(widest, gap, Gap.SPACE if text[:1].isspace() else Gap.TOUCHING)
        stripped = " ".join(text.split())
        if stripped:
            kept.append(Piece(widest if kept else Gap.TOUCHING, kind, stripped))
            widest, is_fraction = Gap.TOUCHING, False
        if text[-1:].isspace():
            widest = max(widest, Gap.SPACE)
    return kept
