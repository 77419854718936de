"""The selectors of a rule's fields: those that find the price in every unit. No I/O."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tickql.producer.discover.inference.figures import Figure
from tickql.producer.discover.inference.findings import FoundField, FoundRule
from tickql.producer.discover.inference.roles import Roles
from tickql.producer.discover.inference.units import PriceFigure, Unit, common_ancestor, shape_of
from tickql.producer.discover.page.outline import Node
from tickql.producer.discover.page.vocabulary import Meaning
from tickql.producer.discover.selectors.selector import Rank, Selector
from tickql.producer.discover.selectors.selector_search import row_selector, selectors_within
from tickql.producer.feedfile.price_fields import FIELD_NAMES, FieldName


def fields_of(
    named: Mapping[str, Unit], roles: Roles, scope: Node | None = None, title: Node | None = None
) -> tuple[FoundField, ...]:
    """Return the fields of a rule for these units, by symbol: those with a selector that finds the price in every unit.

    `scope`: where the selectors start, if not at each unit. `title`: the text that identifies the unit inside `scope`.
    """
    found = (_field(name, named, roles, scope, title) for name in FIELD_NAMES)
    return tuple(each for each in found if each is not None)


def _field(
    name: FieldName, named: Mapping[str, Unit], roles: Roles, scope: Node | None, title: Node | None
) -> FoundField | None:
    prices = {symbol: unit.prices[Meaning(name)] for symbol, unit in named.items() if Meaning(name) in unit.prices}
    reads = Counter(map(_way, prices.values())).most_common(1)
    prices = {symbol: each for symbol, each in prices.items() if _way(each) == reads[0][0]}
    scopes = [scope or named[symbol].node for symbol in prices]
    targets = [_targets(each.figure, start) for each, start in zip(prices.values(), scopes, strict=True)]
    if not prices or not all(targets):
        return None
    labels = [title or roles.label_of(each.figure, each.evidence) for each in prices.values()]
    selectors = selectors_within(scopes, targets, labels if all(label is not None for label in labels) else ())
    if title is not None:
        selectors = [each for each in selectors if each.rank is Rank.LABEL]
    if not selectors:
        return None
    first = next(iter(prices.values()))
    chosen = tuple(replace(each, parts=first.figure.spot.parts) for each in _best_and_spare(selectors))
    spots = {symbol: each.figure.spot for symbol, each in prices.items()}
    found = FoundField(name, chosen, first.figure.spot.read, first.evidence, spots)
    is_row = found.read == "text" and all(each.tag == "tr" for each in scopes)
    if is_row and chosen[0].is_position and first.evidence.source == "header":
        return replace(found, header=common_header([each.figure.cell for each in prices.values()], roles))
    return found


def _way(price: PriceFigure) -> tuple[str, str | None]:
    """Return how a price is read, and what is ignored."""
    spot = price.figure.spot
    return spot.read, None if spot.label is None else spot.label.selector


def common_header(cells: Sequence[Sequence[Node]], roles: Roles) -> str | None:
    """Return the text of the header that names the column of all these cells; `None`: no single one does."""
    texts = {roles.column_name(cell) for cell in cells}
    return texts.pop() if len(texts) == 1 else None


def labelled_rule(unit: Unit, rule: FoundRule, roles: Roles, root: Node) -> FoundRule | None:
    """Return a `labelled` rule for a unit whose prices are in boxes of one shape, each with a label and a value.

    `None`: the boxes differ, or better selectors than by label exist.
    """
    if len(rule.fields) < 2 or any(each.selectors[0].rank < Rank.LABEL for each in rule.fields):
        return None
    prices = [unit.prices[Meaning(each.name)] for each in rule.fields]
    labels = [roles.label_of(each.figure, each.evidence) for each in prices]
    found = [label for label in labels if label is not None]
    if len(found) < len(prices) or len({each.figure.spot.read for each in prices}) > 1:
        return None
    boxes = [common_ancestor([each.figure.node, label]) for each, label in zip(prices, found, strict=True)]
    if len(set(boxes)) < len(boxes) or len({shape_of(box) for box in boxes}) > 1:
        return None
    box = row_selector(boxes, root, exact=False)
    label_selectors = selectors_within(
        boxes, [_label_elements(label, box) for label, box in zip(found, boxes, strict=True)]
    )
    values = selectors_within(boxes, [_targets(each.figure, box) for each, box in zip(prices, boxes, strict=True)])
    if box is None or not label_selectors or not values:
        return None
    return replace(rule, kind="labelled", rows=box, label=label_selectors[0], value=values[0])


def _targets(figure: Figure, scope: Node) -> list[Node]:
    nodes = figure.cell if figure.spot.read == "text" else [figure.node]
    return [node for node in nodes if node is not scope and node.inside(scope)]


def _label_elements(label: Node, box: Node) -> list[Node]:
    return [node for node in label.ancestors() if node.text == label.text and node is not box and node.inside(box)]


def _best_and_spare(selectors: Sequence[Selector]) -> list[Selector]:
    """Return the best selector, and one of a worse rank in case the best one stops matching.

    A selector by position is never the spare: after a change of the page it could find another price.
    """
    best, *others = selectors
    return [best, *[each for each in others if best.rank < each.rank <= Rank.LABEL][:1]]
