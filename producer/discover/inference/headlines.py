"""Headline prices: the large number of a card whose bid and ask have labels, but which has none itself. No I/O."""

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from tickql.producer.discover.inference.figures import Figure
from tickql.producer.discover.inference.notation import as_shown
from tickql.producer.discover.inference.roles import Evidence
from tickql.producer.discover.inference.units import PriceFigure, Unit
from tickql.producer.discover.page.vocabulary import Meaning

# A last price is near bid and ask; a day's high or an average may be too, but those have labels.
_MAX_DISTANCE = Decimal("0.05")
_DECIMALS = re.compile(r"[0-9][.,'][0-9]")


def add_headlines(
    units: Sequence[Unit],
    found: Sequence[tuple[Figure, Evidence | None]],
    value_of: Callable[[str], Decimal | None],
) -> list[str]:
    """Add to units with bid and ask the last price that is written larger than both. Returns a sentence about others.

    `found`: the numbers of the page with their evidence. `value_of`: the price that a text shows.
    """
    unlabelled = [figure for figure, evidence in found if evidence is None and figure.spot.changes]
    left: list[Figure] = []
    for unit in units:
        if Meaning.LAST in unit.prices or not {Meaning.ASK, Meaning.BID} <= unit.prices.keys():
            continue
        near = list(_near(unit, unlabelled, value_of))
        if len(near) == 1 and _is_largest(near[0], unit):
            evidence = Evidence(Meaning.LAST, "headline", "the number that is written larger than bid and ask")
            unit.prices[Meaning.LAST] = PriceFigure(near[0], evidence, Meaning.LAST)
        else:
            left += near
    if not left:
        return []
    samples = ", ".join(as_shown(each.spot.newest) for each in left[:3])
    return [f"numbers near bid and ask ({samples}) have no label: they are not in the file"]


def _near(unit: Unit, figures: Sequence[Figure], value_of: Callable[[str], Decimal | None]) -> Iterator[Figure]:
    sides = [value_of(unit.prices[side].figure.spot.newest) for side in (Meaning.ASK, Meaning.BID)]
    known = [each for each in sides if each is not None]
    for figure in figures:
        value = value_of(figure.spot.newest)
        is_decimal = _DECIMALS.search(as_shown(figure.spot.newest)) is not None
        if value is None or not known or not is_decimal or not figure.node.inside(unit.node):
            continue
        if all(abs(value - each) <= _MAX_DISTANCE * abs(each) for each in known):
            yield figure


def _is_largest(figure: Figure, unit: Unit) -> bool:
    """Return whether a number is written larger than the prices of a unit, by the heights of their texts."""
    return all(_height(figure) > _height(each.figure) for each in unit.prices.values())


def _height(figure: Figure) -> float:
    """Return the height of a number's text: its element may be stretched to a line or a column."""
    return max((each.box.height for each in figure.node.descendants() if each.is_text), default=0.0)
