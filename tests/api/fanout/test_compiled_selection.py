"""A compiled selection gives exactly the result of graphql-core for the same document."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from graphql import (
    ExecutionResult,
    GraphQLObjectType,
    GraphQLResolveInfo,
    parse,
    subscribe,
    validate,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.conftest import RunningApi
from tests.support.market import Market
from tests.support.selections import CORE, selections
from tickql.api.fanout.compiled_selection import SOURCES, CompiledSelection, compile_selection
from tickql.api.fanout.event_json import EventJson
from tickql.api.fanout.json_source import JsonSource, Leaf, Nested, fields_of
from tickql.api.fanout.result_encoder import Framing, result_encoder
from tickql.api.fanout.status_json import StatusJson
from tickql.api.schema.status import FeedStatus
from tickql.api.schema.tick import Tick
from tickql.api.traffic import Transport
from tickql.feed import health
from tickql.feed.tick import Cursor, Event, Gap, GapReason
from tickql.feed.tick import Tick as FeedTick

_symbols = st.text("ABCxyz09._-/=^:", min_size=1, max_size=32)
_prices = st.none() | st.decimals(-(10**9), 10**9, places=5).map(lambda price: format(price, "f"))
_cursors = st.builds(Cursor, _symbols, st.integers(1, 2**41), st.integers(0, 2**50))
_times = st.integers(0, 4_000_000_000_000_000)
_ticks = st.builds(FeedTick, _cursors, _prices, _prices, _prices, _times, _times)
_gaps = st.builds(Gap, st.none() | _cursors, st.sampled_from(GapReason), st.none() | st.integers(0, 2**50))
_events = st.builds(Event, _ticks, st.integers(0, 2**31 - 1), st.none() | _gaps)
_states = st.sampled_from(health.FeedState)
_reasons = st.none() | st.text()
_healths = st.builds(health.SymbolHealth, st.text(), _states, _reasons, _times, st.none() | _times)
_statuses = st.builds(health.FeedStatus, _states, _reasons, _times, st.lists(_healths, max_size=4).map(tuple))


@st.composite
def _documents(draw: st.DrawFn, field: str, type_name: str) -> str:
    alias = draw(st.sampled_from(["", "prices: "]))
    used = "__typename @include(if: $yes) @skip(if: $no)"
    document = (
        "subscription ($yes: Boolean!, $no: Boolean = false) "
        f"{{ {alias}{field} {{ ... {draw(selections(type_name))} {used} }} }} "
    )
    if type_name != "Tick":
        return document
    return (
        document.replace(used, f"{used} ...Prices")
        + "fragment Prices on Tick { ask bid spread ...Place } "
        + "fragment Place on Tick { cursor again: seq gap { lost } }"
    )


async def _executed(document: str, field_name: str, value: Any) -> tuple[Any, CompiledSelection]:
    """Return the result of graphql-core for one value, and the selection that was compiled meanwhile."""
    selections: list[CompiledSelection] = []
    field = CORE.subscription_type.fields[field_name]  # type: ignore[union-attr]

    async def one(_: Any, info: GraphQLResolveInfo[Any], **__: Any) -> AsyncIterator[Any]:
        selections.append(compile_selection(info))

        async def values() -> AsyncIterator[Any]:
            yield value

        return values()

    before, field.subscribe = field.subscribe, one
    try:
        results: Any = subscribe(CORE, parse(document), variable_values={"yes": True})
        if asyncio.iscoroutine(results):
            results = await results
        assert not isinstance(results, ExecutionResult), results
        result = await anext(results)
    finally:
        field.subscribe = before
    assert result.errors is None
    return result.data, selections[0]


def _check(document: str, field_name: str, value: Any, encode: Callable[[CompiledSelection], bytes]) -> None:
    assert validate(CORE, parse(document)) == []
    data, selection = asyncio.run(_executed(document, field_name, value))
    assert json.loads(encode(selection)) == {"data": json.loads(json.dumps(data))}


def _encoded(selection: CompiledSelection, *sources: JsonSource[Any]) -> bytes:
    encoder = result_encoder(selection, Framing(b"", b"", Transport.WEBSOCKET))
    if not selection.is_list:
        return encoder.encode(sources[0])
    (part,) = encoder.encode_many(sources)
    return part


@settings(deadline=None, max_examples=120)
@given(_documents('ticks(symbol: "ES")', "Tick"), _events)
def test_any_selection_of_any_event_compiles_to_the_same_result(document: str, event: Event) -> None:
    _check(document, "ticks", Tick.from_event(event), lambda selection: _encoded(selection, EventJson(event)))


@settings(deadline=None, max_examples=30)
@given(_documents("board", "Tick"), st.lists(_events, min_size=1, max_size=3))
def test_any_selection_of_a_board_compiles_to_the_same_result(document: str, events: list[Event]) -> None:
    ticks = list(map(Tick.from_event, events))
    _check(document, "board", ticks, lambda selection: _encoded(selection, *map(EventJson, events)))


@settings(deadline=None, max_examples=80)
@given(_documents("feedStatus", "FeedStatus"), _statuses)
def test_any_selection_of_any_status_compiles_to_the_same_result(document: str, status: health.FeedStatus) -> None:
    _check(
        document,
        "feedStatus",
        FeedStatus.from_status(status),
        lambda selection: _encoded(selection, StatusJson(status)),
    )


@pytest.mark.parametrize("name", SOURCES)
def test_every_field_of_a_type_is_compiled(name: str) -> None:
    kind = CORE.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    assert fields_of(SOURCES[name], Leaf) | fields_of(SOURCES[name], Nested) == set(kind.fields)


def _compiled(document: str) -> CompiledSelection:
    tick = FeedTick(Cursor("ES", 1, 2), "3", "1", "2", 0, 0)
    return asyncio.run(_executed(document, "ticks", Tick.from_event(Event(tick))))[1]


def test_documents_that_select_the_same_compile_to_equal_selections() -> None:
    plain = _compiled('subscription ($yes: Boolean) { ticks(symbol: "ES") { ask bid } }')
    fragments = _compiled(
        'subscription ($yes: Boolean) { ticks(symbol: "NQ", maxHz: 5) { ask ...B } } fragment B on Tick { bid }'
    )
    assert plain == fragments
    assert hash(plain) == hash(fragments)


def test_documents_that_select_something_else_compile_to_other_selections() -> None:
    assert _compiled('subscription ($yes: Boolean) { ticks(symbol: "ES") { ask bid } }') != _compiled(
        'subscription ($yes: Boolean) { ticks(symbol: "ES") { bid ask } }'
    )


async def test_a_selection_that_depends_on_a_variable_is_served_over_the_socket(
    api: RunningApi, market: Market
) -> None:
    document = 'subscription ($no: Boolean!) { ticks(symbol: "ES") { seq bid @include(if: $no) gap { lost } } }'
    market.tick()
    async with api.socket() as socket:
        await socket.subscribe("1", document, no=False)
        assert await socket.tick() == {"seq": 1, "gap": None}
        market.tick()
        assert await socket.tick() == {"seq": 2, "gap": None}
