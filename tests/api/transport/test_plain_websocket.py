"""`/ws/{symbol}`: the messages of the feed, for clients without GraphQL."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.api.conftest import RunApi, RunningApi
from tests.support.market import Market, fill
from tests.support.strategies import ticks
from tests.support.waiting import DEADLINE_S
from tickql.api.transport.plain_websocket import encode_event
from tickql.feed.codec import decode_tick
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Event, Tick


@asynccontextmanager
async def plain(api: RunningApi, path: str) -> AsyncIterator[ClientConnection]:
    async with connect(f"{api.ws_url}/ws/{path}", open_timeout=DEADLINE_S) as connection:
        yield connection


async def receive(connection: ClientConnection) -> Tick:
    async with asyncio.timeout(DEADLINE_S):
        message = await connection.recv()
    assert isinstance(message, str)
    return decode_tick(message.encode())


async def test_a_plain_socket_sends_the_messages_of_the_feed(api: RunningApi, market: Market) -> None:
    market.tick()
    async with plain(api, "ES") as connection:
        message = json.loads(await connection.recv())
    assert list(message)[:5] == ["timestamp", "symbol", "ASK", "BID", "LAST"]
    assert list(message.values())[:5] == ["2025-02-19 08:02:06.053", "ES", "1.50", "1.25", "1"]


async def test_a_plain_socket_sends_the_newest_tick_and_then_every_one(api: RunningApi, market: Market) -> None:
    market.tick()
    async with plain(api, "ES") as connection:
        assert (await receive(connection)).seq == 1
        market.tick(count=300)
        assert [(await receive(connection)).seq for _ in range(300)] == list(range(2, 302))


async def test_a_plain_socket_resumes_after_a_cursor(api: RunningApi, market: Market) -> None:
    market.tick()
    async with plain(api, "ES") as connection:
        first = await receive(connection)
    market.tick(count=3)
    async with plain(api, f"ES?after={first.cursor}") as connection:
        assert [(await receive(connection)).seq for _ in range(3)] == [2, 3, 4]


async def test_a_symbol_may_hold_a_slash(api: RunningApi, market: Market) -> None:
    market.tick("EUR/USD")
    async with plain(api, "EUR/USD") as connection:
        assert (await receive(connection)).symbol == "EUR/USD"


async def test_a_plain_socket_sends_a_gap_for_ticks_that_could_not_be_delivered(
    run_api: RunApi, feed_settings: FeedSettings
) -> None:
    settings = feed_settings.model_copy(update={"history_ticks": 100})
    await fill(settings, 1)
    first = (await (await run_api(settings)).query('{ lastPrice(symbol: "ES") { cursor } }'))["lastPrice"]["cursor"]
    for _ in range(3):
        await fill(settings, *range(1, 401))
    async with plain(await run_api(settings), f"ES?after={first}") as connection:
        message = json.loads(await connection.recv())
        seq = int(message["cursor"].partition("-")[2])
        assert [(await receive(connection)).seq for _ in range(seq, 1201)] == list(range(seq + 1, 1202))
    assert message["gap"] == {"after": first, "reason": "TRIMMED", "lost": seq - 2}


async def test_messages_from_the_client_are_ignored(api: RunningApi, market: Market) -> None:
    async with plain(api, "ES") as connection:
        await connection.send("hello")
        await connection.send(b"\x00")
        market.tick()
        assert (await receive(connection)).seq == 1


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("E%20S", "argument `symbol`: symbol 'E S' is not 1 to 32 letters, digits or any of . _ - / = ^ :"),
        (
            "ES?after=nine",
            "argument `after`: cursor 'nine' is not <symbol>:<epoch>-<seq>, such as ES:1739952000000-812",
        ),
        ("ES?after=NQ:9-5", "argument `after`: cursor 'NQ:9-5' belongs to symbol 'NQ', not to 'ES'"),
        (f"{'%C3%BC' * 60}", "argument `symbol`: symbol 'üüüü"),
    ],
)
async def test_bad_input_closes_a_plain_socket_with_a_reason(api: RunningApi, path: str, reason: str) -> None:
    async with plain(api, path) as connection:
        with pytest.raises(ConnectionClosed) as closed:
            await receive(connection)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4400
    assert closed.value.rcvd.reason.startswith(reason)


async def test_a_plain_socket_that_disconnects_is_released(api: RunningApi, market: Market) -> None:
    market.tick()
    async with plain(api, "ES") as connection:
        await receive(connection)
        assert api.readers() == 1
    await api.all_clients_gone()
    assert api.readers() == 0


@given(ticks)
def test_a_message_is_the_tick_as_the_feed_writes_it(tick: Tick) -> None:
    assert decode_tick(encode_event(Event(tick))) == tick
