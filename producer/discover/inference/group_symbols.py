"""The symbols of a group of units: one attribute or one text in each unit that names all of them. No I/O."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tickql.producer.discover.inference.roles import Roles, is_label, same_text_elements
from tickql.producer.discover.inference.symbol_text import TICKER, is_symbol, slug_of
from tickql.producer.discover.inference.units import Unit
from tickql.producer.discover.page.outline import Node
from tickql.producer.discover.page.vocabulary import Meaning, meaning_of
from tickql.producer.discover.selectors.selector import Selector
from tickql.producer.discover.selectors.selector_search import path_to, selectors_within

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "legend", "caption", "summary", "strong", "header")
"""The tags of elements that name what is below or inside them."""
# Attributes that grids use for the key of a row.
_ROW_KEYS = ("row-id", "data-row-id", "data-row-key", "data-key", "data-id", "id", "key", "data-rk")
_GENERATED = re.compile(r"^[0-9a-f-]{16,}$|^\d+$|[_-]\d+$|:|^row", re.IGNORECASE)
# Scores: the best place wins; from this score on, the page itself calls the text a symbol.
_CERTAIN_SCORE = 4
_MAX_SYMBOL_CHARACTERS = 32


@dataclass(frozen=True)
class GroupSymbols:
    """The symbols of a group's units, and where each unit holds its own: a text or an attribute."""

    names: tuple[str, ...]
    selector: Selector | None = None
    """The element inside each unit; `None`: the unit itself."""
    attribute: str | None = None
    """The attribute with the symbol; `None`: the element's text."""


def find_group_symbols(units: Sequence[Unit], roles: Roles, *, only_certain: bool = False) -> GroupSymbols | None:
    """Return the best place that gives every unit of a group a symbol of its own; `None`: there is none.

    `only_certain`: only a place that the page calls a symbol, or a heading that looks like a ticker.
    """
    least = _CERTAIN_SCORE if only_certain else 0
    found = [(score, number, place) for number, (score, place) in enumerate(_places(units, roles)) if score >= least]
    # Of equal scores the first place wins.
    return max(found, key=lambda each: (each[0], -each[1]))[2] if found else None


def distinct_titles(units: Sequence[Unit]) -> Sequence[Node | None]:
    """Return a text in each unit that is not a symbol but can name it, such as `Deutsche Bank AG`.

    All are different. `None` for each unit: there are no such texts.
    """
    texts = [[each for each in unit.node.descendants() if is_label(each) and slug_of(each.text)] for unit in units]
    for place in range(min(map(len, texts))):
        found = [each[place] for each in texts]
        if len({slug_of(each.text) for each in found}) == len(found):
            return found
    return [None] * len(units)


def _places(units: Sequence[Unit], roles: Roles) -> Iterator[tuple[int, GroupSymbols]]:
    """Yield all places that name every unit, each with its score."""
    first = units[0].node
    for name in first.attributes:
        if name in ("class", "style", "role"):
            continue
        values = tuple(unit.node.attributes.get(name, "") for unit in units)
        is_named = meaning_of(name.removeprefix("data-")) is Meaning.SYMBOL
        if _are_symbols(values, digits=is_named) and (is_named or not any(map(_GENERATED.search, values))):
            yield (6 if is_named else 3 if name in _ROW_KEYS else 1), GroupSymbols(values, None, name)
    figures = {node for price in units[0].prices.values() for node in price.figure.cell}
    for number, node in enumerate(each for each in first.descendants() if not each.is_text and each not in figures):
        yield from _named_attributes(units, node)
        is_short = len(node.text) <= _MAX_SYMBOL_CHARACTERS
        if is_short and not any(not child.is_text and child.text == node.text for child in node.children):
            yield from _cells(units, node, roles, number)


def _named_attributes(units: Sequence[Unit], node: Node) -> Iterator[tuple[int, GroupSymbols]]:
    for name in node.attributes:
        if name.startswith("data-") and meaning_of(name.removeprefix("data-")) is Meaning.SYMBOL:
            selector = path_to(units[0].node, node)
            cells = [_only(selector, unit) for unit in units] if selector is not None else []
            values = tuple(cell.attributes.get(name, "") if cell is not None else "" for cell in cells)
            if selector is not None and cells and _are_symbols(values, digits=True):
                yield 5, GroupSymbols(values, selector, name)


def _cells(units: Sequence[Unit], node: Node, roles: Roles, number: int) -> Iterator[tuple[int, GroupSymbols]]:
    """Yield the text of an element as a place. `number`: how many elements are before it in the unit."""
    path = path_to(units[0].node, node)
    if path is None:
        return
    cells = [_only(path, unit) for unit in units]
    values = tuple(cell.text if cell is not None else "" for cell in cells)
    has_header = roles.names_symbols(list(same_text_elements(node)))
    is_named = has_header or any(meaning_of(name) is Meaning.SYMBOL for name in _names(node))
    if not _are_symbols(values, digits=is_named):
        return
    targets = [list(same_text_elements(cell)) for cell in cells if cell is not None]
    targets = [
        [each for each in target if each is not unit.node and each.inside(unit.node)]
        for target, unit in zip(targets, units, strict=True)
    ]
    selectors = selectors_within([unit.node for unit in units], targets)
    if selectors:
        are_tickers = all(TICKER.fullmatch(value) for value in values)
        score = 2 + 3 * is_named + are_tickers + (node.tag in HEADINGS) - min(number, 20) // 20
        yield score, GroupSymbols(values, selectors[0])


def _names(node: Node) -> Iterator[str]:
    for each in same_text_elements(node):
        yield from each.classes
        yield from (value for name, value in each.attributes.items() if name not in ("class", "style"))
        yield from (name.removeprefix("data-") for name in each.attributes if name.startswith("data-"))


def _only(selector: Selector, unit: Unit) -> Node | None:
    found = selector.select(unit.node)
    return found[0] if len(found) == 1 else None


def _are_symbols(values: Sequence[str], *, digits: bool) -> bool:
    """Return whether all values are symbols, and all are different.

    `digits`: numbers such as 7203 count too, because a header or a name calls them symbols.
    """
    valid = (is_symbol(value) or (digits and re.fullmatch(r"\d{3,8}", value)) for value in values)
    return len(set(values)) == len(values) and all(valid)
