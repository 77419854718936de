"""Which price a figure is: told by the header above it, the label beside it, and names in the page's source. No I/O."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tickql.producer.discover.inference.figures import Figure
from tickql.producer.discover.inference.notation import is_empty, reads_as_price
from tickql.producer.discover.page.outline import Node, Outline
from tickql.producer.discover.page.vocabulary import Meaning, meaning_of

_MAX_LABEL = 40
_MIN_OVERLAP = 0.6
_LEVELS = 4
_SLACK_PX = 4.0
_NAMES_NOTHING = {
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
    """What says which price a figure is."""

    meaning: Meaning
    source: str
    """`header`, `label`, `attribute` or `class`."""
    text: str
    """The words that say it."""
    node: Node | None = None
    """The text of a label or a header."""


class Roles:
    """Looks up the evidence for the figures of one outline."""

    def __init__(self, outline: Outline, figures: Sequence[Figure]) -> None:
        self._order = {node: number for number, node in enumerate(outline.nodes)}
        self._labels = [node for node in outline.nodes if is_label(node)]
        # What is called a change or a volume in the source is no second price beside the first.
        figures = [figure for figure in figures if not _called_otherwise(figure.node)]
        self._numbers = {node for figure in figures for node in (figure.node, *figure.node.descendants())}
        self._counts: dict[Node, int] = {}
        for figure in figures:
            for each in (figure.node, *figure.node.ancestors()):
                self._counts[each] = self._counts.get(each, 0) + 1

    def of(self, figure: Figure) -> Evidence | None:
        """The best evidence; `None`: nothing says what it is."""
        header, label, named = self._header(figure), self._label(figure), self._named(figure)
        # What stands above a column counts first, then what stands beside the figure, then what only the source says.
        for shown in (header, label):
            if shown is None or shown.meaning is Meaning.SYMBOL:
                continue
            if shown.meaning is Meaning.PRICE and named is not None and named.meaning is not Meaning.OTHER:
                return named
            return shown
        return named

    def _header(self, figure: Figure) -> Evidence | None:
        """The nearest text above that is as wide as the figure's cell."""
        boxes = [node.box for node in figure.cell if node.box.width > 0]
        best, distance = None, float("inf")
        for label in self._labels:
            if not boxes or label.box.bottom > boxes[-1].y + _SLACK_PX:
                continue
            away = boxes[-1].y - label.box.bottom
            if away >= distance:
                continue
            if any(_overlap(outer.box, box) >= _MIN_OVERLAP for outer in outers(label) for box in boxes):
                best, distance = label, away
        meaning = meaning_of(best.text) if best is not None else None
        return None if best is None or meaning is None else Evidence(meaning, "header", best.text, best)

    def label_of(self, figure: Figure, evidence: Evidence) -> Node | None:
        """The text that labels this figure and no other."""
        label = evidence.node
        if label is None:
            return None
        both = next(node for node in label.lineage() if figure.node.inside(node))
        return label if self._counts.get(both) == 1 else None

    def names_symbols(self, cell: Sequence[Node]) -> bool:
        """Whether a cell stands in a column that is headed as that of the symbols."""
        boxes = [node.box for node in cell if node.box.width > 0]
        return any(
            meaning_of(label.text) is Meaning.SYMBOL and label.box.bottom <= boxes[-1].y + _SLACK_PX
            for label in self._labels
            if boxes and any(_overlap(outer.box, box) >= _MIN_OVERLAP for outer in outers(label) for box in boxes)
        )

    def _label(self, figure: Figure) -> Evidence | None:
        """The text before the figure in the smallest element that holds another text, if it stands at its side."""
        for ancestor in list(figure.holder.ancestors())[:_LEVELS]:
            found = [label for label in self._labels_in(ancestor) if not label.inside(figure.node)]
            if not found:
                continue
            here = self._order[figure.node]
            before = [label for label in found if self._order[label] < here]
            for label in (*before[::-1][:1], *(each for each in found[:1] if not before)):
                meaning = meaning_of(label.text)
                alone = len(found) == 1 and self._counts.get(ancestor) == 1
                if meaning is None or not (alone or beside(label, figure.node)) or self._between(label, figure.node):
                    continue
                return Evidence(meaning, "label", label.text, label)
            return None
        return None

    def _labels_in(self, node: Node) -> list[Node]:
        return [label for label in node.descendants() if is_label(label)]

    def _between(self, label: Node, node: Node) -> bool:
        first, last = sorted((self._order[label], self._order[node]))
        return any(first < self._order[each] < last and not each.inside(node) for each in self._numbers)

    def _named(self, figure: Figure) -> Evidence | None:
        """What attributes and classes say, of the figure's element and of those around it that hold no other number."""
        vague: Evidence | None = None
        for node in (figure.node, *figure.node.ancestors()):
            if self._counts.get(node, 1) > 1 or node.tag in ("body", "html"):
                break
            for source, said in _names(node):
                meaning = meaning_of(said)
                if figure.beside_change and node is figure.node and "change" in said.lower():
                    continue
                if meaning is Meaning.PRICE:
                    vague = vague or Evidence(meaning, source, said)
                elif meaning is not None and meaning is not Meaning.SYMBOL:
                    return Evidence(meaning, source, said)
        return vague


def is_label(node: Node) -> bool:
    """Whether a node is a short text with letters, and no number."""
    if not node.is_text or len(node.text) > _MAX_LABEL or not any(map(str.isalpha, node.text)):
        return False
    return not is_empty(node.text) and not reads_as_price(node.text)


def outers(node: Node) -> Iterator[Node]:
    """A node and the elements around it that show the same text."""
    yield node
    for each in node.ancestors():
        if each.text != node.text:
            return
        yield each


def _called_otherwise(node: Node) -> bool:
    return any(meaning_of(said) is Meaning.OTHER for _, said in _names(node))


def beside(label: Node, node: Node) -> bool:
    """Whether a label stands in the same line as a figure, or right above it."""
    a, b = label.box, node.box
    line = min(a.bottom, b.bottom) - max(a.y, b.y)
    if line > 0.4 * min(a.height, b.height):
        return True
    return a.bottom <= b.y + _SLACK_PX and min(a.right, b.right) > max(a.x, b.x)


def _names(node: Node) -> Iterator[tuple[str, str]]:
    for name, value in node.attributes.items():
        if name in _NAMES_NOTHING or name in node.volatile:
            continue
        yield "attribute", value
        if name.startswith("data-") and not value.isidentifier():
            yield "attribute", name.removeprefix("data-")
    for token in node.classes:
        # Such as `size-4` and `last-child` of style sheets: they say nothing of the number.
        if not any(map(str.isdigit, token)) and token not in ("last-child", "last-col"):
            yield "class", token


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    left, right = max(one[0], other[0]), min(one[0] + one[2], other[0] + other[2])
    return max(0.0, right - left) / (max(one[2], other[2]) or 1.0)
