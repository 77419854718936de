"""The rule for a table: its rows, the column of their symbols, and those of their prices. No I/O."""

from collections.abc import Mapping, Sequence
from itertools import takewhile

from tickql.producer.discover.inference.field_selectors import common_header, fields_of
from tickql.producer.discover.inference.findings import FoundField, FoundRule
from tickql.producer.discover.inference.group_symbols import GroupSymbols
from tickql.producer.discover.inference.notation import Notation
from tickql.producer.discover.inference.roles import Roles
from tickql.producer.discover.inference.units import Unit
from tickql.producer.discover.page.outline import Node
from tickql.producer.discover.selectors.selector_search import row_selector


def table_rule(
    symbols: GroupSymbols,
    named: Mapping[str, Unit],
    group: Sequence[Unit],
    notation: Notation,
    roles: Roles,
    root: Node,
) -> FoundRule | None:
    """Return the rule for the named units of a group; `None`: no selector finds its rows, or none its prices."""
    nodes = [unit.node for unit in group]
    rows = row_selector(nodes, root) or row_selector(nodes, root, exact=False)
    fields = fields_of(named, roles)
    if rows is None or not fields:
        return None
    text = f"the text of {symbols.selector.text if symbols.selector else ''}"
    source = f"the attribute {symbols.attribute}" if symbols.attribute else text
    return FoundRule(
        "table", tuple(named), source, fields, notation,
        rows=rows,
        symbol=symbols.selector,
        attribute=symbols.attribute,
        symbol_header=_symbol_header(symbols, named, fields, roles),
        safe=symbols.all_names(rows, named),
    )  # fmt: skip


def _symbol_header(
    symbols: GroupSymbols, named: Mapping[str, Unit], fields: Sequence[FoundField], roles: Roles
) -> str | None:
    """Return the header of the column with the symbols, if headers name all the others too."""
    if symbols.selector is None or not symbols.selector.is_position or symbols.attribute is not None:
        return None
    if any(each.header is None for each in fields):
        return None
    found = [node for unit in named.values() for node in symbols.selector.select(unit.node)]
    return common_header([_same_text(node) for node in found], roles)


def _same_text(node: Node) -> list[Node]:
    """Return a node and those around it that show the same text."""
    return list(takewhile(lambda each: each.text == node.text, node.lineage()))
