"""Compiles what a GraphQL document selects of an object into a function from that object to JSON bytes.

graphql-core collects the fields (aliases, fragments, `@include`, `@skip`), so one library decides the meaning of a
document; only the execution is replaced. A property test compares the compiled bytes with the result of graphql-core.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import ReferenceType, WeakKeyDictionary, ref

from graphql import (
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    get_named_type,
    get_nullable_type,
    is_list_type,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FieldDetailsList,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from tickql.api.fanout.event_json import EventJson, GapJson, HistoryTickJson
from tickql.api.fanout.feed_file_json import (
    BoxJson,
    FeedFileEventJson,
    FeedFileJson,
    FeedFileSymbolJson,
    FieldViewJson,
    PageViewJson,
    PictureJson,
)
from tickql.api.fanout.json_source import JsonSource, Leaf, Nested, fields_of
from tickql.api.fanout.json_template import Hole, JsonTemplate
from tickql.api.fanout.page_json import PageInfoJson, TickConnectionJson, TickEdgeJson
from tickql.api.fanout.status_json import StatusJson, SymbolStatusJson

SOURCES: Mapping[str, type[JsonSource[Any]]] = {
    "Tick": EventJson,
    "HistoryTick": HistoryTickJson,
    "Gap": GapJson,
    "FeedStatus": StatusJson,
    "SymbolStatus": SymbolStatusJson,
    "TickConnection": TickConnectionJson,
    "TickEdge": TickEdgeJson,
    "PageInfo": PageInfoJson,
    "FeedFile": FeedFileJson,
    "FeedFileSymbol": FeedFileSymbolJson,
    "FeedFileEvent": FeedFileEventJson,
    "PageView": PageViewJson,
    "Picture": PictureJson,
    "FieldView": FieldViewJson,
    "Box": BoxJson,
}
"""The GraphQL types that can be compiled."""
_LEAVES = {name: fields_of(source, Leaf) for name, source in SOURCES.items()}
_NESTED = {name: fields_of(source, Nested) for name, source in SOURCES.items()}


class Uncompilable(Exception):
    """The selection cannot be compiled. graphql-core executes it instead, with the same result for the client."""


@dataclass(frozen=True)
class CompiledSelection:
    """What an operation selects of one root field.

    Equal selections are interchangeable, whatever documents they were compiled from.
    """

    response_key: bytes
    """The response key of the root field: its alias or name."""
    template: JsonTemplate
    """For one object."""
    type_name: str = "Tick"
    """The type of the object."""
    is_list: bool = False
    """Whether the root field returns a list."""

    @property
    def is_tick(self) -> bool:
        """Whether the root field returns a single tick."""
        return self.type_name == "Tick" and not self.is_list

    def root_value(self, sources: Iterable[JsonSource[Any]]) -> bytes:
        """Return the JSON of the root field: a list of the objects, or the only object if the field is no list."""
        values = b",".join(map(self.template.render, sources))
        return b"[%b]" % values if self.is_list else values


def compile_selection(info: GraphQLResolveInfo[Any]) -> CompiledSelection:
    """Compile what the running operation selects of its root field.

    Raises:
        Uncompilable: the selection uses `@defer`, or a type or field of the schema that no `JsonSource` has.
    """
    details = [FieldDetails(node, None) for node in info.field_nodes]
    returned = get_named_type(info.return_type)
    first = info.field_nodes[0]
    selection = CompiledSelection(
        (first.alias or first.name).value.encode(),
        _SelectionCompiler(info).template(returned, details),
        returned.name,
        is_list=is_list_type(get_nullable_type(info.return_type)),
    )
    return _shared(selection)


_selections: WeakKeyDictionary[CompiledSelection, ReferenceType[CompiledSelection]] = WeakKeyDictionary()
"""The selections in use. One that nobody uses any more takes no memory: clients may make as many as they like."""


def _shared(selection: CompiledSelection) -> CompiledSelection:
    """Return the first of all equal selections, so that thousands of subscribers keep one object in memory."""
    known = _selections.get(selection)
    shared = None if known is None else known()
    if shared is None:
        _selections[selection] = ref(selection)
    return shared or selection


def root_keys(info: GraphQLResolveInfo[Any]) -> list[bytes]:
    """Return the response keys of the running operation's root fields, in order."""
    return [key.encode() for key in _SelectionCompiler(info).root_keys()]


class _SelectionCompiler:
    """Walks the selection of one operation."""

    def __init__(self, info: GraphQLResolveInfo[Any]) -> None:
        self._info = info
        self._fragments = {name: FragmentDetails(definition) for name, definition in info.fragments.items()}
        given = info.variable_values
        # graphql-core gives resolvers a `VariableValues`; Strawberry replaces it by the plain dictionary of values.
        self._variables = given if isinstance(given, VariableValues) else VariableValues({}, given)

    def root_keys(self) -> list[str]:
        info = self._info
        collected = collect_fields(info.schema, self._fragments, self._variables, info.parent_type, info.operation)
        return list(collected.grouped_field_set)

    def template(self, parent: Any, details: FieldDetailsList) -> JsonTemplate:
        """Compile the fields selected of an object."""
        assert isinstance(parent, GraphQLObjectType)
        if parent.name not in SOURCES:
            raise Uncompilable(parent.name)
        info = self._info
        collected = collect_subfields(info.schema, self._fragments, self._variables, info.operation, parent, details)
        if collected.new_defer_usages:
            raise Uncompilable("@defer")
        texts, holes = list[str](), list[Hole]()
        for key, group in collected.grouped_field_set.items():
            name = group[0].node.name.value
            if name == "__typename":
                texts.append(f'"{key}":"{parent.name}"')
            else:
                texts.append(f'"{key}":%b')
                holes.append(self._hole(parent, name, group))
        return JsonTemplate(f"{{{','.join(texts)}}}".encode(), tuple(holes))

    def _hole(self, parent: GraphQLObjectType, name: str, group: FieldDetailsList) -> Hole:
        # A field that was added to the schema alone must not be served from here.
        if name in _LEAVES[parent.name]:
            return Hole(name)
        if name not in _NESTED[parent.name]:
            raise Uncompilable(f"{parent.name}.{name}")
        returned: GraphQLOutputType = parent.fields[name].type
        return Hole(name, self.template(get_named_type(returned), group))
