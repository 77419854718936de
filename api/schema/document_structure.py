"""The limits of a document's structure, which hold whatever its variables are."""

from collections import Counter
from collections.abc import Iterator

from graphql import DocumentNode, FieldNode, GraphQLError, Node
from graphql.language import DirectiveNode, InlineFragmentNode, SelectionNode

from tickql.api.limits.values import Limits
from tickql.api.schema.document_cost import DocumentCost, limit_error
from tickql.feed.time_slices import pause


def structure_error(document: DocumentNode, cost: DocumentCost, limits: Limits) -> GraphQLError | None:
    """Return why a document is refused before it is validated; `None`: it is within the limits."""
    selections = directives = aliases = 0
    for node, depth, repeats in _nodes(document):
        pause()
        if depth > limits.nesting:
            return limit_error("nesting", f"more than {limits.nesting} levels", node)
        if repeats > limits.repeats:
            return limit_error("repeats", f"a field is repeated more than {limits.repeats} times", node)
        directives += isinstance(node, DirectiveNode)
        selections += isinstance(node, SelectionNode)
        if isinstance(node, FieldNode) and node.alias is not None:
            aliases += 1
            if len(node.alias.value) > limits.name_characters:
                return limit_error("name_characters", f"an alias of more than {limits.name_characters} characters")
    counts = {
        "definitions": len(document.definitions),
        "fields": selections,
        "directives": directives,
        "aliases": aliases,
    }
    for name, count in counts.items():
        if count > (most := getattr(limits, name)):
            return limit_error(name, f"{count} {name}, not up to {most}")
    for field in cost.root_fields():
        if field.leaves > limits.leaves and not field.is_introspection:
            return limit_error("leaves", f"{field.leaves} leaf fields in one root field, not up to {limits.leaves}")
    return None


def _nodes(document: DocumentNode) -> Iterator[tuple[Node, int, int]]:
    """Yield every selection and directive with the number of selection sets around it.

    The last number: how many fields of this name its selection set has so far, those of inline fragments in it
    included. 0 for what is no field.
    """
    # A stack of its own: a document may be nested deeper than Python calls may be.
    stack: list[tuple[Node, int, Counter[str]]] = [(definition, 0, Counter()) for definition in document.definitions]
    while stack:
        node, depth, names = stack.pop()
        repeats = 0
        if isinstance(node, FieldNode):
            name = (node.alias or node.name).value
            names[name] += 1
            repeats = names[name]
        yield node, depth, repeats
        for directive in getattr(node, "directives", None) or ():
            yield directive, depth, 0
        selection_set = getattr(node, "selection_set", None)
        if selection_set is not None:
            inner = names if isinstance(node, InlineFragmentNode) else Counter[str]()
            stack.extend((selection, depth + 1, inner) for selection in selection_set.selections)
