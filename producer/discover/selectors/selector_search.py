"""Search for selectors of given elements of an outline; each candidate is tried on the outline. No I/O."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from tickql.producer.discover.page.outline import Node
from tickql.producer.discover.selectors.compounds import compounds
from tickql.producer.discover.selectors.selector import Compound, Rank, Selector


def selectors_within(
    scopes: Sequence[Node], targets: Sequence[Sequence[Node]], labels: Sequence[Node | None] = ()
) -> list[Selector]:
    """Return selectors that match exactly one element in each scope, and one of its targets; the best first.

    `targets` are, for each scope, the elements that show one number; `labels` are the texts of their labels, if any.
    """
    first, label = targets[0], labels[0] if labels else None
    # Candidates come from the first scope; the last line keeps those that work in all scopes.
    found = [Selector(rank, ((False, compound),)) for node in first for rank, compound in compounds(node)]
    found += [Selector(rank, ((False, tag),)) for rank, tag in _tags(first)]
    if label is not None:
        found += [anchored for node in first if (anchored := _anchor(scopes[0], label, node))]
    found += [structure for node in first if (structure := path_to(scopes[0], node))]
    # Two steps: an ancestor that has a selector of its own, and the element inside it.
    for holder in first[-1].ancestors():
        if holder is scopes[0] or not holder.inside(scopes[0]):
            break
        for rank, compound in compounds(holder):
            found += [
                Selector(max(rank, inner.rank), ((False, compound), *inner.steps), inner.anchor)
                for node in first
                for inner in _within(holder, node)
            ]
    return [each for each in _best(found) if _finds_targets(each, scopes, targets)]


def _within(holder: Node, node: Node) -> Iterator[Selector]:
    yield from (Selector(rank, ((False, compound),)) for rank, compound in compounds(node))
    path = path_to(holder, node)
    if path is not None:
        yield path


def _finds_targets(selector: Selector, scopes: Sequence[Node], targets: Sequence[Sequence[Node]]) -> bool:
    """Return whether a selector matches exactly one element in each scope, and one of its targets."""
    for scope, wanted in zip(scopes, targets, strict=True):
        matched = selector.select(scope)
        if len(matched) != 1 or matched[0] not in wanted:
            return False
    return True


def _best(found: Iterable[Selector]) -> list[Selector]:
    by_text = {each.text: each for each in sorted(found, key=lambda each: -each.rank)}
    return sorted(by_text.values(), key=lambda each: (each.rank, len(each.steps), each.nameless, len(each.text)))


def _tags(nodes: Sequence[Node]) -> Iterator[tuple[Rank, Compound]]:
    for node in nodes:
        if node.tag not in ("div", "span", "td", "p", "b", "i"):
            yield Rank.STRUCTURE, Compound(tag=node.tag)


def _anchor(scope: Node, label: Node, node: Node) -> Selector | None:
    start = label.parent
    if start is None or start is scope or start.text != label.text or not start.inside(scope):
        return None
    ups, downs = 0, _positions(start, node)
    while downs is None:
        if start.shadow or start.parent is None:
            return None
        start, ups = start.parent, ups + 1
        downs = _positions(start, node)
        if start is scope and downs is None:
            return None
    return Selector(Rank.LABEL, (), (label.text, ups, downs)) if ups and downs else None


def _positions(ancestor: Node, node: Node) -> tuple[int, ...] | None:
    """Return the child positions from an ancestor down to a node; `None`: not inside, or behind a shadow root."""
    positions: list[int] = []
    for each in node.lineage():
        if each is ancestor:
            return tuple(reversed(positions))
        if each.shadow:
            return None
        positions.append(each.place)
    return None


def path_to(scope: Node, node: Node) -> Selector | None:
    """Return the selector by tags and positions from a scope to a node; `None`: the node is not inside.

    A shadow root on the way is crossed by a descendant step: no `>` leads through it.
    """
    steps: list[tuple[bool, Compound]] = []
    for each in node.lineage():
        if each is scope:
            return Selector(Rank.STRUCTURE, tuple(reversed(steps))) if steps else None
        alone = each.parent is not None and sum(other.tag == each.tag for other in each.parent.elements) == 1
        steps.append((not each.shadow, Compound(tag=each.tag, place=0 if alone and not each.shadow else each.place)))
    return None


def row_selector(rows: Sequence[Node], root: Node, *, exact: bool = True) -> Selector | None:
    """Return the best selector that matches all these rows; `exact`: and no other element. `None`: there is none.

    Not `exact`: of the selectors that match further elements, the one with the fewest.
    """
    own = [*_common(rows), (Rank.STRUCTURE, Compound(tag=rows[0].tag))]
    own += [(max(rank, Rank.STRUCTURE), _tagged(rows[0].tag, each)) for rank, each in own if not each.tag]
    found = [Selector(rank, ((False, compound),)) for rank, compound in own]
    shared = [node for node in rows[0].ancestors() if all(row.inside(node) for row in rows)]
    for holder in shared:
        for rank, compound in (*compounds(holder), (Rank.STRUCTURE, Compound(tag=holder.tag))):
            found += [Selector(max(rank, mine), ((False, compound), (False, each))) for mine, each in own]
            found += [Selector(max(rank, mine), ((False, compound), (True, each))) for mine, each in own]
    # A header row often has the same shape as the others.
    if all(row.place > 1 for row in rows):
        found += [_without_first_child(each) for each in found]
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
    """Return what all rows have in common: lasting attributes and classes. Where values differ, any value matches."""
    first = rows[0]
    found = [
        (rank, each)
        for rank, each in compounds(first)
        if all(each.matches(row) for row in rows) and not each.attribute.startswith("aria-row")
    ]
    for name, value in first.attributes.items():
        names_rows = name.startswith("data-") or name in ("row-id", "role")
        if names_rows and all(name in row.attributes for row in rows):
            same = all(row.attributes[name] == value for row in rows)
            found.append((Rank.ATTRIBUTE, Compound(tag=first.tag, attribute=name, value=value if same else None)))
    return found


def _without_first_child(selector: Selector) -> Selector:
    *steps, (is_child, compound) = selector.steps
    rank = max(selector.rank, Rank.STRUCTURE)
    return Selector(rank, (*steps, (is_child, replace(compound, not_first=True))), selector.anchor)


def _tagged(tag: str, compound: Compound) -> Compound:
    return replace(compound, tag=tag)
