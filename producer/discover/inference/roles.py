"""The role of a figure: evidence from the header above, the label beside, and names in the page's source. No I/O."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tickql.producer.discover.inference.figures import Figure
from tickql.producer.discover.inference.headers import TableHeaders, header_text
from tickql.producer.discover.inference.notation import is_blank, reads_as_price
from tickql.producer.discover.inference.sized_prices import is_before_size, side_before_size
from tickql.producer.discover.inference.symbol_text import changing_elements
from tickql.producer.discover.page.outline import Node, Outline
from tickql.producer.discover.page.vocabulary import Meaning, meaning_of, words_of

_MAX_LABEL_CHARACTERS = 40
# A quantity such as `1.2M` or `3 min`: a text that stands in for a number, not a label.
_QUANTITY = re.compile(r"[^\w]*[0-9][0-9.,:'/ ]*[A-Za-z%]{0,3}")
# How much of the wider one a header and a cell must share horizontally.
_MIN_OVERLAP = 0.6
# How many elements around a figure are searched for its label.
_LABEL_LEVELS = 4
# How far a header may reach into the row below.
_SLACK_PX = 4.0
# Attributes whose values do not name the content.
_WITHOUT_MEANING = {
    "class",
    "style",
    "href",
    "src",
    "type",
    "tabindex",
    "role",
    "lang",
    "dir",
    "width",
    "height",
    "align",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The reason to take a figure for a price of some kind."""

    meaning: Meaning
    source: str
    """`header`, `label`, `attribute`, `class`, or `guess`."""
    text: str
    """The text of the header or label, or the name in the page's source."""
    node: Node | None = None
    """The text node of a header or label."""


class Roles:
    """Finds the evidence for the figures of one outline."""

    def __init__(self, outline: Outline, figures: Sequence[Figure]) -> None:
        self._order = {node: number for number, node in enumerate(outline.nodes)}
        self.changing = changing_elements(outline)
        """The elements with a number that has changed."""
        self._headers = TableHeaders()
        self._labels = [node for node in outline.nodes if is_label(node)]
        # A number that the source names as a change or a volume does not compete with a price for a label.
        figures = [figure for figure in figures if not is_named_other(figure.node)]
        self._numbers = {node for figure in figures for node in (figure.node, *figure.node.descendants())}
        self._counts: dict[Node, int] = {}
        for figure in figures:
            for each in (figure.node, *figure.node.ancestors()):
                self._counts[each] = self._counts.get(each, 0) + 1

    def evidence_for(self, figure: Figure) -> Evidence | None:
        """Return the best evidence for a figure; `None`: there is none.

        The header of the column counts first, then the label beside the figure, then names in the source.
        """
        if (own := figure.spot.label) is not None and (meaning := meaning_of(own.text)) is not None:
            return Evidence(meaning, "label", own.text)
        if is_before_size(figure.node) and (sized := self._sized(figure.node)) is not None:
            return sized
        column = self._headers.above(figure.cell)
        header = _evidence("header", column) if column is not None else self._header(figure)
        if header is not None and header.meaning is Meaning.SYMBOL and column is not None:
            return header
        label, named = self._label(figure), self._source_name(figure)
        for shown in (header, label):
            if shown is None or shown.meaning is Meaning.SYMBOL:
                continue
            # A name in the source may be more exact than a header that only reads "Price".
            if shown.meaning is Meaning.PRICE and named is not None and named.meaning is not Meaning.OTHER:
                return named
            return shown
        return named

    def _sized(self, node: Node) -> Evidence | None:
        """Return the side of a price before a size, from the header above their cell; `None`: none names both."""
        cell = [each for each in node.ancestors() if node.parent is not None and each.text == node.parent.text]
        header = self._headers.above([node]) or self._above(cell)
        side = None if header is None else side_before_size(header.text)
        return None if side is None or header is None else Evidence(side, "header", header.text, header)

    def _header(self, figure: Figure) -> Evidence | None:
        return _evidence("header", self._above(figure.cell))

    def _above(self, cell: Sequence[Node]) -> Node | None:
        """Return the nearest text above whose element is about as wide as a cell; `None`: there is none."""
        boxes = [node.box for node in cell if node.box.width > 0]
        nearest, distance = None, float("inf")
        for label in self._labels:
            if not boxes or label.box.bottom > boxes[-1].y + _SLACK_PX:
                continue
            gap = boxes[-1].y - label.box.bottom
            if gap >= distance:
                continue
            if any(_overlap(outer.box, box) >= _MIN_OVERLAP for outer in same_text_elements(label) for box in boxes):
                nearest, distance = label, gap
        return nearest

    def label_of(self, figure: Figure, evidence: Evidence) -> Node | None:
        """Return the text node that labels this figure and no other; `None`: there is none."""
        label = evidence.node
        if label is None or not label.is_text:
            return None
        both = next(node for node in label.lineage() if figure.node.inside(node))
        return label if self._counts.get(both) == 1 else None

    def column_name(self, cell: Sequence[Node]) -> str | None:
        """Return the text of the one header that names the column of a table cell; `None`: there is no such header.

        `cell`: the elements that show one text, innermost first; the table cell must be one of them.
        """
        return self._headers.unique_text(cell)

    def symbol_header(self, cell: Sequence[Node]) -> str | None:
        """Return the header of a cell's column if it means "symbol"; `None`: it does not, or there is none."""
        column = self._headers.above(cell)
        if column is not None:
            return header_text(column) if meaning_of(header_text(column)) is Meaning.SYMBOL else None
        boxes = [node.box for node in cell if node.box.width > 0]
        for label in self._labels:
            if not boxes or meaning_of(label.text) is not Meaning.SYMBOL or label.box.bottom > boxes[-1].y + _SLACK_PX:
                continue
            if any(_overlap(outer.box, box) >= _MIN_OVERLAP for outer in same_text_elements(label) for box in boxes):
                return label.text
        return None

    def _label(self, figure: Figure) -> Evidence | None:
        """Return the label before the figure in the smallest element with both, if the label is beside the figure."""
        for ancestor in list(figure.holder.ancestors())[:_LABEL_LEVELS]:
            found = [label for label in self._labels_in(ancestor) if not label.inside(figure.node)]
            if not found:
                continue
            here = self._order[figure.node]
            before = [label for label in found if self._order[label] < here]
            for label in (*before[::-1][:1], *(each for each in found[:1] if not before)):
                meaning = meaning_of(label.text)
                is_alone = len(found) == 1 and self._counts.get(ancestor) == 1
                if (
                    meaning is None
                    or not (is_alone or _is_beside(label, figure.node))
                    or self._between(label, figure.node)
                ):
                    continue
                return Evidence(meaning, "label", label.text, label)
            # The nearest element with a label decides: a label further away belongs to another number.
            return None
        return None

    def _labels_in(self, node: Node) -> list[Node]:
        return [label for label in node.descendants() if is_label(label)]

    def _between(self, label: Node, node: Node) -> bool:
        first, last = sorted((self._order[label], self._order[node]))
        return any(first < self._order[each] < last and not each.inside(node) for each in self._numbers)

    def _source_name(self, figure: Figure) -> Evidence | None:
        """Return what attributes and classes name: of the figure's element, and of ancestors without another number."""
        vague: Evidence | None = None
        for node in (figure.node, *figure.node.ancestors()):
            if self._counts.get(node, 1) > 1 or node.tag in ("body", "html"):
                break
            for source, name in _source_names(node):
                meaning = meaning_of(name)
                # A class such as `change` on the price itself: the number beside it is the change.
                if figure.beside_change and node is figure.node and "change" in name.lower():
                    continue
                if meaning is Meaning.PRICE:
                    vague = vague or Evidence(meaning, source, name)
                elif meaning is not None and meaning is not Meaning.SYMBOL:
                    return Evidence(meaning, source, name)
        return vague


def is_label(node: Node) -> bool:
    """Return whether a node is a short text with letters that is not a number."""
    if not node.is_text or len(node.text) > _MAX_LABEL_CHARACTERS or not any(map(str.isalpha, node.text)):
        return False
    return not is_blank(node.text) and not reads_as_price(node.text) and not _QUANTITY.fullmatch(node.text)


def _evidence(source: str, shown: Node | None) -> Evidence | None:
    text = "" if shown is None else shown.text if shown.is_text else header_text(shown)
    meaning = meaning_of(text)
    if meaning is None or shown is None:
        return None
    # The header's text node, as for all labels; a header without a text stands for itself.
    texts = [each for each in (shown, *shown.descendants()) if each.is_text]
    return Evidence(meaning, source, text, texts[0] if texts else shown)


def same_text_elements(node: Node) -> Iterator[Node]:
    """Yield a node and its ancestors that show the same text."""
    yield node
    for each in node.ancestors():
        if each.text != node.text:
            return
        yield each


def is_named_other(node: Node) -> bool:
    """Return whether attributes or classes of an element name something else than a price, such as a size."""
    return any(meaning_of(name) is Meaning.OTHER for _, name in _source_names(node))


def _is_beside(label: Node, node: Node) -> bool:
    """Return whether a label is in the same line as a figure, or right above it."""
    a, b = label.box, node.box
    line = min(a.bottom, b.bottom) - max(a.y, b.y)
    if line > 0.4 * min(a.height, b.height):
        return True
    return a.bottom <= b.y + _SLACK_PX and min(a.right, b.right) > max(a.x, b.x)


def _source_names(node: Node) -> Iterator[tuple[str, str]]:
    for name, value in node.attributes.items():
        if name in _WITHOUT_MEANING or name in node.volatile:
            continue
        yield "attribute", value
        if name.startswith("data-") and not value.isidentifier():
            yield "attribute", name.removeprefix("data-")
    for token in node.classes:
        # `size-4`, `last-child` and `stockPosition` come from style sheets: they do not name the number.
        is_layout = token in ("last-child", "last-col") or "position" in words_of(token)
        if not is_layout and not any(map(str.isdigit, token)):
            yield "class", token


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    left, right = max(one[0], other[0]), min(one[0] + one[2], other[0] + other[2])
    return max(0.0, right - left) / (max(one[2], other[2]) or 1.0)
