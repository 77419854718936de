"""Connections and streams end with their tokens, and a newer token keeps a WebSocket open."""

import asyncio
import json

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.api.access.conftest import Guarded, bearer
from tests.support.graphql_client import TICKS, GraphqlSocket
from tests.support.http_stream import MULTIPART, SSE, http_stream
from tests.support.waiting import DEADLINE_S, tries, until


async def opened(socket: GraphqlSocket, token: str) -> GraphqlSocket:
    await socket.send(type="connection_init", payload=bearer(token))
    assert (await socket.receive())["type"] == "connection_ack"
    return socket


async def close_of(socket: GraphqlSocket, before: list[str] | None = None) -> tuple[int, str]:
    """Return code and reason of the close frame, after any results. `before`: gets the types of these."""
    types = [] if before is None else before
    try:
        while True:
            types.append((await socket.receive_any())["type"])
    except ConnectionClosed as closed:
        frame = closed.rcvd
    assert frame is not None
    return frame.code, frame.reason


async def test_streams_of_every_transport_end_when_their_token_is_revoked(guarded: Guarded) -> None:
    api, token = guarded.api, guarded.issue("ES")
    async with (
        api.open() as graphql,
        api.open() as other,
        connect(f"{api.ws_url}/ws/ES", additional_headers=bearer(token), open_timeout=DEADLINE_S) as plain,
        http_stream(api, SSE, headers=bearer(token), symbol="ES") as events,
        http_stream(api, MULTIPART, headers=bearer(token), symbol="ES") as parts,
    ):
        for socket, own in ((graphql, token), (other, guarded.reader)):
            await (await opened(socket, own)).subscribe("1", TICKS, symbol="ES")
            await socket.tick()
        await plain.recv()
        await events.tick()
        await parts.tick()
        guarded.revoke(token)
        assert await close_of(graphql) == (4403, "the token was revoked")
        with pytest.raises(ConnectionClosed, match=r"4403 .*the token was revoked"):
            await plain.recv()
        # Not like its orderly end: the client reconnects, and is refused.
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
            await events.rest()
        assert b"event: complete" not in events.received
        assert b"INTERRUPTED" in await parts.rest()
        # A neighbour with another token goes on.
        await other.subscribe("2", TICKS, symbol="ES")
        assert (await other.tick("2"))["symbol"] == "ES"


async def test_a_stream_ends_when_its_token_expires(guarded: Guarded) -> None:
    async def ends(opens_within_s: float) -> None:
        token = guarded.issue("ES", lifetime_s=1 + opens_within_s)
        async with guarded.api.open() as socket:
            await socket.send(type="connection_init", payload=bearer(token))
            await socket.subscribe("1", TICKS, symbol="ES")
            # Nobody calls `refresh` here: the server itself notices.
            messages: list[str] = []
            assert await close_of(socket, messages) == (4403, "the token has expired")
            assert messages[:2] == ["connection_ack", "next"], "it was still valid at first"

    await tries(ends)


async def test_a_newer_token_keeps_a_connection_open(guarded: Guarded) -> None:
    first, second = guarded.issue("ES"), guarded.issue("ES,NQ")
    async with guarded.api.open() as socket:
        await opened(socket, first)
        await socket.subscribe("1", TICKS, symbol="ES")
        await socket.tick()
        await socket.send(type="ping", payload=bearer(second))
        assert (await socket.receive())["type"] == "pong"
        guarded.revoke(first)
        # The new token covers more, and operations that are started from now on have its rights.
        await socket.subscribe("2", TICKS, symbol="NQ")
        assert (await socket.tick("2"))["symbol"] == "NQ"
        guarded.revoke(second)
        assert await close_of(socket) == (4403, "the token was revoked")


@pytest.mark.parametrize("newer", ["wrong", "narrower"])
async def test_a_newer_token_that_gives_less_ends_the_connection(guarded: Guarded, newer: str) -> None:
    token = guarded.issue("FX:EUR") if newer == "narrower" else "wrong"
    async with guarded.api.open() as socket:
        await opened(socket, guarded.reader)
        await socket.send(type="ping", payload=bearer(token))
        code, reason = await close_of(socket)
        assert code == 4403
        assert ("fewer rights" in reason) == (newer == "narrower")


async def test_a_plain_websocket_takes_a_newer_token(guarded: Guarded) -> None:
    first, second = guarded.issue("ES"), guarded.issue("*")
    url = f"{guarded.api.ws_url}/ws/ES"
    async with connect(url, additional_headers=bearer(first), open_timeout=DEADLINE_S) as plain:
        assert json.loads(await plain.recv())["symbol"] == "ES"
        for ignored in ("", "[]", "{", '{"authorization": null}'):
            await plain.send(ignored)
        await plain.send(json.dumps({"authorization": f"Bearer {second}"}))
        await until(lambda: guarded.is_held(second))
        guarded.revoke(first)
        guarded.revoke(second)
        with pytest.raises(ConnectionClosed, match=r"4403 .*the token was revoked"):
            await plain.recv()


@pytest.mark.long
async def test_a_thousand_streams_end_within_five_seconds_of_their_token(guarded: Guarded) -> None:
    token = guarded.issue("ES")

    async def follow() -> float:
        async with connect(
            f"{guarded.api.ws_url}/ws/ES", additional_headers=bearer(token), open_timeout=DEADLINE_S
        ) as plain:
            await plain.recv()
            started.release()
            with pytest.raises(ConnectionClosed, match="4403"):
                await plain.recv()
            return asyncio.get_running_loop().time()

    started = asyncio.Semaphore(0)
    streams = [asyncio.create_task(follow()) for _ in range(1000)]
    async with asyncio.timeout(3 * DEADLINE_S):
        for _ in streams:
            await started.acquire()
        assert guarded.file.revoke(token.split("_")[1]) is not None
        revoked_s = asyncio.get_running_loop().time()
        ends_s = await asyncio.gather(*streams)
    assert max(ends_s) - revoked_s < 5


async def test_nothing_stays_of_connections_that_were_closed(guarded: Guarded) -> None:
    for accept in (SSE, MULTIPART):
        async with http_stream(guarded.api, accept, headers=bearer(guarded.reader), symbol="ES") as stream:
            await stream.tick()
    async with guarded.api.open() as socket:
        await opened(socket, guarded.reader)
    await guarded.api.all_clients_gone()
    assert not guarded.sessions()
