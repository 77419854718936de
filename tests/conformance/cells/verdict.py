"""Verdicts: whether what is published of a cell is what a person reads."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from tests.conformance.cells.cell import Cell, Truth
from tests.conformance.cells.cell_page import Changed
from tests.conformance.cells.picture import Ink, is_one_number, shown_text
from tickql.producer.errors import UnparsedPrice
from tickql.producer.prices.price_format import DEFAULT_FORMAT, PriceFormat


class Verdict(StrEnum):
    """What became of a cell."""

    RIGHT = "right"
    TOLD = "told"
    """Reported as unparsed."""
    NEEDLESS = "told without need"
    """Reported as unparsed, though the number is certain."""
    WRONG = "wrong"
    ODD = "odd"
    """It would be wrong, but the picture shows something else than the grammar meant."""


class Judged(NamedTuple):
    """A cell with its verdict."""

    cell: Cell
    seen: str
    verdict: Verdict
    read: str
    """The number that was read, or the reason for none."""
    shown: str | None
    """What the picture shows; `None`: it was not asked."""

    @property
    def is_pictured(self) -> bool:
        """Whether the picture shows what the grammar says."""
        return self.shown is not None and _plain(self.shown) == _plain(self.cell.shown)


def is_stale(changed: Changed) -> bool:
    """Return whether a plan that is kept gives a price that the changed cell does not show."""
    price = _price(changed.kept)
    return price is not None and price != _price(changed.fresh)


def _price(seen: str) -> str | None:
    try:
        return DEFAULT_FORMAT.parse(seen)
    except UnparsedPrice:
        return None


def judge(cell: Cell, seen: str, inks: Sequence[Ink] | None) -> Judged:
    """Return the verdict of a cell: its seen text is parsed as the producer does."""
    shown = None if inks is None else shown_text(inks)
    is_odd = shown is not None and _plain(shown) != _plain(cell.shown)
    # Two numbers may happen to stand together as one.
    is_odd = is_odd or (cell.truth is Truth.NOTHING and bool(inks) and is_one_number(inks or ()))
    wrong = Verdict.ODD if is_odd else Verdict.WRONG
    try:
        price = _form(cell.form).parse(seen)
    except UnparsedPrice as error:
        verdict = Verdict.NEEDLESS if cell.truth is Truth.CERTAIN else Verdict.TOLD
        return Judged(cell, seen, verdict, error.why, shown)
    if price is None:
        # No price is shown: right only where no digit is.
        is_blank = not any(map(str.isdigit, cell.shown if shown is None else shown))
        return Judged(cell, seen, Verdict.RIGHT if is_blank else wrong, "no price", shown)
    is_right = cell.value is not None and Decimal(price) == Decimal(cell.value)
    return Judged(cell, seen, Verdict.RIGHT if is_right else wrong, price, shown)


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()


@cache
def _form(name: str) -> PriceFormat:
    return PriceFormat.from_text(name) if name else DEFAULT_FORMAT
