"""The pieces of a seen text joined with the help of the feed file's keys, where the pieces alone leave a doubt."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from tickql.producer.prices.conventions import by_convention
from tickql.producer.prices.joining import RAISED, TWO_THINGS, Doubt, Run, has_digits, join
from tickql.producer.prices.number_signs import NumberSigns
from tickql.producer.prices.page_text import is_placeholder, normalize
from tickql.producer.prices.parse_options import ParseOptions, Raised
from tickql.producer.prices.scripts import split_scripts
from tickql.producer.prices.seen_text import Gap, Kind, Piece
from tickql.producer.prices.units import SCALES
from tickql.producer.prices.zeros import with_zeros

_CENTS = 2
_LESSER = (Kind.SMALL, Kind.RAISED, Kind.LOWERED)
# The feed file says that the small digit counts zeros: one is a number too.
_COUNTING = {Kind.LOWERED: 1, Kind.SMALL: 1}
_WHOLE_ONLY = (Raised.CENTS, Raised.FRACTION, Raised.EXPONENT)
"""What raised digits can only be behind a whole number."""
_SAME = (Kind.PLAIN, Kind.BIG)
# The mark of a footnote: a number, a letter or a sign such as `*`, also in brackets.
_FOOTNOTE = re.compile(r"[\[(]?(?:[0-9]{1,3}|[A-Za-z]|[*†‡§¶]{1,3})(?:[, ]+(?:[0-9]{1,3}|[A-Za-z]))*[\])]?")
# Digits, and a text behind them that is no part of a number.
_DIGITS = re.compile(r"[0-9]+(?:[^0-9.,':+-][^0-9]*)?")
_POWER = re.compile(r"(?P<before>[^0-9]*)(?:(?P<number>[0-9][0-9.,' ]*?) ?[x×·*⋅] ?)?10")  # noqa: RUF001
_NO_FRACTION = "the fraction selector's element shows no digits"


def settle(pieces: Sequence[Piece], signs: NumberSigns, options: ParseOptions) -> str:
    """Return the pieces as one text for `PriceFormat.parse`.

    Raises:
        Doubt: the keys do not settle whether they are one number.
    """
    if options.units is not None:
        signs = replace(signs, scale=(*signs.scale, *options.units.scales))
    pieces = by_convention(pieces, signs, options.raised, has_zeros=not options.zeros)
    if options.raised is not None or options.zeros:
        pieces = [*split_scripts(pieces)]
    if options.zeros:
        pieces = with_zeros(pieces, signs, _COUNTING)
    if options.raised is Raised.FOOTNOTE:
        pieces = _without_footnotes(pieces, signs, options.units.texts if options.units else ())
    elif options.raised in (Raised.CENTS, Raised.FRACTION, Raised.EXPONENT):
        pieces = [*map(_closer, pieces)]
    if options.has_fraction:
        return _with_fraction(pieces, signs)
    return join(pieces, signs, partial(_SettledRun, options=options))


class _SettledRun(Run):
    """Pieces that touch, joined as the keys tell."""

    def __init__(self, signs: NumberSigns, options: ParseOptions) -> None:
        super().__init__(signs)
        self._options = options
        self._is_closed = False

    def check(self, kind: Kind, text: str) -> None:
        """Raise `Doubt` also for digits behind what a key has settled already."""
        if self._is_closed and has_digits(text):
            raise Doubt(TWO_THINGS)
        super().check(kind, text)
        # Raised digits behind decimals are pips, but not where the file says that they are something else.
        is_claimed = kind in _LESSER and self._options.raised in _WHOLE_ONLY and not self.signs.is_fraction
        if is_claimed and self.digits and has_digits(text) and not self.begins_decimals(text):
            raise Doubt(RAISED)

    def settle(self, piece: Piece, text: str) -> str | None:
        """Return all pieces joined as a key tells; `None`: no key does."""
        is_last_kind = self.digits and (piece.kind in _LESSER or self.digits[-1].kind in _SAME)
        if self._is_closed or not is_last_kind or piece.kind not in (*_SAME, *_LESSER):
            return None
        match self._options.raised:
            case Raised.EXPONENT if piece.kind is Kind.RAISED:
                settled = self._with_power(text)
            case Raised.DIGITS if _DIGITS.fullmatch(text) and self.text[-1:].isdecimal():
                return self.text + piece.text
            case Raised.FRACTION:
                settled = _with_sign(self.text, piece.text, self.signs, (1, 2, 3))
            case Raised.CENTS:
                settled = _with_sign(self.text, piece.text, self.signs, (_CENTS,))
            case _ if self._options.decimals is not None:
                settled = _with_sign(self.text, piece.text, self.signs, (self._options.decimals,))
            case _:
                return None
        self._is_closed = True
        return settled

    def _with_power(self, text: str) -> str | None:
        found = _POWER.fullmatch(normalize(self.text))
        if found is None or not re.fullmatch("[+-]?[0-9]{1,2}", text):
            return None
        return f"{found['before']}{found['number'] or 1}e{text}"


def _with_sign(left: str, right: str, signs: NumberSigns, sizes: Sequence[int]) -> str | None:
    """Return the two with a decimal sign between; what stands behind the left number, such as `€`, goes to the end.

    `None`: the left is no whole number, or the right does not begin with digits of one of the `sizes`.
    """
    digits = re.match(r"\d+", right)
    number = re.fullmatch(r"(.*\d)(\D*)", left, re.DOTALL)
    if digits is None or number is None or len(digits[0]) not in sizes or has_digits(right[digits.end() :]):
        return None
    whole = signs.number_at_end(normalize(number[1]))
    if signs.decimals(whole) is not None or normalize(number[2])[:1] in (*signs.decimal, *signs.group):
        return None
    return f"{number[1]}{signs.decimal[0]}{right}{number[2]}"


def _closer(piece: Piece) -> Piece:
    """A raised piece belongs to the number before it, even where a space is between them."""
    is_raised = piece.kind in (Kind.RAISED, Kind.LOWERED) and has_digits(piece.text)
    return piece._replace(gap=Gap.TOUCHING) if is_raised and piece.gap is Gap.SPACE else piece


def _without_footnotes(pieces: Sequence[Piece], signs: NumberSigns, units: Sequence[str]) -> list[Piece]:
    """Drop the raised, small or linked marks behind the number, unless digits of the number follow.

    A letter that may scale the number is no footnote.
    """
    kept: list[Piece] = []
    for number, piece in enumerate(pieces):
        text = normalize(piece.text)
        is_mark = (
            piece.kind in (*_LESSER, Kind.LINK, Kind.NOTE)
            and _FOOTNOTE.fullmatch(text)
            and text.casefold() not in {each.casefold() for each in (*SCALES, *units)}
        )
        is_behind = piece.gap in (Gap.TOUCHING, Gap.SPACE) and any(has_digits(each.text) for each in kept)
        ends_open = bool(kept) and normalize(kept[-1].text)[-1:] in (*signs.decimal, *signs.group)
        later = [each for each in pieces[number + 1 :] if each.kind in _SAME and has_digits(each.text)]
        if not (is_mark and is_behind and not ends_open and not later):
            kept.append(piece)
    return kept


def _with_fraction(pieces: Sequence[Piece], signs: NumberSigns) -> str:
    """Join what the `whole` and `fraction` selectors found, with a decimal sign between unless one is shown."""
    begin = next((number for number, piece in enumerate(pieces) if piece.kind is Kind.FRACTION), len(pieces))
    whole = join(pieces[:begin], signs)
    behind = [piece._replace(kind=Kind.PLAIN) if piece.kind is Kind.FRACTION else piece for piece in pieces[begin:]]
    fraction = join(behind, signs)
    if not has_digits(whole + fraction) and is_placeholder(normalize(whole)):
        return whole
    if not has_digits(fraction):
        raise Doubt(_NO_FRACTION)
    number = signs.number_at_end(normalize(whole))
    shown = signs.number_at_start(normalize(fraction))
    if shown and (signs.decimals(number) == "") != (shown[0] in signs.decimal):
        return whole + fraction
    digits = re.match(r"\d+", fraction)
    settled = _with_sign(whole, fraction, signs, (len(digits[0]),)) if digits else None
    if settled is None:
        raise Doubt(f"its whole and its fraction are not one number; {TWO_THINGS}")
    return settled
