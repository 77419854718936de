"""What the symbols of a page are called: by attributes, cells, headings, the title, the address. No I/O."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from tickql.feed.errors import InvalidSymbol
from tickql.feed.tick import check_symbol
from tickql.producer.discover.inference.notation import reads_as_price
from tickql.producer.discover.inference.roles import Roles, is_label, outers
from tickql.producer.discover.inference.units import Unit
from tickql.producer.discover.page.outline import Node, Outline
from tickql.producer.discover.page.vocabulary import Meaning, meaning_of, without_accents
from tickql.producer.discover.selectors.describing import compounds
from tickql.producer.discover.selectors.selecting import inside, path_to
from tickql.producer.discover.selectors.selector import Selector

_ROW_KEYS = ("row-id", "data-row-id", "data-row-key", "data-key", "data-id", "id", "key", "data-rk")
_SURE = 4
_GENERATED = re.compile(r"^[0-9a-f-]{16,}$|^\d+$|[_-]\d+$|:|^row", re.IGNORECASE)
# A piece of a text that looks like a ticker: ES, BRK.B, EUR/USD, ^GSPC.
_TICKER = re.compile(r"(?<![A-Za-z0-9])(?:[A-Z][A-Z0-9]{0,7}(?:[./=^_-][A-Z0-9]{1,8})?|\^[A-Z]{2,6})(?![A-Za-z0-9])")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "legend", "caption", "summary", "strong", "header")
_NO_TICKERS = frozenset(
    ("A", "I", "AN", "THE", "LIVE", "USD", "EUR", "ASK", "BID", "LAST", "API", "FX", "CFD", "UTC", "HTML")
)


@dataclass(frozen=True)
class Place:
    """Where each unit of a group says its symbol. Without selector and attribute there is none."""

    names: tuple[str, ...]
    selector: Selector | None = None
    attribute: str | None = None


@dataclass(frozen=True)
class Name:
    """The symbol of one unit, and where it was found."""

    text: str
    source: str
    sure: bool = True


def is_symbol(text: str) -> bool:
    """Whether a text may name a symbol: allowed, with a letter in it, and not what names a price."""
    try:
        check_symbol(text)
    except InvalidSymbol:
        return False
    return any(map(str.isalpha, text)) and (meaning_of(text) is None or any(map(str.isdigit, text)))


def place_of(units: Sequence[Unit], roles: Roles, *, sure: bool = False) -> Place | None:
    """One way to name all units of a group, each by another name; `None` if there is none.

    `sure`: only what is called a symbol, or a heading that is a ticker.
    """
    least = _SURE if sure else 0
    found = [(score, number, place) for number, (score, place) in enumerate(_places(units, roles)) if score >= least]
    return max(found, key=lambda each: (each[0], -each[1]))[2] if found else None


def _places(units: Sequence[Unit], roles: Roles) -> Iterator[tuple[int, Place]]:
    first = units[0].node
    for name in first.attributes:
        if name in ("class", "style", "role"):
            continue
        values = tuple(unit.node.attributes.get(name, "") for unit in units)
        said = meaning_of(name.removeprefix("data-")) is Meaning.SYMBOL
        if _are_names(values, digits=said) and (said or not any(map(_GENERATED.search, values))):
            yield (6 if said else 3 if name in _ROW_KEYS else 1), Place(values, None, name)
    figures = {node for price in units[0].prices.values() for node in price.figure.cell}
    for number, node in enumerate(each for each in first.descendants() if not each.is_text and each not in figures):
        yield from _named_attributes(units, node)
        if len(node.text) <= 32 and not any(not child.is_text and child.text == node.text for child in node.children):
            yield from _cells(units, node, roles, number)


def _named_attributes(units: Sequence[Unit], node: Node) -> Iterator[tuple[int, Place]]:
    for name in node.attributes:
        if name.startswith("data-") and meaning_of(name.removeprefix("data-")) is Meaning.SYMBOL:
            selector = path_to(units[0].node, node)
            cells = [_only(selector, unit) for unit in units] if selector is not None else []
            values = tuple(cell.attributes.get(name, "") if cell is not None else "" for cell in cells)
            if selector is not None and cells and _are_names(values, digits=True):
                yield 5, Place(values, selector, name)


def _cells(units: Sequence[Unit], node: Node, roles: Roles, number: int) -> Iterator[tuple[int, Place]]:
    path = path_to(units[0].node, node)
    if path is None:
        return
    cells = [_only(path, unit) for unit in units]
    values = tuple(cell.text if cell is not None else "" for cell in cells)
    headed = roles.names_symbols(list(outers(node)))
    said = headed or any(meaning_of(value) is Meaning.SYMBOL for value in _said(node))
    if not _are_names(values, digits=said):
        return
    targets = [list(outers(cell)) for cell in cells if cell is not None]
    targets = [
        [each for each in target if each is not unit.node and each.inside(unit.node)]
        for target, unit in zip(targets, units, strict=True)
    ]
    selectors = inside([unit.node for unit in units], targets)
    if selectors:
        tickers = all(_TICKER.fullmatch(value) for value in values)
        yield 2 + 3 * said + tickers + (node.tag in _HEADINGS) - min(number, 20) // 20, Place(values, selectors[0])


def _said(node: Node) -> Iterator[str]:
    for each in outers(node):
        yield from each.classes
        yield from (value for name, value in each.attributes.items() if name not in ("class", "style"))
        yield from (name.removeprefix("data-") for name in each.attributes if name.startswith("data-"))


def _only(selector: Selector, unit: Unit) -> Node | None:
    found = selector.select(unit.node)
    return found[0] if len(found) == 1 else None


def _are_names(values: Sequence[str], *, digits: bool) -> bool:
    """Whether all are symbols, each another. `digits`: also such as 7203, where a header or a name says so."""
    fine = (is_symbol(value) or (digits and re.fullmatch(r"\d{3,8}", value)) for value in values)
    return len(set(values)) == len(values) and all(fine)


def name_of(unit: Unit, outline: Outline) -> Name:
    """The symbol of a unit that stands alone: from the nearest thing that names one."""
    found = (_in_attributes(unit), _in_headings(unit), _in_ids(unit), _in_title(outline), _in_address(outline.url))
    for name in found:
        if name is not None:
            return name
    for text in (*_headings(outline.nodes[0], unit), outline.title):
        if slug := slug_of(text):
            return Name(slug, f"the text {text!r:.60}", sure=False)
    return Name("PRICE", "nothing on the page", sure=False)


def _in_attributes(unit: Unit) -> Name | None:
    for each in (unit.node, *unit.node.descendants(), *unit.node.ancestors()):
        for name, value in each.attributes.items():
            if name.startswith("data-") and meaning_of(name[5:]) is Meaning.SYMBOL and is_symbol(value):
                return Name(value, f"the attribute {name}")
    return None


def _in_headings(unit: Unit) -> Name | None:
    for node in (unit.node, *unit.node.ancestors()):
        for text in _headings(node, unit):
            if found := _ticker(text):
                return Name(found, f"the heading {text!r}")
    return None


def _in_title(outline: Outline) -> Name | None:
    found = _ticker(outline.title)
    return Name(found, f"the title {outline.title!r:.60}", sure=False) if found else None


def titles_of(units: Sequence[Unit]) -> Sequence[Node | None]:
    """A text in each unit, each another, that names it but is no symbol: `Deutsche Bank AG`. Else nothing for each."""
    texts = [[each for each in unit.node.descendants() if is_label(each) and slug_of(each.text)] for unit in units]
    for place in range(min(map(len, texts))):
        found = [each[place] for each in texts]
        if len({slug_of(each.text) for each in found}) == len(found):
            return found
    return [None] * len(units)


def slug_of(text: str) -> str:
    """A symbol made of a text: `Deutsche Bank AG` is `Deutsche-Bank-AG`."""
    slug = re.sub(r"[^A-Za-z0-9._/=^]+", "-", without_accents(text)).strip("-")[:32].strip("-")
    return slug if any(map(str.isalpha, slug)) else ""


def _headings(node: Node, unit: Unit) -> Iterator[str]:
    """Texts in an element that name it: headings, and what is called symbol. Not those of other units."""
    figures = [price.figure.node for price in unit.prices.values()]
    for each in node.descendants():
        if each.is_text or not each.text or len(each.text) > 80 or any(each.inside(figure) for figure in figures):
            continue
        called = any(meaning_of(token) is Meaning.SYMBOL for token in each.classes)
        if (each.tag in _HEADINGS or called) and not any(figure.inside(each) for figure in figures):
            yield " ".join(piece.text for piece in each.descendants() if piece.is_text)


def _ticker(text: str) -> str | None:
    if is_symbol(text) and text.upper() == text and text not in _NO_TICKERS:
        return text
    bracketed = re.search(r"\(([A-Z][A-Z0-9./=^-]{0,11})\)", text)
    found = [bracketed[1]] if bracketed else _TICKER.findall(text)
    return next((each for each in found if len(each) > 1 and each not in _NO_TICKERS and is_symbol(each)), None)


def _in_ids(unit: Unit) -> Name | None:
    """What is left of ids such as `es-ask` and `es-bid` without the price's name; or a holder's id such as `es`."""
    found = set()
    for price in unit.prices.values():
        node = price.figure.node
        said = [compound.value for rank, compound in compounds(node) if rank <= 3 and compound.value]
        rest = [
            re.sub(r"[-_ ]*(ask|bid|last|price|offer|sell|buy|px)[-_ ]*", "", value, flags=re.IGNORECASE)
            for value in said
        ]
        found.add(next((each for each in rest if is_symbol(each)), None))
    holder = unit.node.attributes.get("id", "")
    if len(found) == 1 and (only := found.pop()) is not None:
        return Name(only.upper(), "the ids of its prices")
    if (
        re.fullmatch(r"[A-Za-z]{1,6}(-[A-Za-z]{1,6})?", holder)
        and is_symbol(holder)
        and holder not in ("root", "app", "main", "board")
    ):
        return Name(holder.upper(), "the id of its box", sure=False)
    return None


def _in_address(url: str) -> Name | None:
    parts = urlsplit(url)
    last = unquote(parts.path).rstrip("/").rpartition("/")[2].partition(".htm")[0]
    said = [value for name, value in parse_qsl(parts.query) if meaning_of(name) is Meaning.SYMBOL or name in ("s", "q")]
    said += [last] * (last.upper() == last and not reads_as_price(last))
    return next((Name(value, "the page's address", sure=False) for value in said if is_symbol(value)), None)
