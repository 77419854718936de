"""The cells of a `<table>` by column: a cell covers `colspan` columns and `rowspan` rows. No I/O."""

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from tickql.producer.discover.page.outline import Node

CELLS = ("td", "th")
_NUMBER = re.compile(r"\s*\+?([0-9]{1,5})")
_MAX_COLUMNS = 100
_ALL_ROWS = 100_000

Columns = dict[int, Node]
"""The cell in each column of one row, by the number of the column, from 0. A cell may begin in a row above."""


def table_of(node: Node) -> Node | None:
    """Return the innermost table around a node; `None`: it is in no table."""
    return next((each for each in node.ancestors() if each.tag == "table"), None)


def grid_of(table: Node) -> dict[Node, Columns]:
    """Return the rows of a table, without those of tables inside it, in document order.

    Empty columns: the outline leaves out rows beside this one, so that it is unknown which cells reach into it.
    """
    rows = [node for node in table.descendants() if node.tag == "tr" and table_of(node) is table]
    sections: dict[Node | None, list[Node]] = defaultdict(list)
    for row in rows:
        sections[row.parent].append(row)
    found = {row: columns for section in sections.values() for row, columns in _lay_out(section).items()}
    return {row: found[row] for row in rows}


def cells_of(row: Node) -> list[Node]:
    """Return the cells that begin in a row."""
    return [each for each in row.elements if each.tag in CELLS]


def _lay_out(rows: Sequence[Node]) -> dict[Node, Columns]:
    """Return the columns of the rows of one section: no cell reaches beyond its section."""
    has_gaps = any(after.place != before.place + 1 for before, after in pairwise(rows))
    if has_gaps and any(_rows_of(cell) > 1 for row in rows for cell in cells_of(row)):
        return {row: {} for row in rows}
    found: dict[Node, Columns] = {}
    reaching: dict[int, tuple[Node, int]] = {}
    for row in rows:
        below = {column: (cell, left - 1) for column, (cell, left) in reaching.items() if left > 1}
        found[row] = {column: cell for column, (cell, _) in reaching.items()}
        place = 0
        for cell in cells_of(row):
            while place in found[row]:
                place += 1
            for column in range(place, place + _columns_of(cell)):
                found[row][column] = cell
                if _rows_of(cell) > 1:
                    below[column] = (cell, _rows_of(cell) - 1)
        reaching = below
    return found


def _columns_of(cell: Node) -> int:
    return min(_span(cell, "colspan") or 1, _MAX_COLUMNS)


def _rows_of(cell: Node) -> int:
    """Return the number of rows that a cell covers: 0 in the page means all that follow in its section."""
    return _span(cell, "rowspan") or _ALL_ROWS


def _span(cell: Node, name: str) -> int:
    found = _NUMBER.match(cell.attributes.get(name, ""))
    return int(found[1]) if found is not None else 1
