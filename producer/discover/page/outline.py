"""The outline of one frame, as the collector reports it: its elements, and the spots that show digits. No I/O."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, Self

import orjson

_MARKER = re.compile("\x1f..")
# What stands between the pieces of a seen text, and before a first piece that is not plain.
_SEPARATOR, _FIRST = "\x1f", "\x1f0"
# Prices that move at random make few runs of 6 or more changes in one direction; an animation makes nothing else.
_MIN_FRAMES = 12
_ANIMATED_PART = 0.7


class Box(NamedTuple):
    """A rectangle in CSS pixels of the window."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height


@dataclass(eq=False)
class Node:
    """An element, or a text node (`tag` is `#text`). Equal only to itself."""

    tag: str
    place: int
    """The position among the elements of the parent, from 1; 0: a text node."""
    shadow: bool
    """Whether the node is in its parent's shadow root or slot: no `>` and no XPath leads to it."""
    box: Box
    attributes: dict[str, str]
    volatile: frozenset[str]
    """Attributes (`name`) and classes (`class token`) that changed while the page was watched."""
    parent: "Node | None" = field(default=None, repr=False)
    children: list["Node"] = field(default_factory=list, repr=False)

    @property
    def is_text(self) -> bool:
        """Whether this is a text node."""
        return self.tag == "#text"

    @cached_property
    def text(self) -> str:
        """The visible text as the observer reads it: the trimmed texts inside, joined without a separator."""
        return self.attributes["text"] if self.is_text else "".join(child.text for child in self.children)

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The classes, without those that changed while the page was watched."""
        return tuple(
            token for token in self.attributes.get("class", "").split() if f"class {token}" not in self.volatile
        )

    @property
    def elements(self) -> list["Node"]:
        """The children without text nodes."""
        return [child for child in self.children if not child.is_text]

    def ancestors(self) -> Iterator["Node"]:
        """Yield the parent, its parent, and so on up to the document element."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def lineage(self) -> Iterator["Node"]:
        """Yield the node itself, then its ancestors."""
        yield self
        yield from self.ancestors()

    def descendants(self) -> Iterator["Node"]:
        """Yield all nodes inside, in document order."""
        for child in self.children:
            yield child
            yield from child.descendants()

    def inside(self, other: "Node") -> bool:
        """Return whether the node is `other` or inside it."""
        return self is other or any(each is other for each in self.ancestors())


class Label(NamedTuple):
    """The label of a number in one element with it: a part of the element that is to be ignored."""

    selector: str
    """The selector of the label, from the element."""
    text: str


@dataclass(eq=False)
class Spot:
    """A place that shows digits: an element, and the way to read it (`read` in a feed file)."""

    id: int
    node: Node
    read: str
    parts: str
    """With `texts`: the selector of the parts inside that are read; otherwise empty."""
    changes: int
    texts: tuple[str, ...]
    """The different texts that the spot has shown, the newest last."""
    frames: int = 0
    """How many of the changes belong to runs at the rate of frames, all up or all down: an animation."""
    is_settled: bool = False
    """Whether the texts are one of several ways to read what the page shows, and not its own."""
    label: Label | None = None
    """With it, the texts are without this label; `None`: they are all that the element shows."""

    def as_read(self, text: str) -> str:
        """Return a text of the element without the label, as the observer reads it."""
        if self.label is None:
            return text
        first, *others = text.removeprefix(_FIRST).split(_SEPARATOR)
        pieces = [f"0{'' if text.startswith(_FIRST) else '='}{first}", *others]
        kept = [each for each in pieces if each[2:].strip() != self.label.text]
        head = f"{_FIRST}{kept[0][1:]}".removeprefix(f"{_FIRST}=") if kept else ""
        return _SEPARATOR.join([head, *kept[1:]])

    @property
    def newest(self) -> str:
        """The newest text with a digit, which is what the spot is about: the page may show a dash at the moment."""
        with_digits = (text for text in reversed(self.texts) if any(map(str.isdigit, _MARKER.sub("", text))))
        return next(with_digits, self.texts[-1])

    @property
    def is_animated(self) -> bool:
        """Whether the spot counts up or down to each new value: the texts in between are no prices."""
        return self.frames >= _MIN_FRAMES and self.frames >= _ANIMATED_PART * self.changes


@dataclass(frozen=True)
class Outline:
    """One frame of a page at one moment, and its changes up to then."""

    url: str
    title: str
    lang: str
    is_top: bool
    """Whether the frame is the page itself."""
    seconds: float
    """How long the frame has been watched."""
    changes: int
    asks_password: bool
    canvases: int
    """The number of larger canvases: text drawn on them cannot be read."""
    has_closed_roots: bool
    """Whether the frame may have closed shadow roots."""
    other_texts: tuple[str, ...]
    """Texts without digits that changed."""
    long_texts: tuple[str, ...]
    """The beginnings of texts with digits that changed, and are too long to be prices."""
    nodes: tuple[Node, ...]
    spots: tuple[Spot, ...]

    @classmethod
    def decode(cls, report: str | bytes) -> Self:
        """Decode what `report` of the collector returns."""
        data: dict[str, Any] = orjson.loads(report)
        nodes: list[Node] = []
        states = frozenset(f"class {token}" for token in data["states"])
        for parent, tag, place, shadow, box, attributes, volatile in data["nodes"]:
            node = Node(tag, place, shadow, Box(*box), attributes, states.union(volatile))
            if parent >= 0:
                node.parent = nodes[parent]
                nodes[parent].children.append(node)
            nodes.append(node)
        spots = tuple(
            Spot(number, nodes[index], *_read_and_parts(read), changes, tuple(texts), frames)
            for number, index, read, changes, texts, frames in data["spots"]
        )
        same = ("url", "title", "lang", "seconds", "changes", "canvases")
        return cls(
            **{name: data[name] for name in same},
            is_top=data["top"],
            asks_password=data["password"],
            has_closed_roots=data["closed"],
            other_texts=tuple(data["others"]),
            long_texts=tuple(data["longs"]),
            nodes=tuple(nodes),
            spots=spots,
        )


def _read_and_parts(how: str) -> tuple[str, str]:
    """Split `texts SELECTOR` into the way to read a spot and the selector of its parts."""
    read, _, parts = how.partition(" ")
    return read, parts
