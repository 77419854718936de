"""A client of a streaming HTTP response: server-sent events or multipart, read as bytes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from tests.support.graphql_client import TICKS, Api, Json
from tests.support.waiting import DEADLINE_S

SSE = "text/event-stream"
MULTIPART = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json'

_HEADERS = "\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"


class HttpStream:
    """A subscription over HTTP. Raises `EOFError` at the end of the response."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.received = b""
        """All that was received, without the chunks around it."""
        self._read = 0
        self._pieces = response.aiter_bytes()

    @property
    def is_multipart(self) -> bool:
        return self.response.headers["content-type"].startswith("multipart/")

    async def message(self) -> str:
        """Return the next event or part, without what separates it from the one after it."""
        separator = b"\r\n--graphql" if self.is_multipart else b"\n\n"
        if self.is_multipart and not self._read:
            assert await self._until(b"--graphql") == "", "a multipart response begins with a boundary"
        message = await self._until(separator)
        return message.removeprefix(_HEADERS)

    async def result(self) -> Json:
        """Return the next GraphQL result, without heartbeats."""
        while (message := await self.message()) in (": ping", "{}"):
            pass
        if self.is_multipart:
            result: Json = json.loads(message)["payload"]
        else:
            fields = dict(line.split(": ", 1) for line in message.split("\n"))
            assert fields["event"] == "next"
            result = json.loads(fields["data"])
            tick = (result.get("data") or {}).get("ticks")
            assert fields.get("id") == (tick and tick.get("cursor"))
        return result

    async def tick(self) -> Json:
        tick: Json = (await self.result())["data"]["ticks"]
        return tick

    async def ticks_until(self, seq: int) -> list[Json]:
        """Return the next ticks up to and including the one with that `seq`."""
        ticks = [await self.tick()]
        while ticks[-1]["seq"] < seq:
            ticks.append(await self.tick())
        return ticks

    async def rest(self) -> bytes:
        """Return all bytes that were not read yet, until the response ends."""
        async with asyncio.timeout(DEADLINE_S):
            async for piece in self._pieces:
                self.received += piece
        return self.received[self._read :]

    async def _until(self, separator: bytes) -> str:
        async with asyncio.timeout(DEADLINE_S):
            while (end := self.received.find(separator, self._read)) < 0:
                try:
                    self.received += await anext(self._pieces)
                except StopAsyncIteration:
                    raise EOFError from None
        begin, self._read = self._read, end + len(separator)
        return self.received[begin:end].decode()


@asynccontextmanager
async def http_stream(
    api: Api, accept: str, query: str = TICKS, headers: dict[str, str] | None = None, **variables: object
) -> AsyncIterator[HttpStream]:
    """Subscribe over HTTP. `accept`: `SSE` or `MULTIPART`."""
    body = {"query": query, "variables": variables}
    async with (
        httpx.AsyncClient(timeout=DEADLINE_S) as client,
        client.stream(
            "POST", f"{api.url}/graphql", json=body, headers={"Accept": accept, **(headers or {})}
        ) as response,
    ):
        yield HttpStream(response)
