"""Clients of the API for tests: HTTP POST, a bare graphql-transport-ws connection, and the library `gql`."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import httpx
from gql import Client, gql
from gql.transport.websockets import WebsocketsTransport
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.support.waiting import DEADLINE_S

TRANSPORT_WS = Subprotocol("graphql-transport-ws")
TICKS = """
subscription Ticks($symbol: String!, $after: ID, $delivery: Delivery! = EVERY, $maxHz: Float) {
  ticks(symbol: $symbol, after: $after, delivery: $delivery, maxHz: $maxHz) {
    symbol cursor seq last skipped gap { after reason lost }
  }
}
"""

Json = dict[str, Any]


class GraphqlSocket:
    """A graphql-transport-ws connection on which the test sends and receives single messages."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, **message: object) -> None:
        await self.connection.send(json.dumps(message))

    async def receive(self) -> Json:
        """Return the next message that is not a ping."""
        async with asyncio.timeout(DEADLINE_S):
            while (message := await self.receive_any())["type"] == "ping":
                pass
            return message

    async def receive_any(self) -> Json:
        async with asyncio.timeout(DEADLINE_S):
            message: Json = json.loads(await self.connection.recv())
            return message

    async def init(self) -> Self:
        await self.send(type="connection_init")
        assert (await self.receive())["type"] == "connection_ack"
        return self

    async def subscribe(self, operation: str, query: str, **variables: object) -> None:
        await self.send(id=operation, type="subscribe", payload={"query": query, "variables": variables})

    async def next(self, operation: str) -> Json:
        """Return the data of the next message, which must be a result of `operation` without errors."""
        message = await self.receive()
        assert (message["type"], message["id"]) == ("next", operation), message
        assert "errors" not in message["payload"], message
        data: Json = message["payload"]["data"]
        return data

    async def tick(self, operation: str = "1") -> Json:
        tick: Json = (await self.next(operation))["ticks"]
        return tick


class Api:
    """The address of a server, and clients for it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.ws_url = url.replace("http", "ws", 1)

    async def post(self, query: str, **variables: object) -> Json:
        """Return the whole answer to a query, with its errors."""
        async with httpx.AsyncClient(timeout=DEADLINE_S) as client:
            answer = await client.post(f"{self.url}/graphql", json={"query": query, "variables": variables})
            body: Json = answer.json()
            return body

    async def get(self, path: str, **more: Any) -> httpx.Response:
        async with httpx.AsyncClient(timeout=DEADLINE_S) as client:
            return await client.get(f"{self.url}{path}", **more)

    async def query(self, query: str, **variables: object) -> Json:
        """Return the data of a query that must succeed."""
        answer = await self.post(query, **variables)
        assert "errors" not in answer, answer
        data: Json = answer["data"]
        return data

    async def query_error(self, query: str, **variables: object) -> Json:
        """Return the only error of a query that must fail."""
        (error,) = (await self.post(query, **variables))["errors"]
        assert isinstance(error, dict)
        return error

    @asynccontextmanager
    async def open(self, **connection: Any) -> AsyncIterator[GraphqlSocket]:
        """Open a connection, without `connection_init`."""
        connection.setdefault("subprotocols", [TRANSPORT_WS])
        async with connect(f"{self.ws_url}/graphql", open_timeout=DEADLINE_S, **connection) as opened:
            yield GraphqlSocket(opened)

    @asynccontextmanager
    async def socket(self, **connection: Any) -> AsyncIterator[GraphqlSocket]:
        """Open a connection on which operations can be sent."""
        async with self.open(**connection) as opened:
            yield await opened.init()

    @asynccontextmanager
    async def ticks(self, symbol: str = "ES", **variables: object) -> AsyncIterator["Stream"]:
        """Subscribe to one symbol with the library `gql` in its default settings."""
        transport = WebsocketsTransport(f"{self.ws_url}/graphql", connect_timeout=DEADLINE_S)
        async with Client(transport=transport, fetch_schema_from_transport=False) as session:
            request = gql(TICKS)
            request.variable_values = {"symbol": symbol, **variables}
            stream = session.subscribe(request)
            try:
                yield Stream(stream)
            finally:
                await stream.aclose()


class Stream:
    """The ticks that a subscriber receives, in order."""

    def __init__(self, results: AsyncGenerator[Json, None]) -> None:
        self._results = results

    async def next(self) -> Json:
        async with asyncio.timeout(DEADLINE_S):
            tick: Json = (await anext(self._results))["ticks"]
            return tick

    async def next_ticks(self, count: int) -> list[Json]:
        return [await self.next() for _ in range(count)]

    async def until(self, seq: int) -> list[Json]:
        """Return the next ticks up to and including the one with that `seq`."""
        ticks = [await self.next()]
        while ticks[-1]["seq"] < seq:
            ticks.append(await self.next())
        return ticks


def seqs(ticks: list[Json]) -> list[int]:
    return [tick["seq"] for tick in ticks]


def from_origin(origin: str) -> Origin:
    return Origin(origin)
