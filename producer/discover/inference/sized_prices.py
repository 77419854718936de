# ruff: noqa: RUF001, RUF002 — pages write sizes with a multiplication sign
"""Cells with a price and its size, below a header that names both, such as `Bid × Size`. No I/O."""

import re

from tickql.producer.discover.page.outline import Node
from tickql.producer.discover.page.vocabulary import Meaning, meaning_of

_SIDES = (Meaning.ASK, Meaning.BID, Meaning.BUY, Meaning.SELL)
_BETWEEN = re.compile(r"\s*[×x@/|]\s*")
_SIZE = re.compile(r"[×x@/|]\s*[0-9][0-9.,]*\s*[KkMm]?")


def is_before_size(node: Node) -> bool:
    """Return whether a number and the size behind it, with a sign such as `×` before it, are all that a cell shows."""
    parts = node.parent.children if node.parent is not None else []
    return len(parts) == 2 and parts[0] is node and _SIZE.fullmatch(parts[1].text) is not None


def side_before_size(header: str) -> Meaning | None:
    """Return the side that a header names before the size; `None`: it is no such header."""
    first, *others = _BETWEEN.split(header, maxsplit=1)
    if len(others) != 1 or meaning_of(others[0]) is not Meaning.OTHER:
        return None
    meaning = meaning_of(first)
    return meaning if meaning in _SIDES else None
