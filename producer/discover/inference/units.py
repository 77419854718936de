"""From figures to units: the rows, cards or boxes that hold the prices of one symbol. No I/O."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tickql.producer.discover.inference.figures import Figure
from tickql.producer.discover.inference.notation import formats_of
from tickql.producer.discover.inference.roles import Evidence
from tickql.producer.discover.page.outline import Node
from tickql.producer.discover.page.vocabulary import Meaning, side_of
from tickql.producer.discover.selectors.describing import is_hashed, is_state
from tickql.producer.prices.price_format import PriceFormat

FIRM = (Meaning.ASK, Meaning.BID, Meaning.LAST, Meaning.BUY, Meaning.SELL)


@dataclass(eq=False)
class Priced:
    """A figure, and what says which price it is."""

    figure: Figure
    evidence: Evidence
    meaning: Meaning


@dataclass(eq=False)
class Unit:
    """An element that holds at most one ASK, one BID and one LAST: all of one symbol."""

    node: Node
    prices: dict[Meaning, Priced]

    @property
    def changes(self) -> int:
        """How often its prices changed."""
        return sum(each.figure.spot.changes for each in self.prices.values())

    def texts(self) -> list[str]:
        """All that its prices showed."""
        return [text for each in self.prices.values() for text in each.figure.texts]


def units_of(priced: Sequence[Priced]) -> list[Unit]:
    """The units of a page; prices that are called so, and no more, are last prices where nothing else is."""
    seen = [each for each in priced if _is_drawn(each) or not any(_is_drawn(other) for other in priced)]
    firm = [each for each in seen if each.meaning in FIRM]
    vague = [each for each in seen if each.meaning is Meaning.PRICE]
    units = _units(firm, lambda counts: all(counts[meaning] <= 1 for meaning in FIRM))
    for unit in units:
        within = [each for each in vague if each.figure.node.inside(unit.node)]
        vague = [each for each in vague if each not in within]
        if len(within) == 1 and Meaning.LAST not in unit.prices:
            unit.prices[Meaning.LAST] = within[0]
    counted = [*firm, *vague]
    more = _units(counted, lambda counts: counts[Meaning.PRICE] == 1 and counts.total() == 1)
    for unit in more:
        if Meaning.PRICE in unit.prices:
            unit.prices = {Meaning.LAST: unit.prices[Meaning.PRICE]}
            units.append(unit)
    for unit in units:
        _settle_sides(unit)
        _drop_far_last(unit)
    return [unit for unit in units if unit.prices]


def _units(priced: Sequence[Priced], fits: Callable[[Counter[Meaning]], bool]) -> list[Unit]:
    counts: dict[Node, Counter[Meaning]] = defaultdict(Counter)
    for each in priced:
        for node in (each.figure.node, *each.figure.node.ancestors()):
            counts[node][each.meaning] += 1
    found: dict[Node, Unit] = {}
    for each in priced:
        best = None
        for node in (each.figure.node, *each.figure.node.ancestors()):
            if not fits(counts[node]):
                break
            best = node
        if best is not None:
            found.setdefault(best, Unit(best, {})).prices[each.meaning] = each
    return list(found.values())


def _settle_sides(unit: Unit) -> None:
    """Buy and sell: the higher price is the ask. With one of them only, what is usual."""
    buy, sell = unit.prices.pop(Meaning.BUY, None), unit.prices.pop(Meaning.SELL, None)
    if buy is None and sell is None:
        return
    sides = [each for each in (buy, sell) if each is not None]
    meanings = [side_of(each.meaning, each.evidence.text) for each in sides]
    if buy is not None and sell is not None:
        level = [level_of(each.figure.texts[-1]) for each in (buy, sell)]
        if None not in level and level[0] != level[1]:
            meanings = [Meaning.ASK, Meaning.BID] if level[0] > level[1] else [Meaning.BID, Meaning.ASK]  # type: ignore[operator]
    for each, meaning in zip(sides, meanings, strict=True):
        unit.prices.setdefault(meaning, each)


def _drop_far_last(unit: Unit) -> None:
    """A last price far from ask and bid is none: a change or a size that stands in its column."""
    prices = {meaning: level_of(each.figure.texts[-1]) for meaning, each in unit.prices.items()}
    last, near = prices.get(Meaning.LAST), prices.get(Meaning.ASK) or prices.get(Meaning.BID)
    if last is not None and near is not None and not abs(near) / 3 <= abs(last) <= abs(near) * 3:
        del unit.prices[Meaning.LAST]


def agree_on_sides(units: Iterable[Unit]) -> None:
    """Rows of one table mean the same by buy and sell: what most of them show."""
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


def level_of(text: str) -> Decimal | None:
    """About how high a price is; `None`: it reads as none."""
    names = formats_of([text])
    price = PriceFormat.from_text(names[0]).parse(text) if names else None
    return None if price is None else Decimal(price)


def _is_drawn(priced: Priced) -> bool:
    return any(node.box.width * node.box.height > 0 for node in priced.figure.cell)


def alike(units: Iterable[Unit]) -> list[list[Unit]]:
    """Units of the same shape in the same kind of place, in the order of the page.

    One that is alone in a larger element, as the only row of a section, is brought down to the level of its like.
    """
    units = list(units)
    times = Counter(_kind(unit.node) for unit in units)
    groups: dict[tuple[object, ...], list[Unit]] = defaultdict(list)
    for unit in units:
        lowest = smallest([price.figure.holder for price in unit.prices.values()])
        if times[_kind(unit.node)] == 1 and lowest.inside(unit.node):
            levels = [node for node in (lowest, *lowest.ancestors()) if node.inside(unit.node)]
            unit.node = next((node for node in reversed(levels) if times[_kind(node)] > 1), unit.node)
        groups[_kind(unit.node)].append(unit)
    return list(groups.values())


def _kind(node: Node) -> tuple[object, ...]:
    return tuple(shape(each) for each in (node, *node.ancestors()))


def shape(node: Node) -> tuple[object, ...]:
    """What elements of the same kind have in common."""
    kept = (token for token in node.classes if not is_state(token) and not is_hashed(token))
    return node.tag, node.attributes.get("role"), tuple(sorted(kept))


def smallest(nodes: Sequence[Node]) -> Node:
    """The smallest element that holds all of these."""
    above = [node for node in (nodes[0], *nodes[0].ancestors()) if all(other.inside(node) for other in nodes)]
    return above[0]
