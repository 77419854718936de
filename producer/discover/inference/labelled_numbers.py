"""Numbers in pieces that share one element with their label, as `SELL 1.08 42 6` on a tile of currencies. No I/O.

No element holds the number alone. The label is then a part to be ignored (`ignore` in a feed file).
"""

from collections.abc import Sequence
from dataclasses import replace

from tickql.producer.discover.inference.notation import reads_as_price
from tickql.producer.discover.page.outline import Label, Node, Outline, Spot
from tickql.producer.discover.page.vocabulary import Meaning, meaning_of
from tickql.producer.discover.selectors.compounds import compounds
from tickql.producer.discover.selectors.selector import Compound, Rank, Selector

_PRICES = (Meaning.ASK, Meaning.BID, Meaning.LAST, Meaning.PRICE, Meaning.BUY, Meaning.SELL)
_MIN_PARTS = 2


def without_labels(outline: Outline) -> Outline:
    """Return the outline with such numbers as their elements show them without the label."""
    return replace(outline, spots=tuple(_without_label(spot) for spot in outline.spots))


def _without_label(spot: Spot) -> Spot:
    if spot.read != "text":
        return spot
    parts = spot.node.elements
    labels = [each for each in parts if _is_label(each)]
    numbers = [each for each in parts if each not in labels]
    is_all = all(each in parts for each in spot.node.children)
    if len(labels) != 1 or len(numbers) < _MIN_PARTS or not is_all or not all(map(_is_number, numbers)):
        return spot
    selector = _selector(labels[0], numbers)
    if selector is None:
        return spot
    found = replace(spot, label=Label(selector, labels[0].text))
    texts = tuple(found.as_read(text) for text in spot.texts)
    return replace(found, texts=texts) if all(map(reads_as_price, texts)) else spot


def _is_label(node: Node) -> bool:
    return meaning_of(node.text) in _PRICES and not any(map(str.isdigit, node.text))


def _is_number(node: Node) -> bool:
    return bool(node.text) and not any(map(str.isalpha, node.text))


def _selector(label: Node, others: Sequence[Node]) -> str | None:
    """Return a selector that matches the label and none of the other parts; `None`: there is none."""
    found = [*compounds(label), (Rank.STRUCTURE, Compound(tag=label.tag))]
    fits = (compound for _, compound in found if not any(compound.matches(each) for each in others))
    best = next(fits, None)
    return None if best is None else Selector(Rank.STRUCTURE, ((False, best),)).text
