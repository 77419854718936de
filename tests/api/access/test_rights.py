"""Who sees which symbol: each root field of the schema, on each transport, with each kind of token."""

import json
from typing import Any

import httpx
import pytest
from graphql import GraphQLList, get_named_type
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.api.access.conftest import COVERED, HIDDEN, UNKNOWN, Guarded, bearer
from tests.support.graphql_client import TRANSPORT_WS, GraphqlSocket, Json
from tests.support.http_stream import MULTIPART, SSE, http_stream
from tests.support.market import Market
from tests.support.waiting import DEADLINE_S, until
from tickql.api.schema import schema
from tickql.api.traffic import traffic

SELECTIONS = {
    "Tick": "{ symbol last cursor }",
    "TickConnection": "{ edges { node { symbol last } } gap { lost } pageInfo { endCursor hasNextPage } }",
    "FeedStatus": "{ state reason symbols { symbol state reason } }",
    "String": "",
    "FeedFile": "{ name state reason symbols { symbol state reason } events { symbol reason } }",
    "PageView": "{ problem picture { url } fields { symbol reason } }",
}
"""What is asked of each type that a root field returns."""
QUERIES = sorted(schema._schema.query_type.fields) if schema._schema.query_type else []
SUBSCRIPTIONS = sorted(schema._schema.subscription_type.fields) if schema._schema.subscription_type else []
OPERATORS_ONLY = {"feedFiles", "pageView"}
"""Root fields that show pages as a whole, whatever symbols are on them."""
TRANSPORTS = ("http", "websocket", "sse", "multipart")
CACHED = {"lastPrice", "lastPrices", "symbols"}
"""Root fields that are answered from memory when they are asked for again."""


def document(kind: str, field: str, symbol: str | None) -> str:
    """Return an operation with one root field, which names a symbol if it can and `symbol` is one."""
    root = schema._schema.query_type if kind == "query" else schema._schema.subscription_type
    assert root is not None
    definition = root.fields[field]
    arguments = '(feedFile: "page")' if "feedFile" in definition.args else ""
    if symbol is not None:
        (name,) = {"symbol", "symbols"} & set(definition.args)
        arguments = f'(symbol: "{symbol}")' if name == "symbol" else f'(symbols: ["{symbol}"])'
    return f"{kind} {{ {field}{arguments} {SELECTIONS[get_named_type(definition.type).name]} }}"


def names_symbols(kind: str, field: str) -> str | None:
    """Return the argument of a root field that names symbols; `None`: it has none."""
    root = schema._schema.query_type if kind == "query" else schema._schema.subscription_type
    assert root is not None
    named = {"symbol", "symbols"} & set(root.fields[field].args)
    return named.pop() if named else None


async def closed_with(socket: GraphqlSocket) -> int | None:
    """Return the code with which `connection_init` is refused; `None`: it is accepted."""
    try:
        message = await socket.receive()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd is not None else 0
    return None if message["type"] == "connection_ack" else 0


async def cached(guarded: Guarded, token: str | None, query: str) -> Json:
    """Return the answer that memory gives, once it does; of a refusal, the second one: memory has none."""
    answer: Json = {}

    async def is_repeated() -> bool:
        nonlocal answer
        before = traffic.cached_answers
        answer = await result(guarded, "http", token, query)
        return "errors" in answer or traffic.cached_answers > before

    await until(is_repeated)
    if "errors" in answer:
        before = traffic.cached_answers
        assert await result(guarded, "http", token, query) == answer
        assert traffic.cached_answers == before
    return answer


async def result(guarded: Guarded, transport: str, token: str | None, query: str) -> Json:
    """Return the first result of an operation: `data` or `errors`."""
    api, headers = guarded.api, {} if token is None else bearer(token)
    if transport == "cached":
        return await cached(guarded, token, query)
    if transport == "http":
        async with httpx.AsyncClient(timeout=DEADLINE_S) as client:
            answer: Json = (await client.post(f"{api.url}/graphql", json={"query": query}, headers=headers)).json()
            return answer
    if transport == "websocket":
        async with api.open() as socket:
            await socket.send(type="connection_init", payload=headers)
            if (refused := await closed_with(socket)) is not None:
                return {"closed": refused}
            await socket.subscribe("1", query)
            message = await socket.receive()
            payload = message["payload"]
            return {"errors": payload} if message["type"] == "error" else payload
    accept = {"sse": SSE, "multipart": MULTIPART}[transport]
    async with http_stream(api, accept, query, headers) as stream:
        if not stream.response.headers["content-type"].startswith(("text/event-stream", "multipart/")):
            return json.loads(await stream.rest())  # type: ignore[no-any-return]
        return await stream.result()


def operations() -> list[Any]:
    """Every root field on every transport that it can use."""
    return [
        pytest.param(transport, kind, field, id=f"{kind}-{field}-{transport}")
        for kind, fields in (("query", QUERIES), ("subscription", SUBSCRIPTIONS))
        for field in fields
        for transport in (TRANSPORTS if kind == "subscription" else ("http", "cached", "websocket"))
        if (transport != "http" if kind == "subscription" else transport != "cached" or field in CACHED)
    ]


@pytest.mark.parametrize(("transport", "kind", "field"), operations())
async def test_a_client_sees_what_its_token_covers_and_nothing_else(
    guarded: Guarded, transport: str, kind: str, field: str
) -> None:
    argument = names_symbols(kind, field)
    # Without a token, and with a wrong one, nothing is answered.
    for token in (None, "tickql_abcdefgh_" + "A" * 43, "a.b.c"):
        refused = await result(guarded, transport, token, document(kind, field, "ES" if argument else None))
        if transport == "websocket":
            assert refused == {"closed": 4403}
        else:
            assert [error["extensions"]["code"] for error in refused["errors"]] == ["UNAUTHENTICATED"]
    if field in OPERATORS_ONLY:
        refused = await result(guarded, transport, guarded.reader, document(kind, field, None))
        assert [error["extensions"]["code"] for error in refused["errors"]] == ["FORBIDDEN"]
        assert HIDDEN not in json.dumps(refused)
        told = await result(guarded, transport, guarded.operator, document(kind, field, None))
        assert "errors" not in told
        # No producer of this market shows a page.
        assert (HIDDEN if field == "feedFiles" else "no producer of page answers") in json.dumps(told)
        return
    if argument is not None:
        for symbol in COVERED:
            told = await result(guarded, transport, guarded.reader, document(kind, field, symbol))
            assert "errors" not in told
            assert symbol in json.dumps(told)
        # A symbol that exists and one that does not are refused alike.
        texts = []
        for symbol in (HIDDEN, UNKNOWN):
            refused = await result(guarded, transport, guarded.reader, document(kind, field, symbol))
            (error,) = refused["errors"]
            assert error["extensions"] == {"code": "FORBIDDEN", "symbol": symbol}
            texts.append(error["message"].replace(symbol, "..."))
        assert texts[0] == texts[1]
        assert HIDDEN in json.dumps(await result(guarded, transport, guarded.operator, document(kind, field, HIDDEN)))
        # Also after another one has got it.
        again = await result(guarded, transport, guarded.reader, document(kind, field, HIDDEN))
        assert [error["extensions"]["code"] for error in again["errors"]] == ["FORBIDDEN"]
    if argument != "symbol":
        # Symbols that are not named are left out.
        told = await result(guarded, transport, guarded.reader, document(kind, field, None))
        assert "errors" not in told
        text = json.dumps(told)
        assert HIDDEN not in text
        assert all(symbol in text for symbol in COVERED)
        assert HIDDEN in json.dumps(await result(guarded, transport, guarded.operator, document(kind, field, None)))
        # Also after another one has got more.
        assert HIDDEN not in json.dumps(await result(guarded, transport, guarded.reader, document(kind, field, None)))


@pytest.mark.parametrize("symbol", [*COVERED, HIDDEN, UNKNOWN])
async def test_a_plain_websocket_sees_what_its_token_covers(guarded: Guarded, symbol: str) -> None:
    url = f"{guarded.api.ws_url}/ws/{symbol}"
    for headers, code in (({}, 4401), (bearer("x"), 4401), (bearer(guarded.reader), 4403)):
        async with connect(url, additional_headers=headers, open_timeout=DEADLINE_S) as connection:
            if symbol in COVERED and code == 4403:
                assert json.loads(await connection.recv())["symbol"] == symbol
                continue
            with pytest.raises(ConnectionClosed) as closed:
                await connection.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == code
            assert closed.value.rcvd.reason == (
                f"your token does not cover the symbol {symbol!r}" if code == 4403 else closed.value.rcvd.reason
            )


async def test_a_status_of_hidden_symbols_looks_like_one_without_them(guarded: Guarded) -> None:
    query = document("query", "feedStatus", None)
    reader = (await result(guarded, "http", guarded.reader, query))["data"]["feedStatus"]
    assert [symbol["symbol"] for symbol in reader["symbols"]] == sorted(COVERED)
    assert reader["reason"] is None
    nothing = guarded.issue("UNUSED")
    blind = (await result(guarded, "http", nothing, query))["data"]["feedStatus"]
    assert (blind["state"], blind["symbols"]) == ("STALE", [])


async def test_a_board_of_all_symbols_never_gets_a_hidden_one_that_appears_later(
    guarded: Guarded, market: Market
) -> None:
    async with guarded.api.open() as reader, guarded.api.open() as newcomer:
        for socket, token in ((reader, guarded.reader), (newcomer, guarded.issue("NEW"))):
            await socket.send(type="connection_init", payload=bearer(token))
            assert (await socket.receive())["type"] == "connection_ack"
            await socket.subscribe("1", "subscription { board { symbol seq } }")
        assert {tick["symbol"] for tick in (await reader.next("1"))["board"]} == set(COVERED)
        market.tick("NEW")
        # The boards of the server follow the new symbol by now, those that may.
        assert [tick["symbol"] for tick in (await newcomer.next("1"))["board"]] == ["NEW"]
        for symbol in ("NEW", HIDDEN, "ES"):
            market.tick(symbol)
        assert (await reader.next("1"))["board"] == [{"symbol": "ES", "seq": 4}]


@pytest.mark.parametrize("values", [["Basic dXNlcjpwYXNz"], ["Bearer a", "Bearer b"], ["Bearer " + "x" * 10_000], [""]])
async def test_a_malformed_authorization_is_refused(guarded: Guarded, values: list[str]) -> None:
    headers = [("Authorization", value) for value in values]
    async with httpx.AsyncClient(timeout=DEADLINE_S) as client:
        answer = await client.post(f"{guarded.api.url}/graphql", json={"query": "{ symbols }"}, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    "payload",
    [{"authorization": 1}, {"authorization": "x"}, {"Authorization": "Bearer a", "authorization": "Bearer b"}],
)
async def test_a_malformed_payload_is_refused(guarded: Guarded, payload: Json) -> None:
    async with guarded.api.open() as socket:
        await socket.send(type="connection_init", payload=payload)
        with pytest.raises(ConnectionClosed) as closed:
            await socket.receive()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403


async def test_a_ticket_opens_what_its_token_opens(guarded: Guarded) -> None:
    async with httpx.AsyncClient(timeout=DEADLINE_S) as client:
        refused = await client.post(f"{guarded.api.url}/ticket")
        assert refused.status_code == 401
        answer = await client.post(f"{guarded.api.url}/ticket", headers=bearer(guarded.reader))
    assert answer.headers["cache-control"] == "no-store"
    ticket = answer.json()["ticket"]
    async with connect(f"{guarded.api.ws_url}/ws/ES?ticket={ticket}", open_timeout=DEADLINE_S) as connection:
        assert json.loads(await connection.recv())["symbol"] == "ES"
    async with connect(
        f"{guarded.api.ws_url}/graphql?ticket={ticket}", subprotocols=[TRANSPORT_WS], open_timeout=DEADLINE_S
    ) as connection:
        await connection.send('{"type": "connection_init"}')
        assert json.loads(await connection.recv())["type"] == "connection_ack"
    guarded.revoke(guarded.reader)
    async with connect(f"{guarded.api.ws_url}/ws/ES?ticket={ticket}", open_timeout=DEADLINE_S) as connection:
        with pytest.raises(ConnectionClosed, match="revoked"):
            await connection.recv()


async def test_the_pages_without_prices_need_no_token(guarded: Guarded) -> None:
    assert (await guarded.api.get("/healthz")).status_code == 200
    assert (await guarded.api.get("/readyz")).status_code == 200
    assert (await guarded.api.get("/graphql", headers={"Accept": "text/html"})).status_code == 200


def test_every_root_field_returns_a_type_that_these_tests_ask_for() -> None:
    for root in (schema._schema.query_type, schema._schema.subscription_type):
        assert root is not None
        for name, field in root.fields.items():
            assert get_named_type(field.type).name in SELECTIONS, name
            symbols = {"symbol", "symbols"} & set(field.args)
            assert len(symbols) <= 1
            assert ("symbols" in symbols) == isinstance(
                field.args.get("symbols") and field.args["symbols"].type, GraphQLList
            )
