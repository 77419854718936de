"""Queries for last prices over HTTP: equal requests are executed once, and each answer has the newest ticks."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from tests.api.conftest import RunApi, RunningApi
from tests.support.market import Market
from tests.support.waiting import DEADLINE_S
from tickql.api.access.grant import UNRESTRICTED
from tickql.api.context import Context
from tickql.api.permitted_feed import PermittedFeed
from tickql.api.schema import schema
from tickql.api.schema.encoded_value import encode_json
from tickql.feed.settings import FeedSettings

PRICES = """
query ($yes: Boolean = true) {
  here: lastPrice(symbol: "ES") { ...Prices seq @include(if: $yes) gap { lost } }
  lastPrices { symbol last }
  lastPrices2: lastPrices(symbols: ["NQ", "ES"]) { cursor timestamp }
  symbols
}
fragment Prices on Tick { symbol bid ask mid spread __typename }
"""


@pytest.fixture(params=[False, True], ids=["uvicorn", "plain ASGI"])
async def api(request: pytest.FixtureRequest, run_api: RunApi, feed_settings: FeedSettings) -> RunningApi:
    return await run_api(feed_settings, plain=request.param)


@pytest.fixture
def executions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The documents that Strawberry has executed."""
    seen: list[str] = []
    execute = schema.execute

    async def watched(query: str, *arguments: Any, **named: Any) -> Any:
        seen.append(query)
        return await execute(query, *arguments, **named)

    monkeypatch.setattr(schema, "execute", watched)
    return seen


@pytest.fixture
async def both(api: RunningApi, market: Market) -> AsyncIterator[None]:
    """ES and NQ are followed: their newest ticks are in memory."""
    async with api.ticks("ES") as es, api.ticks("NQ") as nq:
        market.tick("ES")
        market.tick("NQ")
        await es.next()
        await nq.next()
        yield


async def _followed(api: RunningApi, symbol: str, seq: int) -> None:
    async with api.ticks(symbol) as stream:
        await stream.until(seq)


@pytest.mark.usefixtures("both")
async def test_equal_queries_are_executed_once(api: RunningApi, market: Market, executions: list[str]) -> None:
    query = '{ lastPrice(symbol: "ES") { seq } }'
    for seq in range(1, 5):
        await _followed(api, "ES", seq)
        for _ in range(3):
            assert (await api.query(query))["lastPrice"]["seq"] == seq
        market.tick("ES")
    assert executions == [query]


@pytest.mark.usefixtures("both")
async def test_a_cached_answer_is_equal_to_the_executed_one(api: RunningApi, market: Market) -> None:
    for seq in range(1, 4):
        await _followed(api, "ES", seq)
        await api.query(PRICES)
        remembered = await api.query(PRICES)
        executed = await schema.execute(PRICES, context_value=Context(PermittedFeed(api.follower, UNRESTRICTED)))
        assert remembered == json.loads(encode_json(executed.data))
        assert list(remembered) == ["here", "lastPrices", "lastPrices2", "symbols"]
        market.tick("ES")


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize(
    "query",
    ['{ lastPrice(symbol: "ES") { seq } feedStatus { state } }', '{ lastPrice(symbol: "ES") { seq } __typename }'],
)
async def test_a_query_for_more_than_prices_is_executed_each_time(
    query: str, api: RunningApi, executions: list[str]
) -> None:
    for _ in range(2):
        assert (await api.query(query))["lastPrice"] == {"seq": 1}
    assert executions == [query, query]


async def test_a_query_for_a_symbol_without_a_tick_is_not_cached(api: RunningApi, market: Market) -> None:
    query = '{ lastPrice(symbol: "CL") { seq } }'
    for _ in range(2):
        assert await api.query(query) == {"lastPrice": None}
    market.tick("CL")
    await _followed(api, "CL", 1)
    assert await api.query(query) == {"lastPrice": {"seq": 1}}


@pytest.mark.usefixtures("both")
async def test_variables_are_part_of_the_cache_key(api: RunningApi) -> None:
    query = "query ($symbol: String!) { lastPrice(symbol: $symbol) { symbol } }"
    for symbol in ("ES", "NQ", "ES", "NQ"):
        assert await api.query(query, symbol=symbol) == {"lastPrice": {"symbol": symbol}}


async def test_an_error_is_not_cached(api: RunningApi) -> None:
    for _ in range(2):
        reply = await api.post('{ lastPrice(symbol: "no symbol") { seq } }')
        assert reply["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


class Connection:
    """An HTTP connection to which the test writes raw bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    @asynccontextmanager
    async def to(cls, api: RunningApi) -> AsyncIterator["Connection"]:
        where = urlsplit(api.url)
        own = socket.socket()
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        own.setblocking(False)
        await asyncio.get_running_loop().sock_connect(own, (where.hostname, where.port))
        reader, writer = await asyncio.open_connection(sock=own)
        try:
            yield cls(reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self) -> tuple[bytes, Any]:
        """Return the status line and the data of the next answer."""
        async with asyncio.timeout(DEADLINE_S):
            head = await self._reader.readuntil(b"\r\n\r\n")
            status, *lines = head.split(b"\r\n")
            headers = dict(line.lower().split(b": ", 1) for line in lines if line)
            body = orjson.loads(await self._reader.readexactly(int(headers[b"content-length"])))
            return status, body.get("data")

    async def read_to_end(self) -> bytes:
        """Return all bytes until the server closes the connection."""
        async with asyncio.timeout(DEADLINE_S):
            return await self._reader.read()


def _request(query: str, *headers: bytes) -> bytes:
    body = orjson.dumps({"query": query})
    lines = (b"POST /graphql HTTP/1.1", b"Host: localhost", b"Content-Type: application/json", b"Accept: */*", *headers)
    return b"\r\n".join((*lines, b"Content-Length: %d" % len(body), b"", body))


ES = '{ lastPrice(symbol: "ES") { seq } }'
NQ = '{ lastPrice(symbol: "NQ") { symbol } }'
ES_1 = (b"HTTP/1.1 200 OK", {"lastPrice": {"seq": 1}})
NQ_1 = (b"HTTP/1.1 200 OK", {"lastPrice": {"symbol": "NQ"}})
UNCACHEABLE = "{ feedStatus { state } }"


@pytest.mark.usefixtures("both")
async def test_pipelined_queries_are_answered_in_order(api: RunningApi) -> None:
    async with Connection.to(api) as connection:
        for _ in range(3):
            await connection.send(_request(ES) + _request(NQ) + _request(UNCACHEABLE) + _request(ES) + _request(NQ))
            assert [await connection.answer() for _ in range(2)] == [ES_1, NQ_1]
            assert "feedStatus" in (await connection.answer())[1]
            assert [await connection.answer() for _ in range(2)] == [ES_1, NQ_1]


@pytest.mark.usefixtures("both")
async def test_a_query_that_arrives_in_pieces_is_answered(api: RunningApi) -> None:
    request = _request(ES)
    async with Connection.to(api) as connection, Connection.to(api) as other:
        for cut in (10, len(request) - 20, request.index(b"\r\n\r\n") + 4) * 2:
            await connection.send(request[:cut])
            # The answer to a later request proves that the server has read the first piece alone.
            await other.send(_request(NQ))
            assert await other.answer() == NQ_1
            await connection.send(request[cut:])
            assert await connection.answer() == ES_1


@pytest.mark.usefixtures("both")
async def test_a_connection_is_closed_if_the_client_asks_for_it(api: RunningApi) -> None:
    for _ in range(2):
        async with Connection.to(api) as connection:
            await connection.send(_request(ES, b"Connection: close"))
            assert await connection.answer() == ES_1
            assert await connection.read_to_end() == b""


@pytest.mark.usefixtures("both")
async def test_a_malformed_request_after_a_good_one_is_refused(api: RunningApi) -> None:
    for _ in range(2):
        async with Connection.to(api) as connection:
            await connection.send(_request(ES))
            assert await connection.answer() == ES_1
            await connection.send(_request(ES).replace(b"Content-Length: ", b"Content-Length: x"))
            assert (await connection.read_to_end()).startswith(b"HTTP/1.1 400")


async def test_a_client_that_reads_no_answers_is_disconnected_and_disturbs_nobody(
    run_api: RunApi, feed_settings: FeedSettings, market: Market
) -> None:
    api = await run_api(feed_settings)
    market.tick("NQ")
    async with api.ticks("NQ") as nq, Connection.to(api) as other:
        await nq.next()
        for query in (UNCACHEABLE, NQ):
            async with Connection.to(api) as connection:
                flood = asyncio.create_task(_flood(connection, query))
                while not flood.done():
                    await other.send(_request(NQ))
                    assert await other.answer() == NQ_1
                with pytest.raises(ConnectionError):
                    await flood


async def _flood(connection: Connection, query: str) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while True:
            await connection.send(_request(query) * 1000)
