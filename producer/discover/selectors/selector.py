"""Selectors: their text in a feed file, and the elements of an outline that they match. No I/O."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from tickql.producer.discover.page.outline import Node


class Rank(IntEnum):
    """How well a selector should survive changes of the page; the lowest rank is the best."""

    TEST_ID = 1
    ID = 2
    NAME = 3
    """An accessible name."""
    ATTRIBUTE = 4
    WORD_CLASS = 5
    """A class made of words."""
    LABEL = 6
    """A place relative to the text of a label."""
    STRUCTURE = 7
    """Tags and positions only."""
    HASHED = 8
    """A generated class: the next build of the page may rename it."""


@dataclass(frozen=True, slots=True)
class Compound:
    """A compound selector of CSS: a tag, and at most one further condition."""

    tag: str = ""
    attribute: str = ""
    value: str | None = None
    class_name: str = ""
    class_part: str = ""
    """The readable part of a class such as `price__3xY9z`."""
    place: int = 0
    """`:nth-child`; 0: any."""
    not_first: bool = False
    """`:not(:first-child)`: leaves out a header row."""
    is_last: bool = False
    """`:last-child`."""

    def matches(self, node: Node) -> bool:
        """Return whether an element matches."""
        if node.is_text or (self.tag and node.tag != self.tag) or (self.place and node.place != self.place):
            return False
        if self.not_first and node.place == 1:
            return False
        if self.is_last and (node.parent is None or node.parent.elements[-1] is not node):
            return False
        if self.attribute and self.attribute not in node.attributes:
            return False
        if self.value is not None and node.attributes[self.attribute] != self.value:
            return False
        classes = node.attributes.get("class", "")
        return (not self.class_name or self.class_name in classes.split()) and (
            not self.class_part or self.class_part in classes
        )

    @property
    def css(self) -> str:
        """The selector as CSS."""
        text = self.tag
        if self.attribute == "id" and self.value is not None and re.fullmatch(r"[A-Za-z][\w-]*", self.value):
            text += f"#{self.value}"
        elif self.attribute:
            text += f"[{_escaped(self.attribute)}" + ("]" if self.value is None else f"={_quoted(self.value)}]")
        if self.class_name:
            text += f".{_escaped(self.class_name)}"
        if self.class_part:
            text += f"[class*={_quoted(self.class_part)}]"
        if self.place:
            text += f":nth-child({self.place})"
        if self.not_first:
            text += ":not(:first-child)"
        if self.is_last:
            text += ":last-child"
        return text or "*"


@dataclass(frozen=True, slots=True)
class Selector:
    """A selector in steps. Each step searches the elements that the step before found."""

    rank: Rank
    steps: tuple[tuple[bool, Compound], ...]
    """`(is_child, compound)`. `is_child`: direct children only; otherwise all descendants."""
    anchor: tuple[str, int, tuple[int, ...]] | None = None
    """The way from a label to the element, after the steps: the label's text, the number of elements up, and then the
    position of the child at each level down."""
    parts: str = ""
    """After all that: the selector of the elements inside whose texts are read together."""

    @property
    def text(self) -> str:
        """The selector as a feed file writes it."""
        css = ""
        for number, (is_child, compound) in enumerate(self.steps):
            down = ":scope > " if not number and compound.tag != "body" else " > " * bool(number)
            css += down if is_child else " " * bool(number)
            css += compound.css
        steps = [css]
        if self.anchor is not None:
            label, ups, downs = self.anchor
            steps += [f"text={_quoted(label)}", "xpath=" + "/".join([".."] * ups + [f"*[{place}]" for place in downs])]
        return " >> ".join(filter(None, [*steps, self.parts]))

    def select(self, scope: Node) -> list[Node]:
        """Return the matching elements inside `scope`, in document order."""
        found = [scope]
        for is_child, compound in self.steps:
            inside = (
                ((each for each in node.children if not each.shadow) if is_child else node.descendants())
                for node in found
            )
            found = list(dict.fromkeys(each for nodes in inside for each in nodes if compound.matches(each)))
        return found if self.anchor is None else [node for each in found for node in self._anchored(each)]

    def _anchored(self, scope: Node) -> list[Node]:
        assert self.anchor is not None
        label, ups, downs = self.anchor
        texts = [each.parent for each in scope.descendants() if each.is_text and each.text == label]
        ends = (_walk(node, ups, downs) for node in texts if node is not None and node.text == label)
        return [node for node in ends if node is not None]

    @property
    def is_position(self) -> bool:
        """Whether the selector names nothing but tags and positions."""
        return self.anchor is None and self.nameless == len(self.steps)

    @property
    def nameless(self) -> int:
        """The number of steps that name only a tag or a position."""
        return sum(not (each.attribute or each.class_name or each.class_part) for _, each in self.steps)


def _walk(node: Node, ups: int, downs: Sequence[int]) -> Node | None:
    for _ in range(ups):
        if node.parent is None:
            return None
        node = node.parent
    for place in downs:
        below = [each for each in node.elements if each.place == place]
        if not below:
            return None
        node = below[0]
    return node


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _escaped(name: str) -> str:
    text = re.sub(r"([^\w-])", r"\\\1", name)
    return f"\\3{text[0]} {text[1:]}" if text[:1].isdigit() else text
