"""The header of a table's column, by the structure of the table. No I/O."""

import re
from collections.abc import Sequence

from tickql.producer.discover.inference.table_grid import CELLS, cells_of, grid_of, table_of
from tickql.producer.discover.page.outline import Node

# What shows in a header how the table is sorted.
_SORTED = re.compile("^[▲▼△▽▴▾▵▿↑↓↕⇅⇵⬆⬇⬍]+|[:▲▼△▽▴▾▵▿↑↓↕⇅⇵⬆⬇⬍]+$")
# The attributes that name an element which shows no text.
_SPOKEN = ("aria-label", "title", "alt")
# How much of the narrower one a header and a cell of its column share horizontally.
_MIN_SHARED = 0.5


class TableHeaders:
    """The headers of all `<table>` elements of one outline."""

    def __init__(self) -> None:
        self._tables: dict[Node, _Table] = {}

    def above(self, cell: Sequence[Node]) -> Node | None:
        """Return the header cell above a table cell, given as the elements that show one text, innermost first.

        `None`: the cell is in no table, its column has no header, or the page does not show the header above the cell.
        """
        own = next((node for inner in cell[:1] for node in inner.lineage() if node.tag in CELLS), None)
        row = own.parent if own is not None else None
        table = table_of(row) if row is not None else None
        if own is None or row is None or table is None:
            return None
        if table not in self._tables:
            self._tables[table] = _Table(table)
        header = self._tables[table].header(own, row)
        return header if header is not None and _is_in_line(header, own) else None

    def unique_text(self, cell: Sequence[Node]) -> str | None:
        """Return the text of the header above a table cell, which names its column for as long as the page streams.

        `None`: there is none, several headers of the table have this text, or the cell shows more than `cell` shows.
        """
        header = self.above(cell)
        own = next((node for node in cell if node.tag in CELLS), None)
        if header is None or own is None:
            return None
        text = " ".join(header_text(header).split())
        table = table_of(own)
        return text if table is not None and self._tables[table].texts.count(_comparable(text)) == 1 else None


class _Table:
    def __init__(self, table: Node) -> None:
        self._grid = grid_of(table)
        self._order = {row: number for number, row in enumerate(self._grid)}
        self._header_rows = [row for row in reversed(self._grid) if _is_header_row(row)]
        headers = dict.fromkeys(each for row in self._header_rows for each in self._grid[row].values())
        self.texts = [_comparable(header_text(each)) for each in headers]
        """The texts of all headers, as the producer compares them."""

    def header(self, own: Node, row: Node) -> Node | None:
        """Return the nearest header with a text in the column of a cell; `None`: there is none."""
        place = next((column for column, each in self._grid.get(row, {}).items() if each is own), None)
        if place is None:
            return None
        for other in self._header_rows:
            found = self._grid[other].get(place)
            # A header between two parts of a table is about the rows below it.
            is_above = _is_in_head(other) or self._order[other] < self._order[row]
            if is_above and found is not None and own not in self._grid[other].values() and header_text(found):
                return found
        return None


def header_text(header: Node) -> str:
    """Return the text of a header. A header that shows no text may have a `title` or a label for screen readers."""
    if header.text:
        return " ".join(each.text for each in header.descendants() if each.is_text) or header.text
    named = (each.attributes.get(name, "") for each in (header, *header.descendants()) for name in _SPOKEN)
    return next(filter(None, named), "")


def _comparable(text: str) -> str:
    """Return a header as the producer compares it (see `columns.js`)."""
    return _SORTED.sub("", "".join(text.split())).lower()


def _is_in_head(row: Node) -> bool:
    return row.parent is not None and row.parent.tag == "thead"


def _is_header_row(row: Node) -> bool:
    """Return whether a row is in the table's head, or has headers only, and more than one column."""
    cells = cells_of(row)
    is_wide = len(cells) > 1 or any(each.attributes.get("colspan", "1") != "1" for each in cells)
    return _is_in_head(row) or (is_wide and all(each.tag == "th" for each in cells))


def _is_in_line(header: Node, cell: Node) -> bool:
    """Return whether a header and a cell share a part of their width, as far as the page shows both."""
    a, b = header.box, cell.box
    shared = min(a.right, b.right) - max(a.x, b.x)
    return min(a.width, b.width) <= 0 or shared >= _MIN_SHARED * min(a.width, b.width)
