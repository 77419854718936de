"""`TICKQL_PRODUCTION=1`: the API tells nothing of its schema. In any case no browser guesses the type of a response."""

import asyncio

import pytest

from tests.api.conftest import RunApi, RunningApi
from tests.support.http_stream import SSE, http_stream
from tests.support.market import Market
from tickql.api.web_board.page import BOARD
from tickql.feed.settings import FeedSettings

PAGE = {"Accept": "text/html"}


@pytest.fixture
async def production(run_api: RunApi, feed_settings: FeedSettings) -> RunningApi:
    return await run_api(feed_settings, production=True)


async def test_production_has_the_board_and_no_graphiql(production: RunningApi, api: RunningApi) -> None:
    BOARD.read()
    board = await production.get("/", headers=PAGE)
    assert (board.status_code, "<title>tickql</title>" in board.text) == (200, True)
    # The board has no link to where nothing is.
    assert 'data-graphiql="off"' in board.text
    assert "data-graphiql" not in (await api.get("/", headers=PAGE)).text
    for path in ("/graphql", "/graphiql/x.js"):
        assert (await production.get(path, headers=PAGE)).status_code in (404, 405)
    assert (await api.get("/graphql", headers=PAGE)).status_code == 200


async def test_production_answers_no_introspection(production: RunningApi, api: RunningApi, market: Market) -> None:
    market.tick()
    await market.publisher.flush()
    for query in ("{ __schema { queryType { name } } }", '{ __type(name: "Tick") { name } }'):
        told = await production.post(query)
        assert "data" not in told
        assert "introspection has been disabled" in told["errors"][0]["message"]
        assert await api.query(query)
    # What clients add by themselves is no introspection.
    assert await production.query('{ __typename lastPrice(symbol: "ES") { __typename last } }')


@pytest.mark.parametrize(
    "query", ['{ lastPric(symbol: "ES") { last } }', '{ lastPrice(symbo: "ES") { las } }', "{ nothingLikeIt }"]
)
async def test_production_suggests_no_names(production: RunningApi, api: RunningApi, query: str) -> None:
    told, plain = await production.post(query), await api.post(query)
    assert "Did you mean" not in str(told)
    assert [error["message"] for error in told["errors"]] == [
        error["message"].partition(" Did you mean")[0] for error in plain["errors"]
    ]


async def test_production_suggests_no_names_over_a_websocket(production: RunningApi) -> None:
    async with production.socket() as socket:
        await socket.subscribe("1", "subscription { tick(symbol: 1) { las } }")
        message = await socket.receive()
        assert message["type"] == "error"
        assert "Did you mean" not in str(message)
        await socket.subscribe("2", 'subscription { ticks(symbol: "ES", delivery: EVER) { last } }')
        assert "Did you mean" not in str(await socket.receive())


async def test_no_response_may_be_taken_for_another_type(api: RunningApi, market: Market) -> None:
    market.tick()
    await market.publisher.flush()
    for path in ("/graphql", "/", "/healthz", "/readyz", "/nothing", "/graphiql/nothing"):
        assert (await api.get(path, headers=PAGE)).headers["x-content-type-options"] == "nosniff"
    async with http_stream(api, SSE, symbol="ES") as stream:
        assert stream.response.headers["x-content-type-options"] == "nosniff"
    # Also what is refused before the application sees it.
    reader, writer = await asyncio.open_connection("127.0.0.1", int(api.url.rpartition(":")[2]))
    writer.write(b"nonsense\r\n\r\n")
    assert b"\r\nx-content-type-options: nosniff\r\n" in await reader.read()
    writer.close()
