"""From spots to figures: the places that show one number each, in one piece or split into several. No I/O."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tickql.producer.discover.inference.notation import is_difference, is_empty, reads_as_price
from tickql.producer.discover.page.outline import Node, Outline, Spot
from tickql.producer.discover.page.vocabulary import Meaning, meaning_of

_TOUCHING_PX = 3.0
_NEAR_PX = 10.0
_ARROW = re.compile(r"[▲▼△▽▴▾↑↓↗↘⬆⬇⇧⇩]")
_PRICED = re.compile(r"attr:(data-|aria-value|value$|content$)")


@dataclass(eq=False)
class Figure:
    """A place that shows a number, and nothing else."""

    spot: Spot
    holder: Node
    """The outermost element that shows this number and no other text: a table's cell, say."""
    beside_change: bool = False
    """Whether a number with an arrow stands beside it: that one is the change, whatever this one is called."""

    @property
    def node(self) -> Node:
        """Its element, the innermost one."""
        return self.spot.node

    @property
    def texts(self) -> tuple[str, ...]:
        """What it showed, without placeholders."""
        return tuple(text for text in self.spot.texts if not is_empty(text))

    @property
    def cell(self) -> list[Node]:
        """The elements that show it and nothing else, from the innermost to the outermost."""
        return list(chain_up(self.node, self.holder))


def chain_up(node: Node, last: Node) -> Iterator[Node]:
    """A node, its parent, and so on to `last`."""
    yield node
    for each in () if node is last else node.ancestors():
        yield each
        if each is last:
            return


def figures_of(outline: Outline) -> list[Figure]:
    """Every place whose texts all read as prices, in the order of the page. Without differences such as `+1.25`."""
    readable = [spot for spot in outline.spots if _is_number(spot)]
    texts = {spot.node: spot for spot in readable if spot.read == "text"}
    joined = {node for node, spot in texts.items() if _is_split(node, spot)}
    chosen = [
        spot
        for node, spot in texts.items()
        if (node in joined or len(_pieces(node)) == 1) and not any(each in joined for each in node.ancestors())
    ]
    # Digits that roll are all in the text all the time: the name that is read out is the price, or those that stand.
    named = {spot.node for spot in readable if spot.read == "aria" and spot.changes and spot.node not in texts}
    rolling = named | {spot.node for spot in readable if spot.read == "texts"}
    chosen = [spot for spot in chosen if rolling.isdisjoint(spot.node.lineage())]
    shown = {each for spot in chosen for each in (spot.node, *spot.node.ancestors())}
    # A number in an attribute or a name counts where no text shows one.
    taken: set[Node] = set()
    for read in ("texts", "value", "aria", "css", "attr"):
        for spot in readable:
            if spot.read.partition(":")[0] != read or spot.node in shown or spot.node in taken:
                continue
            if read == "attr" and not (spot.changes and _PRICED.match(spot.read)):
                continue
            chosen.append(spot)
            taken.add(spot.node)
    order = {node: number for number, node in enumerate(outline.nodes)}
    deepest = _innermost(chosen)
    known = {spot.node: spot for spot in outline.spots if spot.read == "text"}
    beside = _beside_changes(deepest)
    changes = {each for spot in beside.values() for each in spot}
    return [
        Figure(spot, _holder(spot, known), spot in beside)
        for spot in sorted(deepest, key=lambda spot: order[spot.node])
        if spot not in changes
    ]


def _beside_changes(spots: Sequence[Spot]) -> dict[Spot, list[Spot]]:
    """The numbers without an arrow whose siblings all have one and may be its changes, and these siblings."""
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
    """Whether a number with an arrow can be the change of a price: as many decimals, and much smaller."""
    shown, beside = (re.sub(r"[^0-9.,']", "", each.texts[-1]) for each in (spot, price))
    decimals = [re.search(r"[.,'][0-9]+$", text) for text in (shown, beside)]
    same = {len(each[0]) if each is not None else 0 for each in decimals}
    return len(same) == 1 and len(re.sub("[^0-9]", "", shown).lstrip("0")) < len(re.sub("[^0-9]", "", beside))


def _has_arrow(spot: Spot) -> bool:
    return any(map(_ARROW.match, spot.texts))


def _innermost(spots: Sequence[Spot]) -> list[Spot]:
    """Without those that only repeat what an element in them shows."""
    outer = {each for spot in spots for each in spot.node.ancestors()}
    return [spot for spot in spots if spot.node not in outer]


def _is_number(spot: Spot) -> bool:
    texts = [text for text in spot.texts if not is_empty(text)]
    return bool(texts) and all(map(reads_as_price, texts)) and not is_difference(texts)


def _pieces(node: Node) -> list[Node]:
    return [each for each in node.descendants() if each.is_text and any(map(str.isdigit, each.text))]


def _is_split(node: Node, spot: Spot) -> bool:
    """Whether the pieces of a text are one figure: they touch, none is called otherwise, decimals stay as many."""
    pieces = [each for each in node.descendants() if each.is_text]
    if len(_pieces(node)) < 2:
        return False
    if any(not _continues(left.text, right.text) or not _touches(left, right) for left, right in pairwise(pieces)):
        return False
    named = (meaning_of(token) for piece in pieces for token in (piece.parent.classes if piece.parent else ()))
    texts = [text for text in spot.texts if not is_empty(text)]
    decimals = {len(text) - max(text.rfind(sign) for sign in ".,'") for text in texts}
    digits = {sum(map(str.isdigit, text)) for text in texts}
    return Meaning.OTHER not in named and len(decimals) == 1 and max(digits) - min(digits) <= 1


def _continues(left: str, right: str) -> bool:
    """Whether a piece can go on with a figure: by digits, or by the decimals of a whole number."""
    return right.isdecimal() or (left.isdecimal() and right[:1] in (".", ",", "'") and right[1:].isdecimal())


def _touches(left: Node, right: Node) -> bool:
    """Whether two pieces stand in one line with nothing between; a space only before decimals, or last of three."""
    gap = _NEAR_PX if right.text[:1] in (".", ",") or left.text[:1] in (".", ",") else _TOUCHING_PX
    line = min(left.box.bottom, right.box.bottom) > max(left.box.y, right.box.y)
    return line and abs(right.box.x - left.box.right) <= gap


def _holder(spot: Spot, texts: Mapping[Node, Spot]) -> Node:
    """The outermost element that never showed anything else: one that does at times shows a change beside the price."""
    node = spot.node
    for each in node.ancestors():
        if each.text != node.text or (spot.read != "text" and len(each.elements) > 1):
            break
        if spot.read == "text" and (each not in texts or not set(texts[each].texts) <= set(spot.texts)):
            break
        node = each
    return node
