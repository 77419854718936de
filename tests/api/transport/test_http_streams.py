"""Server-sent events: ids, resuming with the last one, and streams that end early."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from tests.api.conftest import RunningApi, trade
from tests.support.graphql_client import TICKS, Json
from tests.support.market import Market
from tests.support.waiting import DEADLINE_S


class Events:
    """The events of an SSE stream, each as a dictionary of its fields."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> dict[str, str]:
        event: dict[str, str] = {}
        async with asyncio.timeout(DEADLINE_S):
            async for line in self._lines:
                if line == "" and event:
                    return event
                if line and not line.startswith(":"):
                    name, _, value = line.partition(": ")
                    event[name] = value
        raise EOFError

    async def tick(self) -> Json:
        event = await self.next()
        tick: Json = json.loads(event["data"])["data"]["ticks"]
        assert event == {"event": "next", "id": tick["cursor"], "data": event["data"]}
        return tick


@asynccontextmanager
async def sse(
    api: RunningApi, query: str = TICKS, last_event_id: str | None = None, **variables: object
) -> AsyncIterator[Events]:
    """Subscribe like a browser's `EventSource`."""
    headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last_event_id} if last_event_id else {})
    params = {"query": query, "variables": json.dumps(variables)}
    async with (
        httpx.AsyncClient(timeout=DEADLINE_S) as client,
        client.stream("GET", f"{api.url}/graphql", params=params, headers=headers) as response,
    ):
        yield Events(response)


async def test_an_event_stream_carries_each_tick_with_its_cursor_as_id(api: RunningApi, market: Market) -> None:
    market.tick()
    async with sse(api, symbol="ES") as events:
        assert events.response.headers["content-type"].startswith("text/event-stream")
        first = await events.tick()
        market.tick(count=20)
        assert [(await events.tick())["seq"] for _ in range(20)] == [first["seq"] + n for n in range(1, 21)]


async def test_an_event_stream_continues_after_the_last_event_id(api: RunningApi, market: Market) -> None:
    market.tick()
    async with sse(api, symbol="ES") as events:
        first = await events.tick()
    market.tick(count=3)
    async with sse(api, symbol="ES", last_event_id=first["cursor"]) as events:
        assert [(await events.tick())["seq"] for _ in range(3)] == [2, 3, 4]


async def test_the_last_event_id_overrides_the_cursor_of_the_document(api: RunningApi, market: Market) -> None:
    market.tick(count=5)
    async with sse(api, symbol="ES") as events:
        top = (await events.tick())["cursor"]
    epoch = top.partition("-")[0]
    async with sse(api, symbol="ES", after=f"{epoch}-1", last_event_id=f"{epoch}-3") as events:
        assert (await events.tick())["seq"] == 4


async def test_a_malformed_last_event_id_is_bad_input(api: RunningApi) -> None:
    async with sse(api, symbol="ES", last_event_id="7") as events:
        (error,) = json.loads((await events.next())["data"])["errors"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "Last-Event-ID"}
        assert (await events.next())["event"] == "complete"


async def test_an_event_stream_can_be_requested_with_post(api: RunningApi, market: Market) -> None:
    market.tick()
    body = {"query": TICKS, "variables": {"symbol": "ES"}}
    async with (
        httpx.AsyncClient(timeout=DEADLINE_S) as client,
        client.stream("POST", f"{api.url}/graphql", json=body, headers={"Accept": "text/event-stream"}) as response,
    ):
        assert (await Events(response).tick())["seq"] == 1


async def test_the_last_event_id_counts_and_not_the_arguments_of_the_first_request(
    api: RunningApi, market: Market
) -> None:
    market.tick()
    async with sse(api, symbol="ES") as events:
        first = await events.tick()
    await trade(api, market, 3)
    # `EventSource` repeats its first request: a null there is the null of that time.
    for after in (None, first["cursor"].replace("-1", "-3")):
        async with sse(api, last_event_id=first["cursor"], symbol="ES", after=after) as events:
            assert (await events.tick())["seq"] == 2


async def test_the_events_of_a_board_have_no_id(api: RunningApi, market: Market) -> None:
    market.tick()
    async with sse(api, 'subscription { board(symbols: ["ES"]) { seq } }') as events:
        assert await events.next() == {"event": "next", "data": '{"data":{"board":[{"seq":1}]}}'}


async def test_an_event_stream_that_disconnects_is_released(api: RunningApi, market: Market) -> None:
    market.tick()
    async with sse(api, symbol="ES") as events:
        await events.tick()
        assert api.readers() == 1
    await api.all_clients_gone()
    assert api.readers() == 0


async def test_an_event_stream_that_was_never_read_is_released(api: RunningApi, market: Market) -> None:
    market.tick()
    query = 'subscription{ticks(symbol:"ES"){%s:seq}}' % ("x" * 4000)
    _, unread = await asyncio.open_connection("127.0.0.1", httpx.URL(api.url).port)
    unread.write(
        f"GET /graphql?query={query} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".encode()
    )
    await trade(api, market, 3000, step=500)  # more than the buffers on the way hold
    unread.transport.abort()
    await api.all_clients_gone()
    assert api.readers() == 0
