"""A look: what a GraphQL document wants of a tick, compiled once into a function from event to bytes.

graphql-core collects the fields (aliases, fragments, `@include`, `@skip`), so there is one authority on what a document
means; only the resolving is replaced. A test holds the compiled bytes against what graphql-core answers.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter
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


class Uncompilable(Exception):
    """A selection that goes through graphql-core instead, with the same result."""


@dataclass(frozen=True)
class Template:
    """JSON with holes (`%b`), and the leaf of `EventJson` that fills each. Equal templates are the same look."""

    text: bytes
    leaves: tuple[str, ...]
    _pieces: list[bytes] = field(init=False, repr=False, compare=False)
    """The text cut at its holes, with what filled them last in between: joining this is twice as fast as `%`."""
    _values: Callable[[EventJson], tuple[bytes, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pieces = self.text.split(b"%b")
        object.__setattr__(self, "_pieces", [piece for each in pieces for piece in (each, b"")][:-1])
        object.__setattr__(self, "_values", _getter(self.leaves))

    def fill(self, event: EventJson) -> bytes:
        """The JSON of one event."""
        self._pieces[1::2] = self._values(event)
        return b"".join(self._pieces)

    def inside(self, before: bytes, after: bytes) -> "Template":
        """The same with more around it."""
        return Template(before + self.text + after, self.leaves)


def _getter(names: tuple[str, ...]) -> Callable[[EventJson], tuple[bytes, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda event: tuple(getattr(event, name) for name in names)


@dataclass(frozen=True)
class CompiledSelection:
    """A compiled selection over `Tick`."""

    key: bytes
    """The root field's response key."""
    plain: Template
    """For an event without a gap, as nearly all are."""
    gapped: Template
    many: bool = False
    """Whether the root field answers a list."""
    _plain_tail: Template = field(init=False, repr=False, compare=False)
    _gapped_tail: Template = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        before, after = self._around()
        object.__setattr__(self, "_plain_tail", self.plain.inside(before, after))
        object.__setattr__(self, "_gapped_tail", self.gapped.inside(before, after))

    def value(self, event: EventJson) -> bytes:
        """What the root field answers for one event."""
        template = self.plain if event.event.gap is None else self.gapped
        return template.fill(event)

    def values(self, events: Iterable[EventJson]) -> bytes:
        """What the root field answers for the events of some symbols; for one event where that is no list."""
        values = b",".join(map(self.value, events))
        return b"[%b]" % values if self.many else values

    def tail(self, event: EventJson) -> bytes:
        """The rest of a `next` message, from its payload on, for a root field that answers no list."""
        template = self._plain_tail if event.event.gap is None else self._gapped_tail
        return template.fill(event)

    def tail_of(self, events: Iterable[EventJson]) -> bytes:
        """The same for any root field: `{"data":{"board":[...]}}}`."""
        before, after = self._around()
        return before + self.values(events) + after

    def _around(self) -> tuple[bytes, bytes]:
        return b'{"data":{"%b":' % self.key, b"}}}"


def compile_selection(info: GraphQLResolveInfo[Any]) -> CompiledSelection:
    """Compile what the running subscription selects of `Tick`.

    Raises:
        Uncompilable: it selects what this does not know (`@defer`, a field that was added to the schema but not here).
    """
    details = [FieldDetails(node, None) for node in info.field_nodes]
    selection = _Selection(info)
    tick_type = get_named_type(info.return_type)
    first = info.field_nodes[0]
    key = (first.alias or first.name).value.encode()
    look = CompiledSelection(
        key,
        selection.template(tick_type, details, gap=False),
        selection.template(tick_type, details, gap=True),
        many=is_list_type(get_nullable_type(info.return_type)),
    )
    return _one_of_all(look)


@lru_cache(maxsize=1024)
def _one_of_all(look: CompiledSelection) -> CompiledSelection:
    """The first of all equal looks: thousands of subscribers keep one between them."""
    return look


def root_keys(info: GraphQLResolveInfo[Any]) -> list[bytes]:
    """The response keys of the running operation's root fields, in order."""
    return [key.encode() for key in _Selection(info).root_keys()]


class _Selection:
    """Walks the selection of one operation."""

    def __init__(self, info: GraphQLResolveInfo[Any]) -> None:
        self._info = info
        self._fragments = {name: FragmentDetails(definition) for name, definition in info.fragments.items()}
        given = info.variable_values
        # Strawberry hands resolvers the values alone.
        self._variables = given if isinstance(given, VariableValues) else VariableValues({}, given)

    def root_keys(self) -> list[str]:
        """The response keys of the operation's root fields, in order."""
        info = self._info
        collected = collect_fields(info.schema, self._fragments, self._variables, info.parent_type, info.operation)
        return list(collected.grouped_field_set)

    def template(self, parent: Any, details: FieldDetailsList, *, gap: bool) -> Template:
        leaves: list[str] = []
        return Template(self._object(parent, details, leaves, gap).encode(), tuple(leaves))

    def _object(self, parent: Any, details: FieldDetailsList, leaves: list[str], gap: bool) -> str:
        assert isinstance(parent, GraphQLObjectType)
        info = self._info
        collected = collect_subfields(info.schema, self._fragments, self._variables, info.operation, parent, details)
        if collected.new_defer_usages:
            raise Uncompilable("@defer")
        members = (
            f'"{key}":{self._value(parent, group, leaves, gap)}' for key, group in collected.grouped_field_set.items()
        )
        return f"{{{','.join(members)}}}"

    def _value(self, parent: GraphQLObjectType, group: FieldDetailsList, leaves: list[str], gap: bool) -> str:
        name = group[0].node.name.value
        if name == "__typename":
            return f'"{parent.name}"'
        if name == "gap":
            return self._object(get_named_type(parent.fields["gap"].type), group, leaves, gap) if gap else "null"
        if name not in LEAVES:
            raise Uncompilable(name)
        leaves.append(name)
        return "%b"
