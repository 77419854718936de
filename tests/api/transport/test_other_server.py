"""The API on another ASGI server: hypercorn."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from hypercorn.asyncio import serve
from hypercorn.config import Config

from tests.support.graphql_client import TICKS, Api, seqs
from tests.support.http_stream import MULTIPART, SSE, http_stream
from tests.support.market import Market
from tickql.api.access.grant import Role
from tickql.api.access.symbol_patterns import SymbolPatterns
from tickql.api.access.token_file import TokenFile
from tickql.api.app import create_app
from tickql.api.settings import ApiSettings
from tickql.feed.embedded.ports import free_port
from tickql.feed.settings import FeedSettings


@asynccontextmanager
async def serving(settings: ApiSettings) -> AsyncIterator[Api]:
    """Run hypercorn in its own thread and event loop, because it has its own signal handling and timeouts."""
    config = Config()
    port = free_port()
    config.bind = [f"127.0.0.1:{port}"]
    config.graceful_timeout = 1
    stop, listening = threading.Event(), threading.Event()

    async def stopped() -> None:
        listening.set()
        await asyncio.to_thread(stop.wait)

    app = create_app(settings)
    thread = threading.Thread(
        target=lambda: asyncio.run(serve(app, config, shutdown_trigger=stopped))  # type: ignore[arg-type]
    )
    thread.start()
    try:
        assert await asyncio.to_thread(listening.wait, 20)
        yield Api(f"http://127.0.0.1:{port}")
    finally:
        stop.set()
        await asyncio.to_thread(thread.join, 20)
        assert not thread.is_alive()


@pytest.fixture
async def hypercorn(feed_settings: FeedSettings) -> AsyncIterator[Api]:
    async with serving(ApiSettings.model_validate(feed_settings.model_dump())) as api:
        yield api


async def test_every_tick_arrives_in_order_and_a_cursor_resumes(hypercorn: Api, market: Market) -> None:
    market.tick()
    async with hypercorn.socket() as socket:
        await socket.subscribe("1", TICKS, symbol="ES")
        assert (await socket.tick())["seq"] == 1
        market.tick(count=300)
        arrived = [await socket.tick() for _ in range(300)]
        assert seqs(arrived) == list(range(2, 302))
    market.tick(count=10)
    async with hypercorn.socket() as socket:
        await socket.subscribe("1", TICKS, symbol="ES", after=arrived[-1]["cursor"])
        assert seqs([await socket.tick() for _ in range(10)]) == list(range(302, 312))


@pytest.mark.parametrize("accept", [SSE, MULTIPART], ids=["sse", "multipart"])
async def test_a_stream_has_every_tick(hypercorn: Api, market: Market, accept: str) -> None:
    market.tick()
    async with http_stream(hypercorn, accept, symbol="ES") as stream:
        assert (await stream.tick())["seq"] == 1
        market.tick(count=300)
        assert seqs(await stream.ticks_until(301)) == list(range(2, 302))


async def test_last_prices_are_answered(hypercorn: Api, market: Market) -> None:
    market.tick()
    async with hypercorn.socket() as socket:
        await socket.subscribe("1", TICKS, symbol="ES")
        await socket.tick()
        for _ in range(2):
            assert await hypercorn.query('{ lastPrice(symbol: "ES") { seq } }') == {"lastPrice": {"seq": 1}}


async def test_streams_are_interrupted_when_their_token_ends(
    feed_settings: FeedSettings, market: Market, tmp_path: Path
) -> None:
    tokens = TokenFile(tmp_path / "tokens.json")
    token, _ = tokens.issue(None, SymbolPatterns.parse("ES"), Role.READER, None)
    headers = {"Authorization": f"Bearer {token}"}
    market.tick()
    settings = ApiSettings.model_validate({**feed_settings.model_dump(), "token_file": tokens.path})
    async with (
        serving(settings) as api,
        http_stream(api, SSE, headers=headers, symbol="ES") as events,
        http_stream(api, MULTIPART, headers=headers, symbol="ES") as parts,
    ):
        await events.tick()
        await parts.tick()
        assert tokens.revoke(token.split("_")[1]) is not None
        for stream in (events, parts):
            with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
                await stream.rest()
        assert b"event: complete" not in events.received
        assert b"INTERRUPTED" in parts.received
