"""The symbols of a group of units: one attribute or one text in each unit that names all of them. No I/O."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tickql.producer.discover.inference.roles import Roles, is_label, same_text_elements
from tickql.producer.discover.inference.symbol_text import TICKER, is_symbol, may_name, safe_symbols, slug_of
from tickql.producer.discover.inference.units import Unit
from tickql.producer.discover.page.outline import Node
from tickql.producer.discover.page.vocabulary import Meaning, meaning_of, names_code
from tickql.producer.discover.selectors.compounds import is_state
from tickql.producer.discover.selectors.selector import Selector
from tickql.producer.discover.selectors.selector_search import path_to, selectors_within

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "legend", "caption", "summary", "strong", "header")
"""The tags of elements that name what is below or inside them."""
# Attributes that grids use for the key of a row.
_ROW_KEYS = ("row-id", "data-row-id", "data-row-key", "data-key", "data-id", "id", "key", "data-rk")
_GENERATED = re.compile(r"^[0-9a-f-]{16,}$|^\d+$|[_-]\d+$|:|^row", re.IGNORECASE)
# Words that a page adds to a symbol to make an id, as in `EURUSDrow_div`.
_ID_WORDS = re.compile(
    r"(?<![a-z])(?:row|div|tr|td|cell|item|line|box|card|tile|quote|tick|price|panel|entry|el)(?![a-z])"
)
# Scores: the best place wins; from this score on, the page itself calls the text a symbol.
_CERTAIN_SCORE = 4
_MAX_NAME_CHARACTERS = 40
# A column in which more rows share their text than have one of their own names something else, such as a market.
_MIN_DISTINCT = 0.5
_SHARED_TEXT_COST = 2


@dataclass(frozen=True)
class GroupSymbols:
    """The symbols of a group's units, and where each unit holds its own: a text or an attribute."""

    names: tuple[str | None, ...]
    """By unit; `None`: another unit shows the same text, so the text names neither."""
    selector: Selector | None = None
    """The element inside each unit; `None`: the unit itself."""
    attribute: str | None = None
    """The attribute with the symbol; `None`: the element's text."""
    safe: Mapping[str, str] = field(default_factory=dict)
    """By shown text: the symbol for it. Empty: a feed can carry all texts themselves."""
    doubled: tuple[str, ...] = ()
    """Texts that more than one unit shows."""

    def all_names(self, rows: Selector, named: Mapping[str, Unit]) -> dict[str, str]:
        """Return the symbols by the texts of a table's rows, also of rows without a price; empty: no names are needed.

        `named`: the units with prices, by symbol.
        """
        if self.selector is None:
            return {text: symbol for text, symbol in self.safe.items() if symbol in named}
        if not self.safe:
            return {}
        *_, top = next(iter(named.values())).node.lineage()
        cells = [self.selector.select(row) for row in rows.select(top)]
        texts = [" ".join(found[0].text.split()) for found in cells if len(found) == 1]
        known = {text: symbol for text, symbol in self.safe.items() if symbol in named}
        others = [text for text in texts if text not in self.safe and text not in self.doubled and may_name(text)]
        return {**known, **safe_symbols(others, taken=self.safe.values())}


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
        is_made = any(_GENERATED.search(value) or _ID_WORDS.search(value) for value in values)
        if not is_named and (shown := _names_before(units, values)) is not None:
            yield 3, GroupSymbols(tuple(shown.values()), None, name, shown)
        elif _are_symbols(values, digits=is_named) and (is_named or not is_made):
            yield (6 if is_named else 3 if name in _ROW_KEYS else 1), GroupSymbols(values, None, name)
    # The text of an element that holds a price changes with the price.
    priced = {above for price in units[0].prices.values() for above in price.figure.node.lineage()}
    figures = {node for price in units[0].prices.values() for node in price.figure.cell} | priced
    for number, node in enumerate(each for each in first.descendants() if not each.is_text and each not in figures):
        if node in roles.changing:
            continue
        yield from _named_attributes(units, node)
        is_short = len(node.text) <= _MAX_NAME_CHARACTERS
        if is_short and not any(not child.is_text and child.text == node.text for child in node.children):
            yield from _cells(units, node, roles, number)


def _names_before(units: Sequence[Unit], values: Sequence[str]) -> dict[str, str] | None:
    """Return the symbols for the names before the units, as `<dt>` before `<dd>`, by the units' own ids.

    `None`: there are no such names, or the units show their ids.
    """
    if len(units) < 2 or len(set(values)) < len(values) or "" in values:
        return None
    before = [_text_before(unit.node) for unit in units]
    are_names = len(set(before)) == len(before) and all(may_name(text) for text in before)
    if not are_names or any(
        _plain(value) in _plain(f"{text} {unit.node.text}")
        for value, text, unit in zip(values, before, units, strict=True)
    ):
        return None
    symbols = safe_symbols(before)
    return {value: symbols[text] for value, text in zip(values, before, strict=True)}


def _text_before(node: Node) -> str:
    """Return the text of the `<dt>` before an element; empty: there is none."""
    beside = node.parent.elements if node.parent is not None else []
    place = next((number for number, each in enumerate(beside) if each is node), 0)
    return beside[place - 1].text if place and beside[place - 1].tag == "dt" else ""


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text).lower()


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
    rank = _naming(node, roles)
    is_heading = node.tag in HEADINGS
    found = _named(values, digits=rank > 0 or is_heading)
    if found is None:
        return
    targets = [list(same_text_elements(cell)) for cell in cells if cell is not None]
    targets = [
        [each for each in target if each is not unit.node and each.inside(unit.node)]
        for target, unit in zip(targets, units, strict=True)
    ]
    selectors = selectors_within([unit.node for unit in units], targets)
    if selectors:
        are_tickers = all(TICKER.fullmatch(value) for value in values)
        if are_tickers:
            # The ticker behind a name stands in the cell that a header calls a symbol.
            rank = max(
                rank,
                *(
                    _naming(each, roles)
                    for each in node.lineage()
                    if each is not units[0].node and each.inside(units[0].node)
                ),
            )
        score = 2 + rank + are_tickers + is_heading - bool(found.safe) - _SHARED_TEXT_COST * bool(found.doubled)
        yield score - min(number, 20) // 20, GroupSymbols(found.names, selectors[0], None, found.safe, found.doubled)


def _naming(node: Node, roles: Roles) -> int:
    """Return how clearly the page says that an element holds a symbol: 3 a code, 2 a name, 0 not at all."""
    texts = [roles.symbol_header(list(same_text_elements(node))) or "", *_names(node)]
    named = [text for text in texts if meaning_of(text) is Meaning.SYMBOL]
    return 3 if any(map(names_code, named)) else 2 if named else 0


def _named(texts: Sequence[str], *, digits: bool) -> GroupSymbols | None:
    """Return the symbols for the texts of a column; `None`: the column names no instruments.

    `digits`: numbers such as 7203 count too, because the page calls them symbols.
    """
    counts = Counter(texts)
    doubled = tuple(text for text, count in counts.items() if count > 1)
    if len(counts) - len(doubled) < max(1, _MIN_DISTINCT * len(texts)):
        return None
    if not all(may_name(text) or (digits and re.fullmatch(r"\d{1,8}", text)) for text in counts):
        return None
    # A name may hold a word of the vocabulary, as `Open Text` does; a column of them is something else.
    meant = sum(is_state(text) or not (is_symbol(text) or meaning_of(text) is None) for text in counts)
    if 3 * meant > len(counts) or (meant and len(counts) < 3):
        return None
    symbols = safe_symbols(text for text in counts if text not in doubled)
    # A table with names reads only the rows that it names: if one of them needs a name, all are named.
    safe = symbols if any(text != symbol for text, symbol in symbols.items()) else {}
    return GroupSymbols(tuple(symbols.get(text) for text in texts), safe=safe, doubled=doubled)


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
