"""What the operations of one WebSocket connection, and of all, may use together."""

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from tests.api.conftest import RunApi, RunningApi
from tests.api.limits.conftest import Neighbour
from tests.support.graphql_client import GraphqlSocket, Json
from tests.support.market import Market
from tests.support.waiting import DEADLINE_S, until
from tickql.api.limits.values import LIMITS
from tickql.feed.settings import FeedSettings


async def _refusals(socket: GraphqlSocket, documents: Iterable[tuple[str, list[str] | None]]) -> list[Json]:
    """Start operations. Returns the extensions of the errors of those that are refused."""
    started = 0
    for operation, (document, symbols) in enumerate(documents):
        await socket.subscribe(str(operation), document, **({} if symbols is None else {"s": symbols}))
        started += 1
    refused = []
    # The first event of each that is not refused shows that it runs.
    answered: set[str] = set()
    while len(answered) < started:
        message = await socket.receive()
        answered.add(message["id"])
        if message["type"] == "error":
            refused.append(message["payload"][0]["extensions"])
    return refused


async def test_operations_beyond_the_setting_are_refused(run_api: RunApi, feed_settings: FeedSettings) -> None:
    api = await run_api(feed_settings, max_operations_per_connection=3)
    async with api.socket() as socket, api.socket() as other:
        refused = await _refusals(socket, [("subscription { feedStatus { state } }", None)] * 4)
        assert refused == [{"code": "LIMIT_EXCEEDED", "limit": "operations_per_connection"}]
        await other.subscribe("1", "subscription { feedStatus { state } }")
        await other.next("1")


async def test_different_selections_of_a_connection_are_limited(
    api: RunningApi, neighbour: Neighbour, market: Market
) -> None:
    most = LIMITS.selections_per_connection
    documents = [(f'subscription {{ ticks(symbol: "ES") {{ a{number}: seq }} }}', None) for number in range(most)]
    async with api.socket() as socket:
        assert await _refusals(socket, documents) == []
    async with api.socket() as socket:
        again = documents * 2
        assert await _refusals(socket, again[: most + 5]) == []
    async with api.socket() as socket:
        more = ('subscription { ticks(symbol: "ES") { more: seq } }', None)
        assert await _refusals(socket, [*documents, more]) == [
            {"code": "LIMIT_EXCEEDED", "limit": "selections_per_connection"}
        ]
        # An operation that ends makes room for another one.
        await socket.send(id="0", type="complete")
        await socket.subscribe("more", more[0])
        while (message := await socket.receive())["id"] != "more":
            pass
        assert message["type"] == "next"


async def test_the_symbols_that_a_connection_names_are_limited(
    api: RunningApi, neighbour: Neighbour, market: Market
) -> None:
    board = "subscription ($s: [String!]) { board(symbols: $s, maxHz: 100) { seq } }"
    ticks = 'subscription { ticks(symbol: "ES") { seq } }'
    boards = LIMITS.symbols_per_connection // LIMITS.symbols
    named = [["ES", *(f"A{board}-{n}" for n in range(LIMITS.symbols - 1))] for board in range(boards)]
    async with api.socket() as socket:
        assert await _refusals(socket, [(board, symbols) for symbols in named]) == []
    async with api.socket() as socket:
        assert await _refusals(socket, [*((board, symbols) for symbols in named), (ticks, None)]) == [
            {"code": "LIMIT_EXCEEDED", "limit": "symbols_per_connection"}
        ]


async def test_the_symbols_that_nobody_publishes_are_limited_for_all_connections_together(
    api: RunningApi, neighbour: Neighbour, market: Market
) -> None:
    board = "subscription ($s: [String!]) { board(symbols: $s) { seq } }"
    invented = [f"A-{number}" for number in range(LIMITS.unpublished_symbols)]
    size = LIMITS.symbols - 1
    # `ES` is published: the first event of each board has it.
    boards = [(board, ["ES", *invented[start : start + size]]) for start in range(0, len(invented), size)]
    each = LIMITS.symbols_per_connection // LIMITS.symbols
    async with AsyncExitStack() as stack:
        first, *_ = sockets = [await stack.enter_async_context(api.socket()) for _ in boards[::each]]
        for number, socket in enumerate(sockets):
            assert await _refusals(socket, boards[each * number :][:each]) == []
        async with api.socket() as socket:
            assert await _refusals(socket, [(board, ["ES", "one-more"])]) == [
                {"code": "LIMIT_EXCEEDED", "limit": "unpublished_symbols"}
            ]
            # What is published, or somebody waits for already, can be subscribed to.
            assert await _refusals(socket, [(board, ["ES", *invented[:5]])]) == []
        async with connect(f"{api.url.replace('http', 'ws', 1)}/ws/one-more") as plain:
            with pytest.raises(ConnectionClosedError) as closed:
                await asyncio.wait_for(plain.recv(), DEADLINE_S)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1013
        # Queries of others do not become dearer.
        assert len(await api.query("{ lastPrices { symbol seq bid ask last mid spread } }")) == 1
        # A symbol without ticks makes room as soon as nobody waits for it.
        await first.connection.close()

        async def has_room() -> bool:
            async with api.socket() as socket:
                return await _refusals(socket, [(board, ["ES", "one-more"])]) == []

        await until(has_room)
