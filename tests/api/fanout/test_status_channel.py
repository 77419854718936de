"""`feedStatus` to many subscribers: one encoding for all of them, and a limited rate."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import count
from typing import Any

import pytest

from tests.api.conftest import RunningApi
from tests.support.graphql_client import GraphqlSocket, Json
from tests.support.http_stream import SSE, HttpStream, http_stream
from tests.support.market import Market
from tests.support.waiting import DEADLINE_S
from tickql.api.fanout import status_states
from tickql.api.fanout.json_source import JsonSource
from tickql.api.fanout.json_template import JsonTemplate
from tickql.api.fanout.status_channel import PERIOD_S
from tickql.api.fanout.status_json import StatusJson, SymbolStatusJson
from tickql.feed.health import FeedStatus
from tickql.feed.status import ProducerReport, ProducerState, SymbolReport

_QUERY = "subscription { feedStatus { state symbols { symbol state } } }"
_ROWS = 1000
_LAST = 9999


def report(number: int, rows: int = 1) -> ProducerReport:
    """A report whose first symbol is its number."""
    now_us = time.time_ns() // 1000
    row = SymbolReport(state=ProducerState.LIVE, since_us=now_us)
    symbols = {f"{number:04}": row} | {f"S{row_number:04}": row for row_number in range(1, rows)}
    return ProducerReport(source="page", state=ProducerState.LIVE, since_us=now_us, heard_us=now_us, symbols=symbols)


def number_of(result: Json) -> int | None:
    """Return the number of the report that a state comes from; `None`: there is no report yet."""
    symbols = result["data"]["feedStatus"]["symbols"]
    return int(symbols[0]["symbol"]) if symbols else None


async def numbers(stream: HttpStream) -> AsyncIterator[int | None]:
    async with asyncio.timeout(DEADLINE_S):
        while True:
            yield number_of(await stream.result())


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[FeedStatus]:
    """The states that were encoded, each as often as it was."""
    states = list[FeedStatus]()

    def encode(status: FeedStatus) -> StatusJson:
        states.append(status)
        return StatusJson(status)

    monkeypatch.setattr(status_states, "StatusJson", encode)
    return states


async def test_a_state_is_encoded_once_for_all_subscribers(
    api: RunningApi, market: Market, encoded: list[FeedStatus]
) -> None:
    market.publisher.report(report(1, _ROWS))
    async with http_stream(api, SSE, _QUERY) as waiting:
        async for number in numbers(waiting):
            if number == 1:
                break
        encoded.clear()
        async with AsyncExitStack() as stack:
            sockets = [await stack.enter_async_context(api.socket()) for _ in range(2)]
            streams = [await stack.enter_async_context(http_stream(api, SSE, _QUERY)) for _ in range(10)]
            for socket in sockets:
                for operation in range(10):
                    await socket.subscribe(str(operation), _QUERY)
            for stream in streams:
                assert len((await stream.result())["data"]["feedStatus"]["symbols"]) == _ROWS
            for socket in sockets:
                assert await states(socket, 10) == {1}
            # The transports share the fields; only the text around them differs.
            assert len(encoded) <= 1
            encoded.clear()
            market.publisher.report(report(2, _ROWS))
            for stream in streams:
                assert number_of(await stream.result()) == 2
            for socket in sockets:
                assert await states(socket, 10) == {2}
            assert len(encoded) == 1


async def states(socket: GraphqlSocket, operations: int) -> set[int | None]:
    """Return the numbers in the next message of each operation."""
    messages = [await socket.receive() for _ in range(operations)]
    assert {message["id"] for message in messages} == set(map(str, range(operations)))
    return {number_of(message["payload"]) for message in messages}


async def test_a_state_that_changes_all_the_time_is_sent_twice_a_second(api: RunningApi, market: Market) -> None:
    done = False

    async def flap() -> None:
        for number in count():
            if done:
                market.publisher.report(report(_LAST))
                return
            market.publisher.report(report(number))
            await asyncio.sleep(0.02)

    began, events = asyncio.get_running_loop().time(), 0
    flapping = asyncio.create_task(flap())
    async with http_stream(api, SSE, _QUERY) as stream:
        async for number in numbers(stream):
            events += 1
            elapsed_s = asyncio.get_running_loop().time() - began
            assert events <= 2 + elapsed_s / PERIOD_S
            if events == 4:
                done = True
            if number == _LAST:
                break
        assert events >= 4
    await flapping


async def test_each_state_of_many_symbols_is_encoded_in_slices(
    api: RunningApi, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    selections = [f"a{number}: symbols {{ symbol state reason }}" for number in range(3)]
    monkeypatch.setattr(api.follower.slices, "_slice_s", 0)
    turns = set[int]()
    turn = 0
    render = JsonTemplate.render

    def noted(template: JsonTemplate, source: JsonSource[Any]) -> bytes:
        if isinstance(source, SymbolStatusJson):
            turns.add(turn)
        return render(template, source)

    async def count_turns() -> None:
        nonlocal turn
        while True:
            await asyncio.sleep(0)
            turn += 1

    market.publisher.report(report(1, _ROWS))
    async with api.socket() as socket:
        for number, selection in enumerate(selections):
            await socket.subscribe(str(number), f"subscription {{ feedStatus {{ {selection} }} }}")
            await socket.next(str(number))
        monkeypatch.setattr(JsonTemplate, "render", noted)
        counting = asyncio.create_task(count_turns())
        market.publisher.report(report(2, _ROWS))
        for _ in selections:
            await socket.receive()
        counting.cancel()
    assert len(turns) > len(selections) * _ROWS / 16
