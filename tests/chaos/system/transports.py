"""The ways to subscribe to ticks, as async generators of ticks in one form, whatever the transport is.

Each ends with one of `BREAKS` when the connection ends, and with `BrokenPromise` when the server does what it must not.
"""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

import tickql_client
from tests.support.graphql_client import TRANSPORT_WS, Api, GraphqlSocket
from tests.support.http_stream import MULTIPART, SSE
from tickql_client import ClientError, follow, ticks

Tick = dict[str, Any]
Ticks = AsyncGenerator[Tick, None]
Subscribe = Callable[[str, str, str | None], Ticks]
"""Takes the address of a server, a symbol, and the cursor to resume from."""

BREAKS = (OSError, EOFError, TimeoutError, WebSocketException, httpx.TransportError)
_FIELDS = "symbol cursor ask bid last skipped gap { after reason lost }"
_TICKS = f"""subscription ($symbol: String!, $after: ID, $delivery: Delivery! = EVERY, $maxHz: Float) {{
  ticks(symbol: $symbol, after: $after, delivery: $delivery, maxHz: $maxHz) {{ {_FIELDS} }} }}"""
_BOARD = f"subscription ($symbols: [String!]) {{ board(symbols: $symbols, maxHz: 20) {{ {_FIELDS} }} }}"
_RETRIED_CODES = {1001, 1006, 1012, 1013, 4408}
"""Closes after which clients reconnect. 4408: a link was too slow for `connection_init`."""
_CONNECTION: dict[str, Any] = {"compression": None, "ping_interval": None, "close_timeout": 0.5}
_RETRIED_STATUSES = (408, 503)
"""Too busy; or the request did not arrive in time, over a link that stalls."""
_OUTAGES = {"FEED_UNAVAILABLE"}


class BrokenPromise(Exception):
    """The server did what it must not do, whatever the faults are."""


def websocket_ticks(**request: object) -> Subscribe:
    """graphql-transport-ws. `request`: further variables."""

    async def ticks(url: str, symbol: str, after: str | None) -> Ticks:
        variables = {"symbol": symbol, "after": after, **request}
        async with aclosing(_websocket_results(url, _TICKS, variables)) as results:
            async for data in results:
                yield data["ticks"]

    return ticks


async def board(url: str, symbol: str, after: str | None) -> Ticks:
    """A board over graphql-transport-ws: it cannot resume."""
    async with aclosing(_websocket_results(url, _BOARD, {"symbols": [symbol]})) as results:
        async for data in results:
            for tick in data["board"]:
                yield tick


async def _websocket_results(url: str, query: str, variables: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
    try:
        async with Api(url).open(**_CONNECTION, subprotocols=[TRANSPORT_WS]) as socket:
            await socket.init()
            await socket.subscribe("1", query, **variables)
            while True:
                yield await _next_result(socket)
    except ConnectionClosed as closed:
        raise _judged(closed) from closed
    except InvalidStatus as refused:
        raise _refused(refused.response.status_code) from refused


async def _next_result(socket: GraphqlSocket) -> dict[str, Any]:
    while (message := await socket.receive_any())["type"] == "ping":
        await socket.send(type="pong")
    if message["type"] != "next":
        raise BrokenPromise(f"the subscription ended with {json.dumps(message)[:300]}")
    return _data(message["payload"])


def _data(result: dict[str, Any]) -> dict[str, Any]:
    if result.get("errors"):
        if all(error.get("extensions", {}).get("code") in _OUTAGES for error in result["errors"]):
            raise EOFError
        raise BrokenPromise(f"a result has errors: {json.dumps(result)[:300]}")
    data: dict[str, Any] = result["data"]
    return data


def _judged(closed: ConnectionClosed) -> Exception:
    code = 1006 if closed.rcvd is None else closed.rcvd.code
    return EOFError(f"closed with {code}") if code in _RETRIED_CODES else BrokenPromise(f"closed: {closed}")


def _refused(status: int) -> Exception:
    return (
        EOFError(f"status {status}") if status in _RETRIED_STATUSES else BrokenPromise(f"refused with status {status}")
    )


async def plain_ticks(url: str, symbol: str, after: str | None) -> Ticks:
    """The plain WebSocket."""
    resume = f"?after={after}" if after else ""
    try:
        address = f"{url.replace('http', 'ws', 1)}/ws/{symbol}{resume}"
        async with connect(address, **_CONNECTION) as socket:
            async for message in socket:
                yield from_message(message)
            raise BrokenPromise(f"closed with {socket.close_code}")
    except ConnectionClosed as closed:
        raise _judged(closed) from closed
    except InvalidStatus as refused:
        raise _refused(refused.response.status_code) from refused


def from_message(message: str | bytes) -> Tick:
    """Return a message of the feed as a tick."""
    fields = json.loads(message)
    prices = {name: fields[name.upper()] for name in ("ask", "bid", "last")}
    return {"symbol": fields["symbol"], "cursor": fields["cursor"], "skipped": 0, "gap": fields.get("gap"), **prices}


def sse_ticks(**request: object) -> Subscribe:
    """Server-sent events, resumed by `Last-Event-ID`."""

    async def ticks(url: str, symbol: str, after: str | None) -> Ticks:
        headers = {"Accept": SSE, **({"Last-Event-ID": after} if after else {})}
        async with aclosing(_response(url, headers, {"symbol": symbol, **request})) as pieces:
            async for event in _messages(pieces, b"\n\n"):
                fields = dict(line.split(": ", 1) for line in event.split("\n") if not line.startswith(":"))
                if fields and fields.get("event") != "next":
                    raise BrokenPromise(f"the subscription ended with {event[:300]}")
                if fields:
                    yield _data(json.loads(fields["data"]))["ticks"]

    return ticks


async def multipart_ticks(url: str, symbol: str, after: str | None) -> Ticks:
    """A multipart response."""
    async with aclosing(_response(url, {"Accept": MULTIPART}, {"symbol": symbol, "after": after})) as pieces:
        async for part in _messages(pieces, b"\r\n--graphql"):
            result = json.loads(part.partition("\r\n\r\n")[2] or "{}")
            if result.get("errors"):
                raise EOFError("the stream was interrupted")
            if result:
                yield _data(result["payload"])["ticks"]


async def _response(url: str, headers: dict[str, str], variables: dict[str, Any]) -> AsyncGenerator[bytes, None]:
    body = {"query": _TICKS, "variables": variables}
    async with (
        # To load the certificates takes longer than all else, and no address here has one.
        httpx.AsyncClient(timeout=None, verify=False) as client,
        client.stream("POST", f"{url}/graphql", json=body, headers=headers) as response,
    ):
        if response.status_code != 200:
            raise _refused(response.status_code)
        async for piece in response.aiter_bytes():
            yield piece
    raise EOFError("the response ended")


async def _messages(pieces: AsyncGenerator[bytes, None], separator: bytes) -> AsyncGenerator[str, None]:
    buffer = b""
    async for piece in pieces:
        *whole, buffer = (buffer + piece).split(separator)
        for message in whole:
            yield message.decode()
        if buffer == b"--\r\n":
            raise BrokenPromise("the parts ended as those of an operation that has ended")


async def library_ticks(url: str, symbol: str, after: str | None) -> Ticks:
    """The client that tickql ships: it reconnects and resumes by itself."""
    try:
        async with aclosing(ticks(symbol, url=f"{url}/graphql", after=after)) as received:
            async for tick in received:
                yield from_client(tick)
    except ClientError as error:
        raise BrokenPromise(f"refused: {error}") from error


def redis_ticks(redis_url: str) -> Subscribe:
    """The client that tickql ships, directly from Redis."""

    async def ticks(url: str, symbol: str, after: str | None) -> Ticks:
        try:
            async with aclosing(follow(symbol, redis_url, after=after)) as received:
                async for tick in received:
                    yield from_client(tick)
        except ClientError as error:
            raise BrokenPromise(f"refused: {error}") from error

    return ticks


def from_client(tick: tickql_client.Tick) -> Tick:
    """Return a tick of tickql's client."""
    gap = tick.gap and {"reason": tick.gap.reason, "after": tick.gap.after, "lost": tick.gap.lost}
    prices = {"ask": tick.ask, "bid": tick.bid, "last": tick.last}
    shown = {name: None if price is None else f"{price:f}" for name, price in prices.items()}
    return {"symbol": tick.symbol, "cursor": tick.cursor, "skipped": tick.skipped, "gap": gap, **shown}
