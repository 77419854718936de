"""The price of a table cell that shows several numbers, such as a price and its change. No I/O."""

import re
from collections.abc import Sequence

from tickql.producer.discover.inference.doubtful_prices import DoubtfulPrices
from tickql.producer.discover.inference.notation import as_shown
from tickql.producer.discover.inference.roles import is_named_other
from tickql.producer.discover.inference.units import PriceFigure

_ARROW_OR_SIGN = re.compile(r"[▲▼△▽▴▾↑↓↗↘⬆⬇⇧⇩+-]")
_CHANGE_CLASS = re.compile(r"(?i)delta|diff|[-_]change$|^change$|percent|arrow")


def one_price_per_cell(priced: Sequence[PriceFigure], doubts: DoubtfulPrices) -> list[PriceFigure]:
    """Return the numbers without those that share a row and a header with a price and are none.

    A cell in which it is unclear which number is the price has none; it is added to `doubts`.
    """
    kept, noted = [], set()
    for each in priced:
        others = [other for other in priced if other is not each and _are_in_one_cell(each, other)]
        are_prices = [not _is_no_price(one) for one in (each, *others)]
        if not others or are_prices == [True] + [False] * len(others):
            kept.append(each)
        elif each not in noted and sum(are_prices) != 1:
            noted |= {each, *others}
            doubts.add_cell(each.evidence.text, [each.figure, *(other.figure for other in others)])
    return kept


def _are_in_one_cell(one: PriceFigure, other: PriceFigure) -> bool:
    a, b = one.figure.node.box, other.figure.node.box
    has_same_header = one.evidence.node is not None and one.evidence.node is other.evidence.node
    return has_same_header and min(a.bottom, b.bottom) > max(a.y, b.y)


def _is_no_price(priced: PriceFigure) -> bool:
    """Return whether a number is a change, or the page's source names it as something else, such as a size."""
    if is_named_other(priced.figure.node):
        return True
    has_arrow = any(_ARROW_OR_SIGN.match(as_shown(text)) for text in priced.figure.texts)
    return has_arrow or any(_CHANGE_CLASS.search(token) for token in priced.figure.node.classes)
