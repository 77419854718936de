"""A compiled selection gives exactly the result of graphql-core for the same document."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from graphql import ExecutionResult, GraphQLResolveInfo, parse, subscribe, validate
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.conftest import RunningApi
from tests.support.market import Market
from tickql.api.fanout.compiled_selection import CompiledSelection, compile_selection
from tickql.api.fanout.event_json import EventJson
from tickql.api.fanout.json_source import JsonSource
from tickql.api.fanout.result_encoder import Framing, result_encoder
from tickql.api.schema import schema
from tickql.api.schema.tick import Tick
from tickql.feed.tick import Cursor, Event, Gap, GapReason
from tickql.feed.tick import Tick as FeedTick

_PRICES = ("ask", "bid", "last", "mid", "spread")
_LEAVES = ("symbol", "cursor", "seq", "timestamp", "publishedAt", *_PRICES, "skipped", "__typename")
_GAP_LEAVES = ("after", "reason", "lost", "__typename")

_prices = st.none() | st.decimals(-(10**9), 10**9, places=5).map(lambda price: format(price, "f"))
_symbols = st.text("ABCxyz09._-/=^:", min_size=1, max_size=32)
_cursors = st.builds(Cursor, _symbols, st.integers(1, 2**41), st.integers(0, 2**50))
_times = st.integers(0, 4_000_000_000_000_000)
_ticks = st.builds(FeedTick, _cursors, _prices, _prices, _prices, _times, _times)
_gaps = st.builds(Gap, st.none() | _cursors, st.sampled_from(GapReason), st.none() | st.integers(0, 2**50))
_events = st.builds(Event, _ticks, st.integers(0, 2**31 - 1), st.none() | _gaps)


@st.composite
def _selections(draw: st.DrawFn, type_name: str, leaves: tuple[str, ...], depth: int) -> str:
    """A selection set with aliases, inline and named fragments, directives, and gaps below."""
    fields = []
    for number in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(["leaf", "leaf", "inline", "spread", "gap"]))
        if kind == "gap" and type_name == "Tick":
            fields.append(f"g{depth}{number}: gap {draw(_selections('Gap', _GAP_LEAVES, depth + 1))}")
        elif kind == "inline" and depth < 3:
            inner = draw(_selections(type_name, leaves, depth + 1))
            condition = draw(st.sampled_from(["", f"on {type_name}"]))
            fields.append(f"... {condition} {draw(_directives())} {inner}")
        elif kind == "spread" and type_name == "Tick":
            fields.append(f"...{draw(st.sampled_from(['Prices', 'Place']))} {draw(_directives())}")
        else:
            leaf = draw(st.sampled_from(leaves))
            alias = draw(st.sampled_from(["", f"{leaf.strip('_')}_{number}_{depth}: "]))
            fields.append(f"{alias}{leaf} {draw(_directives())}")
    # One leaf without a condition, so that no selection comes out empty.
    return f"{{ {' '.join(fields)} sure: {leaves[0]} }}"


def _directives() -> st.SearchStrategy[str]:
    return st.sampled_from(["", "", "@include(if: $yes)", "@skip(if: $yes)", "@include(if: false)", "@skip(if: $no)"])


@st.composite
def _documents(draw: st.DrawFn) -> str:
    alias = draw(st.sampled_from(["", "prices: "]))
    body = draw(_selections("Tick", _LEAVES, 0))
    return (
        "subscription ($yes: Boolean!, $no: Boolean = false) "
        f'{{ {alias}ticks(symbol: "ES") {{ ... {body} ...Prices used: symbol @include(if: $yes) @skip(if: $no) }} }} '
        "fragment Prices on Tick { ask bid spread ...Place } "
        "fragment Place on Tick { cursor again: seq gap { lost } }"
    )


async def _executed(document: str, event: Event) -> tuple[Any, CompiledSelection]:
    """Return the result of graphql-core for one event, and the selection that was compiled meanwhile."""
    selections: list[CompiledSelection] = []
    core = schema._schema
    field = core.subscription_type.fields["ticks"]  # type: ignore[union-attr]

    async def one(_: Any, info: GraphQLResolveInfo[Any], **__: Any) -> AsyncIterator[Any]:
        selections.append(compile_selection(info))

        async def events() -> AsyncIterator[Tick]:
            yield Tick.from_event(event)

        return events()

    before, field.subscribe = field.subscribe, one
    try:
        results: Any = subscribe(core, parse(document), variable_values={"yes": True})
        if asyncio.iscoroutine(results):
            results = await results
        assert not isinstance(results, ExecutionResult), results
        result = await anext(results)
    finally:
        field.subscribe = before
    assert result.errors is None
    return result.data, selections[0]


@settings(deadline=None, max_examples=150)
@given(_documents(), _events)
def test_any_selection_of_any_event_compiles_to_the_same_result(document: str, event: Event) -> None:
    assert validate(schema._schema, parse(document)) == []
    data, selection = asyncio.run(_executed(document, event))
    assert json.loads(_encoded(selection, EventJson(event))) == {"data": json.loads(json.dumps(data))}


def _encoded(selection: CompiledSelection, source: JsonSource[Any]) -> bytes:
    return result_encoder(selection, Framing(b"", b"")).encode(source)


def _compiled(document: str) -> CompiledSelection:
    tick = FeedTick(Cursor("ES", 1, 2), "3", "1", "2", 0, 0)
    return asyncio.run(_executed(document, Event(tick)))[1]


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
