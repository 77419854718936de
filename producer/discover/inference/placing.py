"""By which selectors the prices of units are found, written as the fields of a rule. No I/O."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tickql.producer.discover.inference.figures import Figure
from tickql.producer.discover.inference.findings import FoundField, FoundRule
from tickql.producer.discover.inference.roles import Roles
from tickql.producer.discover.inference.units import Unit, shape, smallest
from tickql.producer.discover.page.outline import Node
from tickql.producer.discover.page.vocabulary import Meaning
from tickql.producer.discover.selectors.selecting import inside, rows_of
from tickql.producer.discover.selectors.selector import Rank, Selector
from tickql.producer.feedfile.price_fields import FIELD_NAMES, FieldName


def fields_of(
    named: Mapping[str, Unit], roles: Roles, scope: Node | None = None, title: Node | None = None
) -> tuple[FoundField, ...]:
    """The fields of a rule for these units, by symbol: those for which one selector finds the price in every unit.

    `scope`: where the selectors start, if not at each unit. `title`: the text that marks the unit in it.
    """
    found = (_field(name, named, roles, scope, title) for name in FIELD_NAMES)
    return tuple(each for each in found if each is not None)


def _field(
    name: FieldName, named: Mapping[str, Unit], roles: Roles, scope: Node | None, title: Node | None
) -> FoundField | None:
    prices = {symbol: unit.prices[Meaning(name)] for symbol, unit in named.items() if Meaning(name) in unit.prices}
    reads = Counter(each.figure.spot.read for each in prices.values()).most_common(1)
    prices = {symbol: each for symbol, each in prices.items() if each.figure.spot.read == reads[0][0]}
    scopes = [scope or named[symbol].node for symbol in prices]
    targets = [_targets(each.figure, start) for each, start in zip(prices.values(), scopes, strict=True)]
    if not prices or not all(targets):
        return None
    labels = [title or roles.label_of(each.figure, each.evidence) for each in prices.values()]
    selectors = inside(scopes, targets, labels if all(label is not None for label in labels) else ())
    if title is not None:
        selectors = [each for each in selectors if each.rank is Rank.LABEL]
    if not selectors:
        return None
    first = next(iter(prices.values()))
    kept = tuple(replace(each, pieces=first.figure.spot.pieces) for each in _kept(selectors))
    spots = {symbol: each.figure.spot for symbol, each in prices.items()}
    return FoundField(name, kept, first.figure.spot.read, first.evidence, spots)


def labelled(unit: Unit, rule: FoundRule, roles: Roles, root: Node) -> FoundRule | None:
    """Boxes of one shape with a label and a value each, where nothing better names the values."""
    if len(rule.fields) < 2 or any(each.selectors[0].rank < Rank.LABEL for each in rule.fields):
        return None
    prices = [unit.prices[Meaning(each.name)] for each in rule.fields]
    labels = [roles.label_of(each.figure, each.evidence) for each in prices]
    found = [label for label in labels if label is not None]
    if len(found) < len(prices) or len({each.figure.spot.read for each in prices}) > 1:
        return None
    boxes = [smallest([each.figure.node, label]) for each, label in zip(prices, found, strict=True)]
    if len(set(boxes)) < len(boxes) or len({shape(box) for box in boxes}) > 1:
        return None
    box = rows_of(boxes, root, exact=False)
    label_selectors = inside(boxes, [_holders(label, box) for label, box in zip(found, boxes, strict=True)])
    values = inside(boxes, [_targets(each.figure, box) for each, box in zip(prices, boxes, strict=True)])
    if box is None or not label_selectors or not values:
        return None
    return replace(rule, kind="labelled", rows=box, label=label_selectors[0], value=values[0])


def _targets(figure: Figure, scope: Node) -> list[Node]:
    nodes = figure.cell if figure.spot.read == "text" else [figure.node]
    return [node for node in nodes if node is not scope and node.inside(scope)]


def _holders(label: Node, box: Node) -> list[Node]:
    return [node for node in label.ancestors() if node.text == label.text and node is not box and node.inside(box)]


def _kept(selectors: Sequence[Selector]) -> list[Selector]:
    """The best, and one of another kind in case it does not last.

    None that counts places stands in for another: when the page changes, it may find another price.
    """
    best, *others = selectors
    return [best, *[each for each in others if best.rank < each.rank <= Rank.LABEL][:1]]
