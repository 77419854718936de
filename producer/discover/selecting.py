"""Selectors for elements of an outline, those that last first, and what each of them matches there. No I/O."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from producer.discover.outline import Node
from producer.discover.words import meaning_of

_TEST_IDS = ("data-testid", "data-test-id", "data-test", "data-cy", "data-qa")
_STATE = re.compile(
    r"(?i)^(.*[-_])?(up|down|odd|even|green|red|flash\w*|blink\w*|active|selected|hover\w*|focus\w*|positive|negative|"
    r"pos|neg|rise|fall|gain|loss|changed|changing|updated|updating|first|highlight\w*|animat\w*|enter|leave|stale|new)([-_].*)?$"
)
_MADE_UP = re.compile(r"^(css|sc|jss|emotion|svelte|jsx|astro|_|_ng\w+|data-v)-?[A-Za-z0-9]*[A-Z\d]|^sc-[A-Za-z]{4,}$")
_MODULE = re.compile(r"^(?P<named>[A-Za-z].*?(?:__|--|_|-))(?=[A-Za-z0-9+/_-]*[\dA-Z])[A-Za-z0-9+/-]{5,8}$")
_GENERATED_ID = re.compile(
    r":|\d{3,}|[0-9a-f]{8}|^(?:ember|radix|react|mui|headlessui|ext-gen|cell|row)-?\d+", re.IGNORECASE
)
_NOT_KEPT = re.compile(
    r"^(class|style|id|href|src|tabindex|value|width|height|data-v-.*|_ng.*|data-react.*|aria-label|title|"
    r"aria-(live|atomic|hidden|selected|sort|busy|expanded|rowindex)|colspan|rowspan|type|comp-id|unselectable)$"
)


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
        if self.anchor is None:
            return css + f" >> {self.pieces}" * bool(self.pieces)
        label, ups, downs = self.anchor
        path = "/".join([".."] * ups + [f"*[{place}]" for place in downs])
        steps = (css, f"text={_quoted(label)}", f"xpath={path}", self.pieces)
        return " >> ".join(filter(None, steps))

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

    def under(self, *steps: tuple[bool, Compound]) -> "Selector":
        """The same inside what other steps find."""
        return Selector(self.rank, (*steps, *self.steps), self.anchor)


def compounds(node: Node) -> Iterator[tuple[Rank, Compound]]:
    """Descriptions of one element, the best first: those that stayed while the page was watched."""
    attributes = {name: value for name, value in node.attributes.items() if name not in node.volatile}
    for name in _TEST_IDS:
        if name in attributes:
            yield Rank.TEST_ID, Compound(attribute=name, value=attributes[name])
    if attributes.get("id") and not _GENERATED_ID.search(attributes["id"]):
        yield Rank.ID, Compound(attribute="id", value=attributes["id"])
    if attributes.get("aria-label") and not any(map(str.isdigit, attributes["aria-label"])):
        yield Rank.NAME, Compound(attribute="aria-label", value=attributes["aria-label"])
    for name, value in attributes.items():
        kept = value and not _NOT_KEPT.match(name) and name not in (*_TEST_IDS, "role")
        if kept and (name.startswith("data-") or not _GENERATED_ID.search(value)):
            yield Rank.ATTRIBUTE, Compound(attribute=name, value=value)
    yield from sorted(filter(None, map(_class, node.classes)), key=lambda each: each[0])


def _class(token: str) -> tuple[Rank, Compound] | None:
    module = _MODULE.match(token)
    if module is not None and not _MADE_UP.match(token) and meaning_of(module["named"]) is not None:
        return Rank.WORD_CLASS, Compound(start=module["named"])
    if is_hashed(token):
        return Rank.HASHED, Compound(token=token)
    return None if _STATE.match(token) else (Rank.WORD_CLASS, Compound(token=token))


def is_hashed(token: str) -> bool:
    """Whether a class looks as if a program had named it."""
    if _MADE_UP.match(token):
        return True
    if meaning_of(token) is not None:
        return False
    pieces = [piece for piece in re.split(r"[-_]+", token) if len(piece) >= 5]
    mixed = any(re.search(r"\d", each) and not re.fullmatch(r"[A-Za-z]+\d{1,2}", each) for each in pieces)
    return mixed or any(4 * len(re.findall(r"[a-z][A-Z]", each)) >= len(each) for each in pieces)


def inside(
    scopes: Sequence[Node], targets: Sequence[Sequence[Node]], labels: Sequence[Node | None] = ()
) -> list[Selector]:
    """Selectors that find, in each scope, exactly one of its targets; the best first.

    `targets` are, for each scope, the elements that show the same figure; `labels` the text of its label, if any.
    """
    first, label = targets[0], labels[0] if labels else None
    found = [Selector(rank, ((False, compound),)) for node in first for rank, compound in compounds(node)]
    found += [Selector(rank, ((False, replaced),)) for rank, replaced in _with_tag(first)]
    if label is not None:
        found += [anchored for node in first if (anchored := _anchor(scopes[0], label, node))]
    found += [structure for node in first if (structure := path_to(scopes[0], node))]
    # An element inside one that has a name of its own.
    for holder in first[-1].ancestors():
        if holder is scopes[0] or not holder.inside(scopes[0]):
            break
        for rank, compound in compounds(holder):
            found += [
                Selector(max(rank, inner.rank), ((False, compound), *inner.steps), inner.anchor)
                for node in first
                for inner in _within(holder, node)
            ]
    return [each for each in _best(found) if finds(each, scopes, targets)]


def _within(holder: Node, node: Node) -> Iterator[Selector]:
    yield from (Selector(rank, ((False, compound),)) for rank, compound in compounds(node))
    path = path_to(holder, node)
    if path is not None:
        yield path


def finds(selector: Selector, scopes: Sequence[Node], targets: Sequence[Sequence[Node]]) -> bool:
    """Whether it finds one of the targets, and nothing else, in each scope."""
    for scope, wanted in zip(scopes, targets, strict=True):
        matched = selector.select(scope)
        if len(matched) != 1 or matched[0] not in wanted:
            return False
    return True


def _best(found: Iterable[Selector]) -> list[Selector]:
    by_text = {each.text: each for each in sorted(found, key=lambda each: -each.rank)}
    return sorted(by_text.values(), key=lambda each: (each.rank, len(each.steps), each.nameless, len(each.text)))


def _with_tag(nodes: Sequence[Node]) -> Iterator[tuple[Rank, Compound]]:
    for node in nodes:
        if node.tag not in ("div", "span", "td", "p", "b", "i"):
            yield Rank.STRUCTURE, Compound(tag=node.tag)


def _anchor(scope: Node, label: Node, node: Node) -> Selector | None:
    start = label.parent
    if start is None or start is scope or start.text != label.text or not start.inside(scope):
        return None
    ups, downs = 0, _places(start, node)
    while downs is None:
        if start.shadow or start.parent is None:
            return None
        start, ups = start.parent, ups + 1
        downs = _places(start, node)
        if start is scope and downs is None:
            return None
    return Selector(Rank.LABEL, (), (label.text, ups, downs)) if ups and downs else None


def _places(ancestor: Node, node: Node) -> tuple[int, ...] | None:
    """The way down to a node; `None` if it is not inside, or through a shadow root."""
    places: list[int] = []
    for each in (node, *node.ancestors()):
        if each is ancestor:
            return tuple(reversed(places))
        if each.shadow:
            return None
        places.append(each.place)
    return None


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


def path_to(scope: Node, node: Node) -> Selector | None:
    """The way from scope to a node by places; a shadow root on it is passed by a plain descent."""
    steps: list[tuple[bool, Compound]] = []
    for each in (node, *node.ancestors()):
        if each is scope:
            return Selector(Rank.STRUCTURE, tuple(reversed(steps))) if steps else None
        alone = each.parent is not None and sum(other.tag == each.tag for other in each.parent.elements) == 1
        steps.append((not each.shadow, Compound(tag=each.tag, place=0 if alone and not each.shadow else each.place)))
    return None


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _escaped(name: str) -> str:
    text = re.sub(r"([^\w-])", r"\\\1", name)
    return f"\\3{text[0]} {text[1:]}" if text[:1].isdigit() else text


def is_state(token: str) -> bool:
    """Whether a class says how something is just now (up, selected, even), not what it is."""
    return bool(_STATE.match(token))


def rows_of(rows: Sequence[Node], root: Node, *, exact: bool = True) -> Selector | None:
    """The best selector that matches all these elements of a page; `exact`: and no others."""
    own = [*_common(rows), (Rank.STRUCTURE, Compound(tag=rows[0].tag))]
    own += [(max(rank, Rank.STRUCTURE), _tagged(rows[0].tag, each)) for rank, each in own if not each.tag]
    found = [Selector(rank, ((False, compound),)) for rank, compound in own]
    shared = [node for node in rows[0].ancestors() if all(row.inside(node) for row in rows)]
    for holder in shared:
        for rank, compound in (*compounds(holder), (Rank.STRUCTURE, Compound(tag=holder.tag))):
            found += [Selector(max(rank, mine), ((False, compound), (False, each))) for mine, each in own]
            found += [Selector(max(rank, mine), ((False, compound), (True, each))) for mine, each in own]
    if all(row.place > 1 for row in rows):
        found += [_later(each) for each in found]
    wanted = set(rows)
    best: Selector | None = None
    for each in _best(found):
        matched = each.select(root)
        if wanted <= set(matched) and (len(matched) == len(wanted) or not exact):
            if best is None or len(each.select(root)) < len(best.select(root)):
                best = each
            if exact:
                break
    return best


def _common(rows: Sequence[Node]) -> list[tuple[Rank, Compound]]:
    """What all rows have: attributes with any value if the values differ, classes that are no state."""
    first = rows[0]
    found = [
        (rank, each)
        for rank, each in compounds(first)
        if all(each.matches(row) for row in rows) and not each.attribute.startswith("aria-row")
    ]
    for name, value in first.attributes.items():
        named = name.startswith("data-") or name in ("row-id", "role")
        if named and all(name in row.attributes for row in rows):
            same = all(row.attributes[name] == value for row in rows)
            found.append((Rank.ATTRIBUTE, Compound(tag=first.tag, attribute=name, value=value if same else None)))
    return found


def _later(selector: Selector) -> Selector:
    *steps, (child, compound) = selector.steps
    rank = max(selector.rank, Rank.STRUCTURE)
    return Selector(rank, (*steps, (child, replace(compound, later=True))), selector.anchor)


def _tagged(tag: str, compound: Compound) -> Compound:
    return replace(compound, tag=tag)
