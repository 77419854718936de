"""Starting and stopping the server, and several processes behind one port."""

import asyncio
import errno
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.api.conftest import RunApi
from tests.api.transport.test_http_streams import Events
from tests.support.graphql_client import TICKS, Api, seqs
from tests.support.market import Market
from tests.support.raw_http import raw_client
from tests.support.waiting import DEADLINE_S, until
from tickql.api.errors import CannotListen
from tickql.api.server import address, listen
from tickql.api.settings import ApiSettings
from tickql.feed.embedded.ports import free_port
from tickql.feed.settings import FeedSettings

SERVE = "import sys; from tickql.api.server import serve; from tickql.api.settings import ApiSettings; "


@asynccontextmanager
async def serving(
    feed: FeedSettings, workers: int = 1, **more: object
) -> AsyncIterator[tuple[Api, asyncio.subprocess.Process]]:
    """Run `serve` in its own process, like a user does. `more`: other settings."""
    settings = ApiSettings.model_validate({**feed.model_dump(), "port": free_port(), **more})
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", f"{SERVE} serve(ApiSettings(), workers={workers})",
        env={**os.environ, **settings.environment()}, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    try:
        async with asyncio.timeout(DEADLINE_S):
            assert b"listening on" in await process.stderr.readline()
        yield Api(f"http://127.0.0.1:{settings.port}"), process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEADLINE_S):
            await process.communicate()


async def test_a_port_in_use_is_one_clear_line_and_a_failure(feed_settings: FeedSettings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"^cannot listen on 127.0.0.1 port {port}: it is in use"):
            listen(ApiSettings(port=port))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com"])
def test_an_address_that_other_machines_can_reach_must_be_allowed(host: str) -> None:
    with pytest.raises(CannotListen, match="and clients need no token: make one with `tickql token new`"):
        listen(ApiSettings(host=host, port=0))


def test_an_address_that_other_machines_can_reach_can_be_allowed() -> None:
    with listen(ApiSettings(host="0.0.0.0", port=0, insecure=True)) as listening:
        assert address(listening).startswith("http://0.0.0.0:")


def test_an_address_of_another_machine_is_one_clear_line() -> None:
    with pytest.raises(CannotListen, match=r"^cannot listen on 192\.0\.2\.1 port 0: "):
        listen(ApiSettings(host="192.0.2.1", port=0, insecure=True))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_loopback_needs_no_permission(host: str) -> None:
    with listen(ApiSettings(host=host, port=0)) as listening:
        assert address(listening).startswith("http://")


def test_settings_are_the_same_after_a_round_trip_through_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = ApiSettings(port=1234, allowed_origins=("http://a.example", "http://b.example"), insecure=True)
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert ApiSettings() == settings


async def test_stopping_closes_sockets_with_1012_and_ends_streams(
    run_api: RunApi, feed_settings: FeedSettings, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    api = await run_api(feed_settings, stop_timeout_s=60)
    market.tick()
    body = {"query": TICKS, "variables": {"symbol": "ES"}}
    async with (
        api.socket() as connection,
        httpx.AsyncClient(timeout=DEADLINE_S) as client,
        client.stream("POST", f"{api.url}/graphql", json=body, headers={"Accept": "text/event-stream"}) as response,
    ):
        events = Events(response)
        await events.tick()
        await connection.subscribe("1", TICKS, symbol="ES")
        await connection.tick()
        async with asyncio.timeout(DEADLINE_S):
            await api.stop()
        with pytest.raises(ConnectionClosed) as closed:
            await connection.receive()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        with pytest.raises(httpx.RemoteProtocolError):
            await events.next()
    # The publisher is the test's own market, and not what stops.
    assert [record.getMessage() for record in caplog.records if record.module != "publisher"] == []


async def test_a_server_that_stops_closes_its_connections_one_after_the_other(
    run_api: RunApi, feed_settings: FeedSettings
) -> None:
    api = await run_api(feed_settings, stop_timeout_s=60)

    async def closed_at_s(connection: ClientConnection) -> float:
        with pytest.raises(ConnectionClosed, match="1012"):
            await connection.recv()
        return time.monotonic()

    async with AsyncExitStack() as opened:
        connections = [await opened.enter_async_context(connect(f"{api.ws_url}/ws/ES")) for _ in range(100)]
        closing = [asyncio.create_task(closed_at_s(connection)) for connection in connections]
        async with asyncio.timeout(DEADLINE_S):
            await api.stop()
            ends_s = await asyncio.gather(*closing)
    # 500 a second: a fifth of a second for all of them.
    assert max(ends_s) - min(ends_s) > 0.1


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_the_server_within_seconds_and_without_failure(
    feed_settings: FeedSettings, market: Market, stop: signal.Signals
) -> None:
    market.tick()
    async with serving(feed_settings) as (api, process), api.socket() as connection:
        await connection.subscribe("1", TICKS, symbol="ES")
        await connection.tick()
        process.send_signal(stop)
        async with asyncio.timeout(DEADLINE_S):
            assert await process.wait() == 0


async def test_a_client_resumes_on_the_next_server(feed_settings: FeedSettings, market: Market) -> None:
    market.tick()
    async with serving(feed_settings) as (api, process), api.ticks() as stream:
        market.tick(count=10)
        ticks = await stream.until(5)
        process.kill()
    async with serving(feed_settings) as (api, _), api.ticks(after=ticks[-1]["cursor"]) as stream:
        market.tick(count=10)
        ticks += await stream.until(21)
    assert seqs(ticks) == list(range(ticks[0]["seq"], 22))


async def test_several_processes_share_the_port(feed_settings: FeedSettings, market: Market) -> None:
    market.tick()
    async with serving(feed_settings, workers=2) as (api, process):
        async with asyncio.TaskGroup() as tasks:
            ready = asyncio.Barrier(9)
            readers = [tasks.create_task(_read(api, ready)) for _ in range(8)]
            await ready.wait()
            market.tick(count=20)
        assert len(_workers(process.pid)) == 2
        async with raw_client(api.url) as silent:
            await silent.init()
            process.send_signal(signal.SIGTERM)
            # A worker waits for a client that does not answer its close frame. Meanwhile new clients are refused.
            await until(lambda: _refuses(api))
            assert _workers(process.pid)
        async with asyncio.timeout(DEADLINE_S):
            assert await process.wait() == 0
    assert [reader.result() for reader in readers] == [list(range(1, 22))] * 8


@pytest.mark.long
async def test_worker_processes_stop_when_their_parent_is_gone(feed_settings: FeedSettings) -> None:
    async with serving(feed_settings, workers=2) as (api, process):
        assert (await api.get("/healthz")).status_code == 200
        process.kill()
        assert process.stderr is not None
        async with asyncio.timeout(DEADLINE_S):
            await process.stderr.read()  # ends when the last worker has exited
        with pytest.raises(httpx.ConnectError):
            await api.get("/healthz")


async def _read(api: Api, ready: asyncio.Barrier) -> list[int]:
    async with api.ticks() as stream:
        first = await stream.next()
        await ready.wait()
        return [first["seq"], *seqs(await stream.until(21))]


async def _refuses(api: Api) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((urlsplit(api.url).hostname, urlsplit(api.url).port)) == errno.ECONNREFUSED


def _workers(parent: int) -> list[str]:
    """Return the command lines of the worker processes of a server."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    commands = [Path(f"/proc/{child}/cmdline").read_text() for child in children]
    return [command for command in commands if "spawn_main" in command]
