"""The symbol of a single unit: from attributes, headings, ids, the title or the address. No I/O."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from urllib.parse import parse_qsl, unquote, urlsplit

from tickql.producer.discover.inference.group_symbols import HEADINGS
from tickql.producer.discover.inference.notation import reads_as_price
from tickql.producer.discover.inference.symbol_text import changing_elements, is_symbol, may_name, slug_of, ticker_in
from tickql.producer.discover.inference.units import Unit
from tickql.producer.discover.page.outline import Node, Outline
from tickql.producer.discover.page.vocabulary import Meaning, meaning_of
from tickql.producer.discover.selectors.compounds import compounds
from tickql.producer.discover.selectors.selector import Rank

# Ids of a page's frame, which name no symbol.
_FRAME_IDS = ("root", "app", "main", "board")
_MAX_HEADING_CHARACTERS = 80


@dataclass(frozen=True)
class UnitSymbol:
    """The symbol of one unit."""

    name: str
    source: str
    """Where the symbol was found, for people."""
    is_certain: bool = True


def find_unit_symbol(unit: Unit, outline: Outline, others: frozenset[Node]) -> UnitSymbol:
    """Return the symbol of the only unit of a page, from the nearest place that names one; `PRICE` if nothing does.

    `others`: see `find_own_symbol`.
    """
    found = (find_own_symbol(unit, others), _in_title(outline), _in_address(outline.url))
    for symbol in found:
        if symbol is not None:
            return symbol
    for text in (*_headings(outline.nodes[0], unit, changing_elements(outline)), outline.title):
        if may_name(text) and (slug := slug_of(text)):
            return UnitSymbol(slug, f"the text {text!r:.60}", is_certain=False)
    return UnitSymbol("PRICE", "nothing on the page", is_certain=False)


def find_own_symbol(unit: Unit, others: frozenset[Node]) -> UnitSymbol | None:
    """Return the symbol that a unit, or an element around it and no other unit, names; `None`: there is none.

    `others`: all elements that hold prices of other units. What is in them may name those units.
    """
    around = list(takewhile(lambda node: node not in others, unit.node.lineage()))
    return _in_attributes(unit, around) or _in_headings(unit, around) or _in_ids(unit)


def _in_attributes(unit: Unit, around: Sequence[Node]) -> UnitSymbol | None:
    for each in (*around[:1], *unit.node.descendants(), *around[1:]):
        for name, value in each.attributes.items():
            is_named = name.startswith("data-") and meaning_of(name.removeprefix("data-")) is Meaning.SYMBOL
            if is_named and is_symbol(value):
                return UnitSymbol(value, f"the attribute {name}")
    return None


def _in_headings(unit: Unit, around: Sequence[Node]) -> UnitSymbol | None:
    for node in around:
        for text in _headings(node, unit):
            if found := ticker_in(text):
                return UnitSymbol(found, f"the heading {text!r}")
    return None


def _headings(node: Node, unit: Unit, changing: frozenset[Node] = frozenset()) -> Iterator[str]:
    """Yield the headings inside an element, and the texts of elements whose class means "symbol".

    Elements that hold a price of the unit, or are `changing`, are left out: their text is not a name alone.
    """
    figures = [price.figure.node for price in unit.prices.values()]
    for each in (other for other in node.descendants() if other not in changing):
        is_long = len(each.text) > _MAX_HEADING_CHARACTERS
        if each.is_text or not each.text or is_long or any(each.inside(figure) for figure in figures):
            continue
        is_named = any(meaning_of(token) is Meaning.SYMBOL for token in each.classes)
        if (each.tag in HEADINGS or is_named) and not any(figure.inside(each) for figure in figures):
            yield " ".join(part.text for part in each.descendants() if part.is_text)


def _in_ids(unit: Unit) -> UnitSymbol | None:
    """Return what ids such as `es-ask` and `es-bid` have besides the price's name, or a short id of the unit itself."""
    found = set()
    for price in unit.prices.values():
        node = price.figure.node
        values = [compound.value for rank, compound in compounds(node) if rank <= Rank.NAME and compound.value]
        rest = [
            re.sub(r"[-_ ]*(ask|bid|last|price|offer|sell|buy|px)[-_ ]*", "", value, flags=re.IGNORECASE)
            for value in values
        ]
        found.add(next((each for each in rest if is_symbol(each)), None))
    unit_id = unit.node.attributes.get("id", "")
    if len(found) == 1 and (only := found.pop()) is not None:
        return UnitSymbol(only.upper(), "the ids of its prices")
    is_short_name = re.fullmatch(r"[A-Za-z]{1,6}(-[A-Za-z]{1,6})?", unit_id)
    if is_short_name and is_symbol(unit_id) and unit_id not in _FRAME_IDS:
        return UnitSymbol(unit_id.upper(), "the id of its box", is_certain=False)
    return None


def _in_title(outline: Outline) -> UnitSymbol | None:
    found = ticker_in(outline.title)
    return UnitSymbol(found, f"the title {outline.title!r:.60}", is_certain=False) if found else None


def _in_address(url: str) -> UnitSymbol | None:
    """Return the symbol in a query parameter such as `?symbol=ES`, or in the last part of the path if in capitals."""
    parts = urlsplit(url)
    last = unquote(parts.path).rstrip("/").rpartition("/")[2].partition(".htm")[0]
    values = [
        value for name, value in parse_qsl(parts.query) if meaning_of(name) is Meaning.SYMBOL or name in ("s", "q")
    ]
    values += [last] * (last.upper() == last and not reads_as_price(last))
    symbols = (UnitSymbol(value, "the page's address", is_certain=False) for value in values if is_symbol(value))
    return next(symbols, None)
