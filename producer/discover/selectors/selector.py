"""Selectors: how they are written in a feed file, and what each of them matches in an outline. No I/O."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from tickql.producer.discover.page.outline import Node


class Rank(IntEnum):
    """How long a selector may be expected to last, the best first."""

    TEST_ID = 1
    ID = 2
    NAME = 3
    """A role and a name."""
    ATTRIBUTE = 4
    WORD_CLASS = 5
    """A class of whole words."""
    LABEL = 6
    STRUCTURE = 7
    HASHED = 8
    """A class that the next build of the page will call otherwise."""


@dataclass(frozen=True, slots=True)
class Compound:
    """One element's description in CSS: a tag, and at most one more thing of it."""

    tag: str = ""
    attribute: str = ""
    value: str | None = None
    token: str = ""
    """A class."""
    start: str = ""
    """What is not hashed of a class such as `price__3xY9z`."""
    place: int = 0
    """`:nth-child`; 0: any."""
    later: bool = False
    """Not the first child: a header is left out."""

    def matches(self, node: Node) -> bool:
        """Whether an element is described."""
        if node.is_text or (self.tag and node.tag != self.tag) or (self.place and node.place != self.place):
            return False
        if self.later and node.place == 1:
            return False
        if self.attribute and self.attribute not in node.attributes:
            return False
        if self.value is not None and node.attributes[self.attribute] != self.value:
            return False
        tokens = node.attributes.get("class", "").split()
        return (not self.token or self.token in tokens) and (
            not self.start or self.start in node.attributes.get("class", "")
        )

    @property
    def css(self) -> str:
        """In CSS."""
        text = self.tag
        if self.attribute == "id" and self.value is not None and re.fullmatch(r"[A-Za-z][\w-]*", self.value):
            text += f"#{self.value}"
        elif self.attribute:
            text += f"[{_escaped(self.attribute)}" + ("]" if self.value is None else f"={_quoted(self.value)}]")
        if self.token:
            text += f".{_escaped(self.token)}"
        if self.start:
            text += f"[class*={_quoted(self.start)}]"
        if self.place:
            text += f":nth-child({self.place})"
        if self.later:
            text += ":not(:first-child)"
        return text or "*"


@dataclass(frozen=True, slots=True)
class Selector:
    """Steps of CSS: each inside what the step before found, or right below it (`child`)."""

    rank: Rank
    steps: tuple[tuple[bool, Compound], ...]
    """`(child, compound)`."""
    anchor: tuple[str, int, tuple[int, ...]] | None = None
    """After the steps, from the text of a label: so many elements up, then down to the n-th elements."""
    pieces: str = ""
    """After all that: those elements inside that are read together."""

    @property
    def text(self) -> str:
        """As it is written in a feed file."""
        css = ""
        for number, (child, compound) in enumerate(self.steps):
            down = ":scope > " if not number and compound.tag != "body" else " > " * bool(number)
            css += down if child else " " * bool(number)
            css += compound.css
        steps = [css]
        if self.anchor is not None:
            label, ups, downs = self.anchor
            steps += [f"text={_quoted(label)}", "xpath=" + "/".join([".."] * ups + [f"*[{place}]" for place in downs])]
        return " >> ".join(filter(None, [*steps, self.pieces]))

    def select(self, scope: Node) -> list[Node]:
        """What it matches inside an element, in the order of the page."""
        found = [scope]
        for child, compound in self.steps:
            inside = (
                ((each for each in node.children if not each.shadow) if child else node.descendants()) for node in found
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
    def nameless(self) -> int:
        """How many of its steps go by a tag or a place alone."""
        return sum(not (each.attribute or each.token or each.start) for _, each in self.steps)


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
