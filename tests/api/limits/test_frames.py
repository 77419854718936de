"""Floods of WebSocket frames: the connection is closed, and nobody else notices."""

import asyncio

import pytest

from tests.api.conftest import RunningApi
from tests.api.limits.conftest import Neighbour
from tests.support.raw_http import RawClient, frame, raw_client
from tickql.api.limits.frame_rate import FrameRate
from tickql.api.limits.values import LIMITS
from tickql.api.transport.websocket_connection import WebSocketConnection

_PING = frame(b"", 9)
_TEXT = frame(b'{"type":"ping"}')
_EMPTY = frame(b"", 0, final=False)


async def _flood(client: RawClient, data: bytes) -> int:
    """Send the same data until the server closes the connection. Returns the code."""
    for _ in range(20):
        await client.send(data)
    return await client.close_code()


@pytest.mark.parametrize(
    "data",
    [_PING * 1000, frame(b"a" * 125, 9) * 1000, frame(b"", 10) * 1000, _TEXT * 1000],
    ids=["pings", "long pings", "pongs", "texts"],
)
async def test_a_flood_of_frames_ends_its_connection(api: RunningApi, neighbour: Neighbour, data: bytes) -> None:
    async with raw_client(api.url) as client:
        await client.init()
        assert await _flood(client, data) == 1008


async def test_a_flood_of_pieces_ends_its_connection(api: RunningApi, neighbour: Neighbour) -> None:
    async with raw_client(api.url) as client:
        await client.init()
        await client.send(frame(b"a", 1, final=False))
        assert await _flood(client, _EMPTY * 1000) == 1008


async def test_of_a_flood_little_is_kept(api: RunningApi, neighbour: Neighbour) -> None:
    flood = frame(b"a" * 125, 9) * 20_000
    async with raw_client(api.url) as client:
        await client.init()
        (connection,) = (each for each in api.connections(WebSocketConnection) if each.client == client.address)
        kept = 0
        sending = asyncio.create_task(client.send(flood * 10))
        while not (connection._refused or sending.done()):
            kept = max(kept, len(connection._unparsed))
            await asyncio.sleep(0)
        await sending
        # What was sent and not read makes a reset of the end of the connection, without a close frame.
        await client.rest()
    # Two reads of the event loop.
    assert kept <= 2 * 262_144


async def test_a_flood_on_a_plain_websocket_ends_it(api: RunningApi, neighbour: Neighbour) -> None:
    async with raw_client(api.url) as client:
        assert await client.upgrade(b"/ws/ES") == 101
        assert await _flood(client, _TEXT * 1000) == 1008


async def test_a_burst_at_the_limit_is_answered(api: RunningApi, neighbour: Neighbour) -> None:
    async with api.socket() as socket:
        # `connection_init` was the first frame.
        for number in range(LIMITS.frames_burst - 2):
            await socket.send(type="ping", payload={"a": number})
        await socket.subscribe("1", "{ symbols }")
        while (message := await socket.receive())["type"] == "pong":
            pass
        assert message["type"] == "next"


async def test_a_message_of_many_pieces(api: RunningApi, neighbour: Neighbour) -> None:
    def message(pieces: int) -> bytes:
        return frame(b'{"type"', 1, final=False) + _EMPTY * (pieces - 2) + frame(b':"ping"}', 0)

    async with raw_client(api.url) as client:
        await client.init()
        await client.send(message(LIMITS.pieces))
        await client.until(b"pong")
        await client.send(message(LIMITS.pieces + 1))
        assert await client.close_code() == 1008


async def test_a_frame_that_arrives_byte_by_byte(api: RunningApi, neighbour: Neighbour) -> None:
    async with raw_client(api.url) as client:
        await client.init()
        for byte in _TEXT:
            await client.send(bytes((byte,)))
        await client.until(b"pong")


def test_the_rate_recovers() -> None:
    rate = FrameRate(LIMITS, 0.0)
    assert rate.take(LIMITS.frames_burst, 0.0)
    assert rate.take(int(LIMITS.frames_per_s), 1.0)
    assert not rate.take(1, 1.0)
    assert rate.take(LIMITS.frames_burst, 1000.0)
    assert not rate.take(1, 1000.0)
