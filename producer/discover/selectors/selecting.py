"""Finds selectors for elements of an outline, those that last first, and tries each there. No I/O."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from tickql.producer.discover.page.outline import Node
from tickql.producer.discover.selectors.describing import compounds
from tickql.producer.discover.selectors.selector import Compound, Rank, Selector


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


def path_to(scope: Node, node: Node) -> Selector | None:
    """The way from scope to a node by places; a shadow root on it is passed by a plain descent."""
    steps: list[tuple[bool, Compound]] = []
    for each in (node, *node.ancestors()):
        if each is scope:
            return Selector(Rank.STRUCTURE, tuple(reversed(steps))) if steps else None
        alone = each.parent is not None and sum(other.tag == each.tag for other in each.parent.elements) == 1
        steps.append((not each.shadow, Compound(tag=each.tag, place=0 if alone and not each.shadow else each.place)))
    return None


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
