"""The figures of an outline: places that show exactly one number, in one element or split over several. No I/O."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tickql.producer.discover.inference.doubts import Doubt, doubt_about
from tickql.producer.discover.inference.notation import as_shown, is_blank, is_difference, reads_as_price
from tickql.producer.discover.inference.table_grid import CELLS
from tickql.producer.discover.page.outline import Node, Outline, Spot
from tickql.producer.prices.page_text import normalize, without_arrows
from tickql.producer.prices.price_format import PriceFormat

_CELL_ROLES = ("cell", "gridcell", "columnheader", "rowheader")
# The class of a number that an animation takes away: `ag-value-slide-previous`, `fade-leave-active`.
_LEAVING = re.compile(r"(?:^|[-_])(?:previous|old|leave|leaving|exit|exiting|slide-out|fade-out)(?:[-_]|$)")
_ARROW = re.compile(r"[▲▼△▽▴▾↑↓↗↘⬆⬇⇧⇩]")
# Attributes that may hold a price.
_PRICE_ATTRIBUTE = re.compile(r"attr:(data-|aria-value|value$|content$)")


@dataclass(eq=False)
class Figure:
    """A place that shows one number and nothing else."""

    spot: Spot
    holder: Node
    """The outermost element that shows this number and no other text, such as a table cell."""
    beside_change: bool = False
    """Whether a number with an arrow is beside this one: the other number is the change, so this one is the price."""
    doubt: Doubt | None = None
    """What else is shown so near that it may belong to the number; `None`: nothing."""

    @property
    def node(self) -> Node:
        """The innermost element."""
        return self.spot.node

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that the figure showed, without placeholders."""
        return tuple(text for text in self.spot.texts if not is_blank(text))

    @property
    def cell(self) -> list[Node]:
        """The elements that show this number and nothing else, from the innermost to the outermost.

        Without those inside an element that hides something else: it may show the other thing next.
        """
        path = list(_ancestors_to(self.node, self.holder))
        return [node for node in path if node.text == self.holder.text] or path[-1:]


def _ancestors_to(node: Node, last: Node) -> Iterator[Node]:
    """Yield a node, its parent, and so on up to `last`."""
    yield node
    for each in () if node is last else node.ancestors():
        yield each
        if each is last:
            return


def figures_of(outline: Outline, given_format: str | None = None) -> list[Figure]:
    """Return every place whose texts all read as prices, in document order. Changes such as `+1.25` are left out.

    `given_format`: the number format, if the user gives it.
    """
    given = None if given_format is None else PriceFormat.from_text(given_format)
    rows = _rows(outline)
    readable = [spot for spot in outline.spots if spot.node not in rows and _is_number(spot, given)]
    texts = {spot.node: spot for spot in readable if spot.read == "text"}
    chosen = [spot for node, spot in texts.items() if not _is_part(node, spot, texts)]
    # An odometer has all ten digits of each place in its text all the time. Its price is in the accessible name, or in
    # the digits that are visible (`texts`).
    named = {spot.node for spot in readable if spot.read == "aria" and spot.changes and spot.node not in texts}
    rolling = named | {spot.node for spot in readable if spot.read == "texts"}
    chosen = [spot for spot in chosen if rolling.isdisjoint(spot.node.lineage())]
    shown = {each for spot in chosen for each in (spot.node, *spot.node.ancestors())}
    # A number in an attribute, an input or an accessible name counts only where no text shows one.
    taken: set[Node] = set()
    for read in ("texts", "value", "aria", "css", "attr"):
        for spot in readable:
            if spot.read.partition(":")[0] != read or spot.node in shown or spot.node in taken:
                continue
            if read == "attr" and not (spot.changes and _PRICE_ATTRIBUTE.match(spot.read)):
                continue
            chosen.append(spot)
            taken.add(spot.node)
    order = {node: number for number, node in enumerate(outline.nodes)}
    innermost = _without_leaving(_innermost(chosen))
    known = {spot.node: spot for spot in outline.spots if spot.read == "text"}
    beside = _with_changes_beside(innermost)
    changes = {each for spot in beside.values() for each in spot}
    return [
        Figure(spot, _holder(spot, known), spot in beside, _doubt(spot, known))
        for spot in sorted(innermost, key=lambda spot: order[spot.node])
        if spot not in changes
    ]


def _rows(outline: Outline) -> set[Node]:
    """Return the elements with several cells: what stands in two cells is never one number."""
    cells: Counter[Node] = Counter()
    for node in outline.nodes:
        if node.tag in CELLS or node.attributes.get("role") in _CELL_ROLES:
            cells.update(node.ancestors())
    return {node for node, count in cells.items() if count > 1}


def _doubt(spot: Spot, known: Mapping[Node, Spot]) -> Doubt | None:
    return doubt_about(spot, known) if spot.read == "text" and not spot.is_settled else None


def _is_part(node: Node, spot: Spot, texts: Mapping[Node, Spot]) -> bool:
    """Return whether an element shows only a part of a number that an element around it shows as a whole."""
    outer = (texts[each] for each in node.ancestors() if each in texts)
    return any(_number(each.newest) != _number(spot.newest) for each in outer)


def _number(text: str) -> tuple[bool, str]:
    """Return what a number is without its decoration: whether it has a minus sign, and its digits and signs."""
    shown = without_arrows(normalize(as_shown(text)))
    return "-" in shown, re.sub(r"[^0-9.,' ]", "", shown).strip()


def _with_changes_beside(spots: Sequence[Spot]) -> dict[Spot, list[Spot]]:
    """Return each number whose siblings all have an arrow and can be its changes, with these siblings."""
    siblings: dict[Node | None, list[Spot]] = defaultdict(list)
    for spot in spots:
        siblings[spot.node.parent].append(spot)
    found = {}
    for group in siblings.values():
        plain = [spot for spot in group if not _has_arrow(spot)]
        arrowed = [spot for spot in group if spot not in plain]
        if len(plain) == 1 and arrowed and all(_is_change(spot, plain[0]) for spot in arrowed):
            found[plain[0]] = arrowed
    return found


def _is_change(spot: Spot, price: Spot) -> bool:
    """Return whether a number with an arrow can be the change of a price: the same decimals, and fewer digits."""
    shown, beside = (re.sub(r"[^0-9.,']", "", as_shown(each.newest)) for each in (spot, price))
    decimals = [re.search(r"[.,'][0-9]+$", text) for text in (shown, beside)]
    decimal_counts = {len(each[0]) if each is not None else 0 for each in decimals}
    return len(decimal_counts) == 1 and len(re.sub("[^0-9]", "", shown).lstrip("0")) < len(re.sub("[^0-9]", "", beside))


def _has_arrow(spot: Spot) -> bool:
    return any(_ARROW.match(as_shown(text)) for text in spot.texts)


def _innermost(spots: Sequence[Spot]) -> list[Spot]:
    """Return the spots without those that only repeat the text of a spot inside them."""
    outer = {each for spot in spots for each in spot.node.ancestors()}
    return [spot for spot in spots if spot.node not in outer]


def _without_leaving(spots: Sequence[Spot]) -> list[Spot]:
    """Return the spots without the number that leaves its place while a new one slides or fades in beside it."""
    leaving = {spot for spot in spots if any(map(_LEAVING.search, spot.node.attributes.get("class", "").split()))}
    replaced = {spot.node.parent for spot in spots if spot not in leaving}
    return [spot for spot in spots if spot not in leaving or spot.node.parent not in replaced]


def _is_number(spot: Spot, given: PriceFormat | None) -> bool:
    texts = [text for text in spot.texts if not is_blank(text)]
    return bool(texts) and all(reads_as_price(text, given) for text in texts) and not is_difference(texts)


def _holder(spot: Spot, texts: Mapping[Node, Spot]) -> Node:
    """Return the outermost element that never showed anything else than the spot.

    An element that at times shows more is left out: the rest may be a change beside the price.
    """
    node = spot.node
    for each in node.ancestors():
        if spot.read != "text" and (each.text != node.text or len(each.elements) > 1):
            break
        if spot.read == "text" and (each not in texts or not set(texts[each].texts) <= set(spot.texts)):
            break
        node = each
    return node
