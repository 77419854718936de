"""Copies of a unit: a marquee, a carousel or a fixed column shows a symbol and its prices again. No I/O."""

from collections.abc import Sequence

from tickql.producer.discover.inference.units import Unit, shape_of


def apart(units: Sequence[Unit]) -> tuple[list[Unit], list[Unit]]:
    """Return the units without copies, and the copies: the same shape, text and prices at each moment."""
    firsts: dict[object, Unit] = {}
    copies = []
    for unit in units:
        texts = tuple((meaning, price.figure.spot.texts) for meaning, price in unit.prices.items())
        first = firsts.setdefault((shape_of(unit.node), unit.node.text, texts), unit)
        # Without letters nothing tells that both are about one symbol.
        if first is not unit and any(map(str.isalpha, unit.node.text)):
            copies.append(unit)
    return [unit for unit in units if unit not in copies], copies


def copies_of(group: Sequence[Unit], copies: Sequence[Unit]) -> list[Unit]:
    """Return the copies of the units of a group."""
    texts = {(shape_of(unit.node), unit.node.text) for unit in group}
    return [unit for unit in copies if (shape_of(unit.node), unit.node.text) in texts]
