"""A page as the collector tells of it: its elements, and the spots in it that show digits. No I/O."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, Self

import orjson


class Box(NamedTuple):
    """Where something is drawn, in CSS pixels of the window."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height


@dataclass(eq=False)
class Node:
    """An element, or a piece of text (`tag` is `#text`). Equal only to itself."""

    tag: str
    place: int
    """Its number among the elements of its parent, from 1; 0 for a text."""
    shadow: bool
    """Whether it stands in its parent's shadow root or slot: no `>` and no XPath leads to it."""
    box: Box
    attributes: dict[str, str]
    volatile: frozenset[str]
    """Attributes (`name`) and classes (`class token`) that did not stay while the page was watched."""
    parent: "Node | None" = field(default=None, repr=False)
    children: list["Node"] = field(default_factory=list, repr=False)

    @property
    def is_text(self) -> bool:
        """Whether it is a text, not an element."""
        return self.tag == "#text"

    @cached_property
    def text(self) -> str:
        """What is seen of it, as the observer reads it: pieces trimmed, nothing between them."""
        return self.attributes["text"] if self.is_text else "".join(child.text for child in self.children)

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Its classes, without those that came or went."""
        return tuple(
            token for token in self.attributes.get("class", "").split() if f"class {token}" not in self.volatile
        )

    @property
    def elements(self) -> list["Node"]:
        """Its children without texts."""
        return [child for child in self.children if not child.is_text]

    def ancestors(self) -> Iterator["Node"]:
        """Its parent, and so on up to the document's element."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def lineage(self) -> Iterator["Node"]:
        """Itself, its parent, and so on."""
        yield self
        yield from self.ancestors()

    def descendants(self) -> Iterator["Node"]:
        """Everything in it, in the order of the page."""
        for child in self.children:
            yield child
            yield from child.descendants()

    def inside(self, other: "Node") -> bool:
        """Whether it is in `other`, or `other` itself."""
        return self is other or any(each is other for each in self.ancestors())


@dataclass(eq=False)
class Spot:
    """A place that shows digits: an element and how it is read (`read` of a feed file)."""

    id: int
    node: Node
    read: str
    pieces: str
    """With `texts`: the selector of the pieces in it that are read; else empty."""
    changes: int
    texts: tuple[str, ...]
    """Different texts that it showed, the newest last."""


@dataclass(frozen=True)
class Outline:
    """One frame of a page at one moment, and what was seen in it so far."""

    url: str
    title: str
    lang: str
    top: bool
    seconds: float
    """How long it was watched."""
    changes: int
    password: bool
    """Whether it asks for a password."""
    canvases: int
    """Larger drawings, whose texts nobody can read."""
    closed: bool
    """Whether it has components that may hide what is in them: closed shadow roots."""
    others: tuple[str, ...]
    """Texts without digits that changed."""
    nodes: tuple[Node, ...]
    spots: tuple[Spot, ...]

    @classmethod
    def decode(cls, report: str | bytes) -> Self:
        """Read what the collector's `report` returns."""
        told: dict[str, Any] = orjson.loads(report)
        nodes: list[Node] = []
        for parent, tag, place, shadow, box, attributes, volatile in told["nodes"]:
            node = Node(tag, place, shadow, Box(*box), attributes, frozenset(volatile))
            if parent >= 0:
                node.parent = nodes[parent]
                nodes[parent].children.append(node)
            nodes.append(node)
        spots = tuple(
            Spot(number, nodes[index], *_read(read), changes, tuple(texts))
            for number, index, read, changes, texts in told["spots"]
        )
        names = ("url", "title", "lang", "top", "seconds", "changes", "password", "canvases", "closed")
        return cls(
            **{name: told[name] for name in names},
            others=tuple(told["others"]),
            nodes=tuple(nodes),
            spots=spots,
        )


def _read(told: str) -> tuple[str, str]:
    """How a spot is read, and the pieces in it."""
    read, _, pieces = told.partition(" ")
    return read, pieces
