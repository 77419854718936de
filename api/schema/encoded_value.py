"""Values that a resolver returns as JSON: graphql-core puts them into its result as they are.

graphql-core takes some 14 us for each leaf of a list, without a pause. A compiled selection takes a fraction of that,
in slices (`tickql.feed.time_slices`).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from graphql import GraphQLResolveInfo

from tickql.api.context import Context
from tickql.api.fanout.compiled_selection import Uncompilable, compile_selection
from tickql.api.fanout.json_source import JsonSource


@dataclass(frozen=True, slots=True)
class EncodedValue:
    """The complete value of a field, as JSON."""

    json: bytes


async def encode_value(
    info: GraphQLResolveInfo[Context], source: JsonSource[Any] | Sequence[JsonSource[Any]]
) -> EncodedValue | None:
    """Encode the value of the field that is resolved, in slices. `None`: it cannot be compiled."""
    return await info.context.feed.slices.run(partial(_encode, info, source))


def _encode(
    info: GraphQLResolveInfo[Context], source: JsonSource[Any] | Sequence[JsonSource[Any]]
) -> EncodedValue | None:
    try:
        template = compile_selection(info).template
    except Uncompilable:
        return None
    return EncodedValue(template.render(source) if isinstance(source, JsonSource) else template.render_list(source))


def encode_json(data: object) -> bytes:
    """Encode a result that may hold encoded values."""
    try:
        # Otherwise orjson would take an `EncodedValue` apart, as it does with any dataclass.
        return orjson.dumps(data, default=_fragment, option=orjson.OPT_PASSTHROUGH_DATACLASS)
    except TypeError:
        # A text of a client that orjson refuses, such as half of a surrogate pair.
        return json.dumps(data, separators=(",", ":"), default=_decoded).encode()


def _fragment(value: object) -> orjson.Fragment:
    if isinstance(value, EncodedValue):
        return orjson.Fragment(value.json)
    raise TypeError(type(value))


def _decoded(value: object) -> object:
    if isinstance(value, EncodedValue):
        return orjson.loads(value.json)
    raise TypeError(type(value))
