"""The cost of a document: for each root field the number of its items, times its leaves, summed up.

The items are symbols, or the ticks of a page. The cost is known before execution. `@include` and `@skip` do not change
it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import DocumentNode, FieldNode, GraphQLError, Node, OperationDefinitionNode, SelectionSetNode
from graphql.language import FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode
from graphql.utilities import value_from_ast_untyped

from tickql.api.limits.values import Limits
from tickql.api.schema.arguments import DEFAULT_PAGE_TICKS, MAX_PAGE_TICKS
from tickql.feed.time_slices import pause

_SCHEMA_ITEMS = 100
"""Items of an introspection field: about as many types and fields as the schema has."""


def limit_error(limit: str, problem: str, node: Node | None = None) -> GraphQLError:
    """Return the error of an operation that goes beyond a limit. `problem`: what the document has, and the limit."""
    extensions = {"code": "LIMIT_EXCEEDED", "limit": limit}
    return GraphQLError(f"the operation is refused: {problem}", nodes=node, extensions=extensions)


@dataclass(frozen=True, slots=True)
class RootField:
    """A root field of an operation. `leaves`: how many leaf fields it selects, fragments expanded."""

    node: FieldNode
    leaves: int

    @property
    def is_introspection(self) -> bool:
        """Whether it asks for the schema itself."""
        return self.node.name.value.startswith("__")

    def items(self, variables: Mapping[str, Any], known_symbols: int) -> int:
        """Return how many items the answer or each event may have. `known_symbols`: how many symbols there are."""
        given = dict(variables)
        arguments = {each.name.value: value_from_ast_untyped(each.value, given) for each in self.node.arguments or ()}
        match self.node.name.value:
            case "history":
                sizes = [size for key in ("first", "last") if isinstance(size := arguments.get(key), int)]
                return max(1, min(sizes[0] if sizes else DEFAULT_PAGE_TICKS, MAX_PAGE_TICKS))
            case "board" | "lastPrices":
                symbols = arguments.get("symbols")
                return len(symbols) if isinstance(symbols, list) else 1 if symbols else max(1, known_symbols)
            case "symbols" | "feedStatus" | "feedFiles" | "pageView":
                return max(1, known_symbols)
            case "__schema":
                return _SCHEMA_ITEMS
        return 1


class DocumentCost:
    """The root fields of a document with their leaves, counted once."""

    def __init__(self, document: DocumentNode) -> None:
        self._operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self._leaves: dict[str, int] = {}
        """The leaves of each fragment that was counted. 0 while it is being counted: validation refuses a cycle."""
        self._roots: dict[str | None, list[RootField]] = {}
        for operation in self._operations:
            self._roots[operation.name.value if operation.name else None] = [
                RootField(node, self._leaves_of(node.selection_set) or 1)
                for node in self._fields(operation.selection_set, set())
            ]

    def root_fields(self) -> Iterator[RootField]:
        """Yield the root fields of all operations."""
        for fields in self._roots.values():
            yield from fields

    def of(
        self, operation_name: str | None, variables: Mapping[str, Any], known_symbols: int
    ) -> dict[OperationDefinitionNode, int]:
        """Return the cost of the operation of that name; `None`: of every operation."""
        costs = {}
        for operation in self._operations:
            name = operation.name.value if operation.name else None
            if operation_name in (None, name):
                given = {**_defaults(operation), **variables}
                costs[operation] = sum(f.items(given, known_symbols) * f.leaves for f in self._roots[name])
        return costs

    def error(
        self, operation_name: str | None, variables: Mapping[str, Any], known_symbols: int, limits: Limits
    ) -> GraphQLError | None:
        """Return why an operation of this document is refused; `None`: its cost is within the limit."""
        allowed = max(limits.cost, limits.cost_for_each_symbol * known_symbols)
        for operation, cost in self.of(operation_name, variables, known_symbols).items():
            if cost > allowed:
                return limit_error("cost", f"its cost is {cost}, not up to {allowed}", operation)
        return None

    def _fields(self, selections: SelectionSetNode, seen: set[str]) -> Iterator[FieldNode]:
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                yield selection
            elif isinstance(selection, InlineFragmentNode):
                yield from self._fields(selection.selection_set, seen)
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
                # graphql-core, too, uses each fragment once for one object.
                seen.add(selection.name.value)
                if fragment := self._fragments.get(selection.name.value):
                    yield from self._fields(fragment.selection_set, seen)

    def _leaves_of(self, selections: SelectionSetNode | None) -> int:
        """Return how many leaf fields are selected. A field without selections is one itself."""
        if selections is None:
            return 0
        leaves = 0
        pause()
        for selection in selections.selections:
            if isinstance(selection, FragmentSpreadNode):
                leaves += self._fragment_leaves(selection.name.value)
            elif isinstance(selection, FieldNode | InlineFragmentNode):
                inner = self._leaves_of(selection.selection_set)
                leaves += inner or isinstance(selection, FieldNode)
        return leaves

    def _fragment_leaves(self, name: str) -> int:
        if name not in self._leaves:
            self._leaves[name] = 0
            fragment = self._fragments.get(name)
            self._leaves[name] = 0 if fragment is None else self._leaves_of(fragment.selection_set)
        return self._leaves[name]


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    return {
        each.variable.name.value: value_from_ast_untyped(each.default_value)
        for each in operation.variable_definitions or ()
        if each.default_value is not None
    }
