"""The pieces of a seen text, joined to one text where a person would read one number; in doubt they are not joined.

- Pieces far apart, on other lines or drawn over one another: only one of the places may have digits.
- Pieces with a space between them: only one of them may have digits, unless the notation groups digits by spaces.
- Touching pieces: see `Run`.
"""

import unicodedata
from collections.abc import Callable, Iterable, Sequence

from tickql.producer.errors import UnparsedPrice
from tickql.producer.prices import seen_text
from tickql.producer.prices.number_signs import NumberSigns
from tickql.producer.prices.page_text import MAX_CHARACTERS, normalize
from tickql.producer.prices.seen_text import Gap, Kind, Piece

_MAX_SEEN_CHARACTERS = 4 * MAX_CHARACTERS
"""Of a text in pieces, with the marks between them. Joining many pieces takes time in proportion to their square."""
_APART = (Gap.WIDE, Gap.LINE, Gap.OVER)
_SAME = (Kind.PLAIN, Kind.BIG)
_LESSER = (Kind.SMALL, Kind.RAISED)
_FOREIGN = (Kind.STRUCK, Kind.FADED, Kind.BOXED, Kind.LINK, Kind.NOTE, Kind.FRACTION)
# A third decimal tells decimals from a footnote: prices in money have two, and their footnotes come behind those.
_FX_DECIMALS = 3

TWO_THINGS = "choose one with a narrower selector, ignore = ... or match = ..."
STRUCK = f"a price that is struck through holds no more; {TWO_THINGS}"
RAISED = 'say with raised = "cents" | "fraction" | "digits" | "footnote" which it is'
ZEROS = 'if the small digit counts zeros, say so with zeros = "subscript"; else with raised = "digits" or "footnote"'
DECIMALS = (
    'are the last digits decimals? Say so with decimals = 2, raised = "cents" | "fraction" | "digits", or with whole'
    ' and fraction in place of the selector; read = "texts" joins them as they are'
)


class Doubt(Exception):
    """The pieces are not certainly one number. The text says what to do, for people."""


def parse_pieces(raw: str, price_of: Callable[[Sequence[Piece]], str | None]) -> str | None:
    """Return what `price_of` reads in the pieces of a seen text: a price, or `None` for a placeholder.

    Raises:
        UnparsedPrice: for the whole text, where `price_of` raises it for a part of it, or is in doubt.
    """
    if len(raw) > _MAX_SEEN_CHARACTERS:
        why = f"it has {len(raw)} characters, at most {_MAX_SEEN_CHARACTERS} are read"
        raise UnparsedPrice(raw[:MAX_CHARACTERS], why, kind="too_long")
    pieces = seen_text.decode(raw)
    shown = "" if seen_text.is_plain(raw) else seen_text.words(pieces)
    try:
        return price_of(pieces)
    except Doubt as doubt:
        raise UnparsedPrice(raw, str(doubt), shown, kind="ambiguous") from None
    except UnparsedPrice as error:
        raise UnparsedPrice(raw, error.why, shown, kind=error.kind) from None


def has_digits(text: str) -> bool:
    """Return whether a text has digits of any script, raised digits or fractions such as ½."""
    return any(each.isdigit() or unicodedata.category(each) == "No" for each in text)


def join(pieces: Sequence[Piece], signs: NumberSigns, new_run: "Callable[[NumberSigns], Run] | None" = None) -> str:
    """Return the pieces as one text for `PriceFormat.parse`.

    `new_run` makes what joins the pieces that touch; `None`: `Run`.

    Raises:
        Doubt: they may be more than one number.
        UnparsedPrice: a piece cannot be read at all (see `page_text.normalize`).
    """
    check_kinds(pieces)
    places = [_join_place(place, signs, new_run or Run) for place in _split(pieces, _APART)]
    if sum(map(has_digits, places)) > 1:
        raise Doubt(TWO_THINGS)
    # Two spaces: a letter far from its number does not scale it.
    return ("  " if signs.scale else " ").join(places)


def check_kinds(pieces: Sequence[Piece]) -> None:
    """Raise `Doubt` if a piece looks like another thing: struck through, faded, boxed, or a link beside the number."""
    with_digits = [piece for piece in pieces if has_digits(piece.text)]
    if len(with_digits) > 1 and any(piece.kind in _FOREIGN for piece in with_digits):
        raise Doubt(TWO_THINGS)
    if any(piece.kind is Kind.STRUCK for piece in with_digits):
        raise Doubt(STRUCK)


def _split(pieces: Iterable[Piece], gaps: Sequence[Gap]) -> list[list[Piece]]:
    """Cut the pieces at these gaps."""
    parts: list[list[Piece]] = []
    for piece in pieces:
        if not parts or piece.gap in gaps:
            parts.append([])
        parts[-1].append(piece)
    return parts


def _join_place(pieces: Sequence[Piece], signs: NumberSigns, new_run: "Callable[[NumberSigns], Run]") -> str:
    """Join the pieces of one place: some touch, others have a space between them."""
    pieces = _without_spaces(pieces, signs)
    runs = []
    for touching in _split(pieces, (Gap.SPACE,)):
        run = new_run(signs)
        for piece in touching:
            run.add(piece)
        runs.append(run.text)
    if sum(map(has_digits, runs)) > 1:
        is_grouped = signs.spaced and all(piece.kind in _SAME for piece in pieces if has_digits(piece.text))
        if not is_grouped:
            raise Doubt(TWO_THINGS)
    return " ".join(runs)


def _without_spaces(pieces: Sequence[Piece], signs: NumberSigns) -> Sequence[Piece]:
    """Take the spaces out of a price as FX boards set it: `1000`, `.3` and a raised `0`, in elements of their own."""
    if [piece.kind for piece in pieces] != [Kind.PLAIN, Kind.PLAIN, Kind.RAISED]:
        return pieces
    whole, decimals, pips = (normalize(piece.text) for piece in pieces)
    is_price = decimals[0] in signs.decimal and all(each.isdigit() for each in (whole, decimals[1:], pips))
    return [piece._replace(gap=Gap.TOUCHING) for piece in pieces] if is_price else pieces


class Run:
    """Pieces that touch, joined one by one."""

    def __init__(self, signs: NumberSigns) -> None:
        self.text = ""
        """The pieces so far, as the page shows them."""
        self.signs = signs
        self.digits: list[Piece] = []
        """The pieces with digits so far, normalized."""

    def add(self, piece: Piece) -> None:
        """Join one more piece.

        Raises:
            Doubt: it may be something else than the rest of the number.
        """
        text = normalize(piece.text)
        try:
            self.check(piece.kind, text)
        except Doubt:
            settled = self.settle(piece, text)
            if settled is None:
                raise
            self.text = settled
        else:
            self.text += piece.text
        if has_digits(text):
            self.digits.append(piece._replace(text=text))

    def check(self, kind: Kind, text: str) -> None:
        """Raise `Doubt` if a piece with this normalized text is not certainly the rest of the number."""
        self._check_mark(kind, text)
        if self.digits and has_digits(text):
            self._check_digits(kind, text)

    def settle(self, piece: Piece, text: str) -> str | None:
        """Return all pieces joined where a key of the feed file tells how; `None`: no key does."""
        return None

    def _check_mark(self, kind: Kind, text: str) -> None:
        """A sign in the look of a footnote or a badge may not be the number's own."""
        signs = self.signs
        if self.digits and text[:1] in ("+", "-") and not (signs.is_fraction and text == "+"):
            raise Doubt(TWO_THINGS)
        if kind not in (*_SAME, Kind.SMALL, Kind.FRACTION) and text in {
            *"+-",
            *signs.decimal,
            *signs.group,
            *signs.scale,
        }:
            raise Doubt(TWO_THINGS)

    def _check_digits(self, kind: Kind, text: str) -> None:
        number, more = self.signs.number_at_end(normalize(self.text)), self.signs.number_at_start(text)
        if not number or not more or has_digits(text[len(more) :]):
            raise Doubt(RAISED if kind in _LESSER and more == text else TWO_THINGS)
        if kind is Kind.LOWERED:
            raise Doubt(ZEROS)
        if self.begins_decimals(text):
            return
        if kind in _LESSER:
            self._check_lesser(kind, number, more)
        elif self.digits[-1].kind not in _SAME:
            raise Doubt(ZEROS if self.digits[-1].kind in (Kind.SMALL, Kind.LOWERED) else TWO_THINGS)
        else:
            self._check_same(number, more)

    def begins_decimals(self, text: str) -> bool:
        """Return whether the decimal sign is between the number so far and a text, as in `5,310` and `.25`."""
        signs = self.signs
        number, more = signs.number_at_end(normalize(self.text)), signs.number_at_start(text)
        if more[0] in signs.decimal:
            return signs.decimals(number) is None and more[1:].isdigit()
        return signs.decimals(number) == "" and more[0].isdigit() and signs.decimals(more) is None

    def _check_lesser(self, kind: Kind, number: str, more: str) -> None:
        """Smaller or raised digits are decimals only if more than two stand before them, or a larger part did."""
        decimals = self.signs.decimals(number)
        if decimals is None or not more.isdigit():
            raise Doubt(RAISED if more.isdigit() else TWO_THINGS)
        if not number.strip("0" + self.signs.decimal):
            raise Doubt(ZEROS)
        last = self.digits[-1].kind
        # `12.` and a bigger `34` are a price as FX boards write it: the digits behind are its pips.
        # `1000`, `.3` and a raised `0` too: one decimal in an element of its own is no amount of money with a footnote.
        own = self.digits[-1].text
        is_cut = len(self.digits) > 1 and len(decimals) == len(more) == 1 and own == number[-2:]
        # Behind three digits two raised ones may be cents: a point may group.
        is_fx = len(decimals) > _FX_DECIMALS or (len(decimals) == _FX_DECIMALS and len(more) == 1)
        is_clear = self.signs.is_fraction or last is Kind.BIG or is_cut or is_fx
        if last is not kind and (last in _LESSER or not is_clear):
            raise Doubt(RAISED)

    def _check_same(self, number: str, more: str) -> None:
        signs = self.signs
        is_digit_by_digit = len(more) == 1 and all(len(piece.text) == 1 for piece in self.digits)
        if signs.decimals(number) is not None:
            # More decimals, in another color: `12.3` and `45`.
            if not more.isdigit():
                raise Doubt(TWO_THINGS)
        elif is_digit_by_digit:
            return
        elif signs.group and (not signs.is_complete(number) or more[0] in signs.group):
            # A group of digits that was cut: `68,12` and `3.45`.
            if not signs.is_complete(number + more):
                raise Doubt(TWO_THINGS)
        elif signs.decimals(more) is not None or not more.isdigit():
            raise Doubt(TWO_THINGS)
        else:
            raise Doubt(DECIMALS)
