"""The limits of a document's structure, which hold whatever its variables are."""

from collections.abc import Iterator

from graphql import DocumentNode, FieldNode, GraphQLError, Node
from graphql.language import DirectiveNode

from tickql.api.limits.values import Limits
from tickql.api.schema.document_cost import DocumentCost, limit_error


def structure_error(document: DocumentNode, cost: DocumentCost, limits: Limits) -> GraphQLError | None:
    """Return why a document is refused before it is validated; `None`: it is within the limits."""
    fields = directives = aliases = 0
    for node, depth in _nodes(document):
        if depth > limits.nesting:
            return limit_error("nesting", f"more than {limits.nesting} levels", node)
        if isinstance(node, DirectiveNode):
            directives += 1
        elif isinstance(node, FieldNode):
            fields += 1
            aliases += node.alias is not None
            if node.alias is not None and len(node.alias.value) > limits.name_characters:
                return limit_error("name_characters", f"an alias of more than {limits.name_characters} characters")
    for name, count in (("fields", fields), ("directives", directives), ("aliases", aliases)):
        if count > (most := getattr(limits, name)):
            return limit_error(name, f"{count} {name}, not up to {most}")
    for field in cost.root_fields():
        if field.leaves > limits.leaves and not field.is_introspection:
            return limit_error("leaves", f"{field.leaves} leaf fields in one root field, not up to {limits.leaves}")
    return None


def _nodes(document: DocumentNode) -> Iterator[tuple[FieldNode | DirectiveNode | Node, int]]:
    """Yield every selection and directive with the number of selection sets around it."""
    # A stack of its own: a document may be nested deeper than Python calls may be.
    stack: list[tuple[Node, int]] = [(definition, 0) for definition in document.definitions]
    while stack:
        node, depth = stack.pop()
        yield node, depth
        for directive in getattr(node, "directives", None) or ():
            yield directive, depth
        selection_set = getattr(node, "selection_set", None)
        if selection_set is not None:
            stack.extend((selection, depth + 1) for selection in selection_set.selections)
