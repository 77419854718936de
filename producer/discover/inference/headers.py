"""The header of a table's column, by the structure of the table. No I/O."""

from collections.abc import Iterator, Sequence

from tickql.producer.discover.page.outline import Node

# The attributes that name an element which shows no text.
_SPOKEN = ("aria-label", "title", "alt")
_MAX_SPAN = 100


class TableHeaders:
    """The headers of all `<table>` elements of one outline."""

    def __init__(self) -> None:
        self._rows: dict[Node, list[list[Node]]] = {}

    def above(self, cell: Sequence[Node]) -> Node | None:
        """Return the header cell above a table cell, given as the elements that show one text, innermost first.

        `None`: the cell is in no table, or its column has no header.
        """
        own = next((node for inner in cell[:1] for node in inner.lineage() if node.tag in ("td", "th")), None)
        row = own.parent if own is not None else None
        table = next((node for node in row.ancestors() if node.tag == "table"), None) if row is not None else None
        if own is None or row is None or table is None:
            return None
        if table not in self._rows:
            self._rows[table] = list(_header_rows(table))
        place = _columns(row).index(own)
        for columns in reversed(self._rows[table]):
            if own not in columns and place < len(columns) and header_text(columns[place]):
                return columns[place]
        return None


def header_text(header: Node) -> str:
    """Return the text of a header. A header that shows no text may have a `title` or a label for screen readers."""
    if header.text:
        return " ".join(each.text for each in header.descendants() if each.is_text) or header.text
    named = (each.attributes.get(name, "") for each in (header, *header.descendants()) for name in _SPOKEN)
    return next(filter(None, named), "")


def _header_rows(table: Node) -> Iterator[list[Node]]:
    for row in (node for node in table.descendants() if node.tag == "tr"):
        columns = _columns(row)
        in_head = any(each.tag == "thead" for each in row.ancestors() if each.inside(table))
        if in_head or (len(columns) > 1 and all(each.tag == "th" for each in columns)):
            yield columns


def _columns(row: Node) -> list[Node]:
    """Return the cells of a row, each as often as it has columns."""
    cells = [each for each in row.elements if each.tag in ("td", "th")]
    return [each for each in cells for _ in range(_span(each))]


def _span(cell: Node) -> int:
    given = cell.attributes.get("colspan", "1")
    return min(int(given), _MAX_SPAN) if given.isdecimal() and int(given) else 1
