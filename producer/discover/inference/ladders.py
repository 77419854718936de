"""Order books: lists of prices of one symbol. Only the best ask and bid are prices of a feed. No I/O."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from tickql.producer.discover.inference.findings import FoundField, FoundRule
from tickql.producer.discover.inference.notation import is_blank
from tickql.producer.discover.inference.roles import Evidence
from tickql.producer.discover.inference.units import PriceFigure, Unit, price_value
from tickql.producer.discover.page.outline import Node
from tickql.producer.discover.page.vocabulary import Meaning
from tickql.producer.discover.selectors.selector import Compound, Rank, Selector
from tickql.producer.discover.selectors.selector_search import path_to, selectors_within
from tickql.producer.feedfile.price_fields import FieldName

_MIN_ROWS = 3


@dataclass(frozen=True)
class Ladder:
    """An order book: its best ask and best bid."""

    ask: PriceFigure
    bid: PriceFigure
    rows: dict[FieldName, Node]
    """The row of each."""
    units: tuple[Unit, ...]
    """All rows of the book."""


@dataclass(frozen=True)
class _Side:
    """One list of prices, in the order of the page, as far as the rows show any at the moment."""

    rows: list[Unit]
    prices: list[PriceFigure]
    values: list[Decimal]
    ends: tuple[Unit, Unit]
    """The first and the last row of the list, whether or not they show a price at the moment."""

    @property
    def is_sorted(self) -> bool:
        """Whether each price is better, or each is worse, than the one before."""
        steps = [before < after for before, after in pairwise(self.values)]
        return len(set(self.values)) == len(self.values) and len(set(steps)) == 1

    def best(self, *, lowest: bool) -> int:
        """Return the place of the lowest or the highest price."""
        return self.values.index(min(self.values) if lowest else max(self.values))


def find_ladder(
    groups: Sequence[Sequence[Unit]], value_of: Callable[[str], Decimal | None] = price_value
) -> Ladder | None:
    """Return the order book that these rows without symbols are; `None`: they are none, or more than one.

    `groups`: rows of one shape each. `value_of`: the price that a text shows.
    """
    lists: dict[Node | None, list[Unit]] = defaultdict(list)
    for group in groups:
        for unit in group:
            lists[unit.node.parent].append(unit)
    if any(len(rows) < _MIN_ROWS for rows in lists.values()):
        return None
    sides = [side for rows in lists.values() for side in _sides(rows, value_of)]
    if len(sides) != 2 or not all(side.is_sorted for side in sides):
        return None
    bids, asks = sorted(sides, key=lambda side: max(side.values))
    if max(bids.values) > min(asks.values):
        return None
    ask, bid = asks.best(lowest=True), bids.best(lowest=False)
    # The best price stands at an end of its list: a row without a price beyond it may have a better one next.
    if asks.rows[ask] not in asks.ends or bids.rows[bid] not in bids.ends:
        return None
    rows: dict[FieldName, Node] = {"ask": asks.rows[ask].node, "bid": bids.rows[bid].node}
    return Ladder(asks.prices[ask], bids.prices[bid], rows, tuple(unit for group in groups for unit in group))


def _sides(rows: Sequence[Unit], value_of: Callable[[str], Decimal | None]) -> Iterator[_Side]:
    """Yield a list of prices for each meaning that the rows have."""
    for meaning in dict.fromkeys(meaning for unit in rows for meaning in unit.prices):
        filled = [unit for unit in rows if meaning in unit.prices and _shows_price(unit.prices[meaning])]
        prices = [unit.prices[meaning] for unit in filled]
        values = [value_of(each.figure.spot.newest) for each in prices]
        known = [value for value in values if value is not None]
        if len(known) == len(prices) >= _MIN_ROWS:
            yield _Side(filled, prices, known, (rows[0], rows[-1]))


def _shows_price(price: PriceFigure) -> bool:
    """Return whether a place shows a price at the moment: an older one says nothing about the order of the rows now."""
    return not is_blank(price.figure.spot.texts[-1])


def ladder_fields(ladder: Ladder, symbol: str, root: Node) -> tuple[FoundField, ...]:
    """Return the fields of the best ask and bid; empty: no selector leads to both of them."""
    prices: dict[FieldName, PriceFigure] = {"ask": ladder.ask, "bid": ladder.bid}
    words = {"ask": "the lowest price of the asks", "bid": "the highest price of the bids"}
    found = []
    for name, price in prices.items():
        selector = _selector(ladder.rows[name], price.figure.node, root)
        if selector is None:
            return ()
        evidence = Evidence(Meaning(name), "ladder", f"{words[name]} of an order book")
        found.append(FoundField(name, (selector,), price.figure.spot.read, evidence, {symbol: price.figure.spot}))
    return tuple(found)


def last_beside_ladder(
    rules: Sequence[FoundRule],
    ladder: Ladder,
    symbol: str,
    units: Sequence[Unit],
    value_of: Callable[[str], Decimal | None],
) -> Unit | None:
    """Return the unit with the only last price of this symbol, if it lies within the book; `None`: there is none.

    `units`: all units of the page but the book's rows.
    """
    own = [rule for rule in rules if rule.names == (symbol,) and [each.name for each in rule.fields] == ["last"]]
    if len(own) != 1 or own[0].open_fields:
        return None
    spot = own[0].fields[0].spots[symbol]
    value, book = value_of(spot.newest), [value_of(text) for unit in ladder.units for text in unit.texts()]
    known = [each for each in book if each is not None]
    if value is None or not min(known) <= value <= max(known):
        return None
    found = (unit for unit in units if Meaning.LAST in unit.prices and unit.prices[Meaning.LAST].figure.spot is spot)
    return next(found, None)


def _selector(row: Node, price: Node, root: Node) -> Selector | None:
    """Return the selector of the price in the first or last row of its list."""
    inside = path_to(row, price)
    if row.parent is None or inside is None or row.shadow:
        return None
    last = len(row.parent.elements) == row.place
    place = Compound(tag=row.tag, is_last=True) if last else Compound(tag=row.tag, place=row.place)
    for each in selectors_within([root], [[row.parent]]):
        if each.anchor is None:
            return Selector(max(each.rank, Rank.STRUCTURE), (*each.steps, (True, place), *inside.steps))
    return None
