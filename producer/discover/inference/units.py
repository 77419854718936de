"""The units of a page: the rows, cards or boxes that hold the prices of one symbol each. No I/O."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tickql.producer.discover.inference.figures import Figure
from tickql.producer.discover.inference.notation import formats_of
from tickql.producer.discover.inference.roles import Evidence
from tickql.producer.discover.page.outline import Node
from tickql.producer.discover.page.vocabulary import Meaning, side_of
from tickql.producer.discover.selectors.compounds import is_hashed, is_state
from tickql.producer.prices.price_format import PriceFormat

# The meanings that name a single price; PRICE alone may be any of them.
_CERTAIN = (Meaning.ASK, Meaning.BID, Meaning.LAST, Meaning.BUY, Meaning.SELL)

_MIN_LIST = 6

MAX_PRICE_RATIO = 3
"""The largest ratio between two prices of one symbol. Sizes and changes differ from prices by far more."""


@dataclass(eq=False)
class PriceFigure:
    """A figure, and the evidence for which price it is."""

    figure: Figure
    evidence: Evidence
    meaning: Meaning


@dataclass(eq=False)
class Unit:
    """An element with the prices of one symbol: at most one ASK, one BID and one LAST."""

    node: Node
    prices: dict[Meaning, PriceFigure]

    @property
    def changes(self) -> int:
        """The number of price changes while the page was watched."""
        return sum(each.figure.spot.changes for each in self.prices.values())

    def texts(self) -> list[str]:
        """Return all texts that the prices showed."""
        return [text for each in self.prices.values() for text in each.figure.texts]


def price_value(text: str) -> Decimal | None:
    """Return the price of a text by the most common format that reads it; `None`: no format does."""
    names = formats_of([text])
    price = PriceFormat.from_text(names[0]).parse(text) if names else None
    return None if price is None else Decimal(price)


def units_of(priced: Sequence[PriceFigure], value_of: Callable[[str], Decimal | None] = price_value) -> list[Unit]:
    """Return the units of a page: for each symbol the largest element with at most one price of each kind.

    A number that is named only as a price is the last price, if its unit has no other last price. Invisible numbers
    count only if no number is visible. `value_of`: the price that a text shows.
    """
    visible = [each for each in priced if _is_drawn(each) or not any(_is_drawn(other) for other in priced)]
    certain = [each for each in visible if each.meaning in _CERTAIN]
    vague = [each for each in visible if each.meaning is Meaning.PRICE]
    units = _units(certain, lambda counts: all(counts[meaning] <= 1 for meaning in _CERTAIN))
    if len(certain) == 1 and certain[0].meaning is Meaning.LAST:
        _leave_list(units[0], vague)
    for unit in units:
        within = [each for each in vague if each.figure.node.inside(unit.node)]
        vague = [each for each in vague if each not in within]
        if len(within) == 1 and Meaning.LAST not in unit.prices:
            unit.prices[Meaning.LAST] = within[0]
    # Units that hold nothing but one number named as a price.
    more = _units([*certain, *vague], lambda counts: counts[Meaning.PRICE] == 1 and counts.total() == 1)
    for unit in more:
        if Meaning.PRICE in unit.prices:
            unit.prices = {Meaning.LAST: unit.prices[Meaning.PRICE]}
            units.append(unit)
    for unit in units:
        _assign_sides(unit, value_of)
        _drop_distant_last(unit, value_of)
    return [unit for unit in units if unit.prices]


def _leave_list(unit: Unit, vague: Sequence[PriceFigure]) -> None:
    """Reduce the unit of the page's only last price to the part without the prices of a list, such as an order book."""
    around = unit.prices[Meaning.LAST].figure.node.lineage()
    inside = [node for node in around if not any(each.figure.node.inside(node) for each in vague)]
    if len(vague) >= _MIN_LIST and inside:
        unit.node = inside[-1]


def _units(priced: Sequence[PriceFigure], fits: Callable[[Counter[Meaning]], bool]) -> list[Unit]:
    """Return, for each figure, the largest element around it whose counts of meanings fit."""
    counts: dict[Node, Counter[Meaning]] = defaultdict(Counter)
    for each in priced:
        for node in (each.figure.node, *each.figure.node.ancestors()):
            counts[node][each.meaning] += 1
    found: dict[Node, Unit] = {}
    for each in priced:
        largest = None
        for node in (each.figure.node, *each.figure.node.ancestors()):
            if not fits(counts[node]):
                break
            largest = node
        if largest is not None:
            found.setdefault(largest, Unit(largest, {})).prices[each.meaning] = each
    return list(found.values())


def _assign_sides(unit: Unit, value_of: Callable[[str], Decimal | None]) -> None:
    """Replace BUY and SELL by ASK and BID: the higher price is the ask. One of them alone means its usual side."""
    buy, sell = unit.prices.pop(Meaning.BUY, None), unit.prices.pop(Meaning.SELL, None)
    if buy is None and sell is None:
        return
    sides = [each for each in (buy, sell) if each is not None]
    meanings = [side_of(each.meaning, each.evidence.text) for each in sides]
    if buy is not None and sell is not None:
        values = [value_of(each.figure.spot.newest) for each in (buy, sell)]
        if None not in values and values[0] != values[1]:
            meanings = [Meaning.ASK, Meaning.BID] if values[0] > values[1] else [Meaning.BID, Meaning.ASK]  # type: ignore[operator]
    for each, meaning in zip(sides, meanings, strict=True):
        unit.prices.setdefault(meaning, each)


def _drop_distant_last(unit: Unit, value_of: Callable[[str], Decimal | None]) -> None:
    """Drop a last price that differs from ask and bid by more than `MAX_PRICE_RATIO`: it is a change or a size."""
    prices = {meaning: value_of(each.figure.spot.newest) for meaning, each in unit.prices.items()}
    last, near = prices.get(Meaning.LAST), prices.get(Meaning.ASK) or prices.get(Meaning.BID)
    if (
        last is not None
        and near is not None
        and not abs(near) / MAX_PRICE_RATIO <= abs(last) <= abs(near) * MAX_PRICE_RATIO
    ):
        del unit.prices[Meaning.LAST]


def agree_on_sides(units: Iterable[Unit]) -> None:
    """Give BUY and SELL the same side in all rows of a table: the side that most rows show."""
    units = list(units)
    words: dict[str, Counter[Meaning]] = defaultdict(Counter)
    for unit in units:
        for meaning, each in unit.prices.items():
            if each.meaning in (Meaning.BUY, Meaning.SELL):
                words[each.meaning][meaning] += 1
    for unit in units:
        for each in [each for each in unit.prices.values() if each.meaning in words]:
            wanted = words[each.meaning].most_common(1)[0][0]
            unit.prices = {meaning: other for meaning, other in unit.prices.items() if other is not each} | {
                wanted: each
            }


def _is_drawn(priced: PriceFigure) -> bool:
    return any(node.box.width * node.box.height > 0 for node in priced.figure.cell)


def group_by_shape(units: Iterable[Unit]) -> list[list[Unit]]:
    """Group units of the same shape in the same kind of place, in document order.

    A unit that has grown to a larger element than its likes, as the only row of its section, is reduced to their level.
    """
    units = list(units)
    times = Counter(_shapes(unit.node) for unit in units)
    groups: dict[tuple[object, ...], list[Unit]] = defaultdict(list)
    for unit in units:
        lowest = common_ancestor([price.figure.holder for price in unit.prices.values()])
        if times[_shapes(unit.node)] == 1 and lowest.inside(unit.node):
            levels = [node for node in (lowest, *lowest.ancestors()) if node.inside(unit.node)]
            unit.node = next((node for node in reversed(levels) if times[_shapes(node)] > 1), unit.node)
        groups[_shapes(unit.node)].append(unit)
    return list(groups.values())


def _shapes(node: Node) -> tuple[object, ...]:
    return tuple(shape_of(each) for each in (node, *node.ancestors()))


def shape_of(node: Node) -> tuple[object, ...]:
    """Return what elements of the same kind share: tag, role, and the lasting classes."""
    kept = (token for token in node.classes if not is_state(token) and not is_hashed(token))
    return node.tag, node.attributes.get("role"), tuple(sorted(kept))


def common_ancestor(nodes: Sequence[Node]) -> Node:
    """Return the smallest element that contains all of these nodes."""
    above = [node for node in (nodes[0], *nodes[0].ancestors()) if all(other.inside(node) for other in nodes)]
    return above[0]
