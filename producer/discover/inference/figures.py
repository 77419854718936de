"""The figures of an outline: places that show exactly one number, in one element or split over several. No I/O."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tickql.producer.discover.inference.notation import is_blank, is_difference, reads_as_price
from tickql.producer.discover.page.outline import Node, Outline, Spot
from tickql.producer.discover.page.vocabulary import Meaning, meaning_of

# The largest gap between two parts of one number; next to a decimal sign a small space is allowed.
_TOUCHING_PX = 3.0
_TOUCHING_DECIMALS_PX = 10.0
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
        """The elements that show this number and nothing else, from the innermost to the outermost."""
        return list(_ancestors_to(self.node, self.holder))


def _ancestors_to(node: Node, last: Node) -> Iterator[Node]:
    """Yield a node, its parent, and so on up to `last`."""
    yield node
    for each in () if node is last else node.ancestors():
        yield each
        if each is last:
            return


def figures_of(outline: Outline) -> list[Figure]:
    """Return every place whose texts all read as prices, in document order. Changes such as `+1.25` are left out."""
    readable = [spot for spot in outline.spots if _is_number(spot)]
    texts = {spot.node: spot for spot in readable if spot.read == "text"}
    split = {node for node, spot in texts.items() if _is_split_number(node, spot)}
    chosen = [
        spot
        for node, spot in texts.items()
        if (node in split or len(_digit_texts(node)) == 1) and not any(each in split for each in node.ancestors())
    ]
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
    innermost = _innermost(chosen)
    known = {spot.node: spot for spot in outline.spots if spot.read == "text"}
    beside = _with_changes_beside(innermost)
    changes = {each for spot in beside.values() for each in spot}
    return [
        Figure(spot, _holder(spot, known), spot in beside)
        for spot in sorted(innermost, key=lambda spot: order[spot.node])
        if spot not in changes
    ]


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
    shown, beside = (re.sub(r"[^0-9.,']", "", each.texts[-1]) for each in (spot, price))
    decimals = [re.search(r"[.,'][0-9]+$", text) for text in (shown, beside)]
    decimal_counts = {len(each[0]) if each is not None else 0 for each in decimals}
    return len(decimal_counts) == 1 and len(re.sub("[^0-9]", "", shown).lstrip("0")) < len(re.sub("[^0-9]", "", beside))


def _has_arrow(spot: Spot) -> bool:
    return any(map(_ARROW.match, spot.texts))


def _innermost(spots: Sequence[Spot]) -> list[Spot]:
    """Return the spots without those that only repeat the text of a spot inside them."""
    outer = {each for spot in spots for each in spot.node.ancestors()}
    return [spot for spot in spots if spot.node not in outer]


def _is_number(spot: Spot) -> bool:
    texts = [text for text in spot.texts if not is_blank(text)]
    return bool(texts) and all(map(reads_as_price, texts)) and not is_difference(texts)


def _digit_texts(node: Node) -> list[Node]:
    return [each for each in node.descendants() if each.is_text and any(map(str.isdigit, each.text))]


def _is_split_number(node: Node, spot: Spot) -> bool:
    """Return whether the texts inside an element are the parts of one number.

    The parts touch, no class of theirs names something else, and the number of decimals never changes.
    """
    parts = [each for each in node.descendants() if each.is_text]
    if len(_digit_texts(node)) < 2:
        return False
    if any(not _continues(left.text, right.text) or not _touches(left, right) for left, right in pairwise(parts)):
        return False
    meanings = (meaning_of(token) for part in parts for token in (part.parent.classes if part.parent else ()))
    texts = [text for text in spot.texts if not is_blank(text)]
    decimals = {len(text) - max(text.rfind(sign) for sign in ".,'") for text in texts}
    digits = {sum(map(str.isdigit, text)) for text in texts}
    return Meaning.OTHER not in meanings and len(decimals) == 1 and max(digits) - min(digits) <= 1


def _continues(left: str, right: str) -> bool:
    """Return whether a part can continue a number: with digits, or with the decimals of a whole number."""
    return right.isdecimal() or (left.isdecimal() and right[:1] in (".", ",", "'") and right[1:].isdecimal())


def _touches(left: Node, right: Node) -> bool:
    """Return whether two parts are in one line with no gap; a small gap is allowed next to a decimal sign."""
    gap = _TOUCHING_DECIMALS_PX if right.text[:1] in (".", ",") or left.text[:1] in (".", ",") else _TOUCHING_PX
    line = min(left.box.bottom, right.box.bottom) > max(left.box.y, right.box.y)
    return line and abs(right.box.x - left.box.right) <= gap


def _holder(spot: Spot, texts: Mapping[Node, Spot]) -> Node:
    """Return the outermost element that never showed anything else than the spot.

    An element that at times shows more is left out: the rest may be a change beside the price.
    """
    node = spot.node
    for each in node.ancestors():
        if each.text != node.text or (spot.read != "text" and len(each.elements) > 1):
            break
        if spot.read == "text" and (each not in texts or not set(texts[each].texts) <= set(spot.texts)):
            break
        node = each
    return node
