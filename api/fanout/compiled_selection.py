"""Compiles what a GraphQL document selects of `Tick` into a function from event to JSON bytes.

graphql-core collects the fields (aliases, fragments, `@include`, `@skip`), so one library decides the meaning of a
document; only the execution is replaced. A property test compares the compiled bytes with the result of graphql-core.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from graphql import GraphQLObjectType, GraphQLResolveInfo, get_named_type, get_nullable_type, is_list_type
from graphql.execution.collect_fields import (
    FieldDetails,
    FieldDetailsList,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from tickql.api.fanout.event_json import LEAVES, EventJson
from tickql.api.fanout.json_template import JsonTemplate


class Uncompilable(Exception):
    """The selection cannot be compiled. graphql-core executes it instead, with the same result for the client."""


@dataclass(frozen=True)
class CompiledSelection:
    """A compiled selection over `Tick`: an `EventEncoder` whose payloads end a `next` message of graphql-transport-ws.

    Equal selections are interchangeable, whatever documents they were compiled from.
    """

    response_key: bytes
    """The response key of the root field: its alias or name."""
    without_gap: JsonTemplate
    """For an event without a gap, as nearly all are: the field `gap` is null."""
    with_gap: JsonTemplate
    is_list: bool = False
    """Whether the root field returns a list."""
    _payload_without_gap: JsonTemplate = field(init=False, repr=False, compare=False)
    _payload_with_gap: JsonTemplate = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        before, after = self._envelope()
        object.__setattr__(self, "_payload_without_gap", self.without_gap.wrapped(before, after))
        object.__setattr__(self, "_payload_with_gap", self.with_gap.wrapped(before, after))

    def tick_value(self, event: EventJson) -> bytes:
        """Return the JSON of one `Tick`."""
        template = self.without_gap if event.event.gap is None else self.with_gap
        return template.render(event)

    def root_value(self, events: Iterable[EventJson]) -> bytes:
        """Return the JSON of the root field: a list of the events, or the only event if the field is no list."""
        values = b",".join(map(self.tick_value, events))
        return b"[%b]" % values if self.is_list else values

    def encode(self, event: EventJson) -> bytes:
        """Return the end of a `next` message, from its payload on, for a root field that is no list."""
        template = self._payload_without_gap if event.event.gap is None else self._payload_with_gap
        return template.render(event)

    def encode_many(self, events: Iterable[EventJson]) -> bytes:
        """Return the end of a `next` message for any root field: `{"data":{"board":[...]}}}`."""
        before, after = self._envelope()
        return before + self.root_value(events) + after

    def _envelope(self) -> tuple[bytes, bytes]:
        # The third brace closes the message itself.
        return b'{"data":{"%b":' % self.response_key, b"}}}"


def compile_selection(info: GraphQLResolveInfo[Any]) -> CompiledSelection:
    """Compile what the running operation selects of `Tick`.

    Raises:
        Uncompilable: the selection uses `@defer`, or a field of the schema that `EventJson` does not have.
    """
    details = [FieldDetails(node, None) for node in info.field_nodes]
    compiler = _SelectionCompiler(info)
    tick_type = get_named_type(info.return_type)
    first = info.field_nodes[0]
    selection = CompiledSelection(
        (first.alias or first.name).value.encode(),
        compiler.template(tick_type, details, gap=False),
        compiler.template(tick_type, details, gap=True),
        is_list=is_list_type(get_nullable_type(info.return_type)),
    )
    return _shared(selection)


@lru_cache(maxsize=1024)
def _shared(selection: CompiledSelection) -> CompiledSelection:
    """Return the first of all equal selections, so that thousands of subscribers keep one object in memory."""
    return selection


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

    def template(self, parent: Any, details: FieldDetailsList, *, gap: bool) -> JsonTemplate:
        attributes: list[str] = []
        return JsonTemplate(self._object(parent, details, attributes, gap).encode(), tuple(attributes))

    def _object(self, parent: Any, details: FieldDetailsList, attributes: list[str], gap: bool) -> str:
        assert isinstance(parent, GraphQLObjectType)
        info = self._info
        collected = collect_subfields(info.schema, self._fragments, self._variables, info.operation, parent, details)
        if collected.new_defer_usages:
            raise Uncompilable("@defer")
        members = (
            f'"{key}":{self._value(parent, group, attributes, gap)}'
            for key, group in collected.grouped_field_set.items()
        )
        return f"{{{','.join(members)}}}"

    def _value(self, parent: GraphQLObjectType, group: FieldDetailsList, attributes: list[str], gap: bool) -> str:
        name = group[0].node.name.value
        if name == "__typename":
            return f'"{parent.name}"'
        if name == "gap":
            return self._object(get_named_type(parent.fields["gap"].type), group, attributes, gap) if gap else "null"
        # A field that was added to the schema alone must not be served from here.
        if name not in LEAVES:
            raise Uncompilable(name)
        attributes.append(name)
        return "%b"
