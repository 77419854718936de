"""The configurations of nginx and HAProxy in `deploy/`, with the real programs before real API servers."""

import asyncio
import ssl
from contextlib import AsyncExitStack, aclosing, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from tests.api.conftest import RunApi, RunningApi, market, run_api
from tests.chaos.system.transports import (
    BREAKS,
    Subscribe,
    Tick,
    library_ticks,
    multipart_ticks,
    plain_ticks,
    sse_ticks,
    websocket_ticks,
)
from tests.support.balancers import HAPROXY, NGINX, Kind, Options, balancer, check, requires, write_configuration
from tests.support.certificates import CertificateAuthority
from tests.support.graphql_client import TRANSPORT_WS
from tests.support.market import Market
from tests.support.waiting import DEADLINE_S, Changes, until
from tickql.api.transport.websocket_connection import WebSocketConnection
from tickql.feed.embedded.ports import free_port
from tickql.feed.settings import FeedSettings

__all__ = ["market", "run_api"]

_TRANSPORTS: tuple[Subscribe, ...] = (websocket_ticks(), plain_ticks, sse_ticks(), multipart_ticks, library_ticks)


@pytest.fixture(params=[NGINX, HAPROXY], ids=lambda kind: kind.program)
def kind(request: pytest.FixtureRequest) -> Kind:
    kind: Kind = request.param
    requires(kind)
    return kind


@pytest.mark.parametrize("marks", [(), ("tls",), ("prefix",)], ids=lambda marks: " ".join(marks) or "plain")
def test_the_program_accepts_the_configuration(kind: Kind, marks: tuple[str, ...], tmp_path: Path) -> None:
    signed = CertificateAuthority(tmp_path, "ca").sign("server") if marks == ("tls",) else None
    servers = [f"http://127.0.0.1:{8000 + number}" for number in range(5)]
    path = write_configuration(kind, servers, free_port(), tmp_path, Options(marks, signed))
    said = check(kind, path)
    assert "warn" not in said.lower(), said
    configured = "".join(each.read_text() for each in (path, *tmp_path.glob("tickql.conf")))
    assert all(server.removeprefix("http://") in configured for server in servers)


class _Follower:
    """A client that resumes by cursor whenever its connection ends."""

    def __init__(self, address: str, subscribe: Subscribe, changes: Changes) -> None:
        self.ticks: list[Tick] = []
        self._address = address
        self._subscribe = subscribe
        self._changes = changes

    async def run(self) -> None:
        while True:
            after = self.ticks[-1]["cursor"] if self.ticks else None
            with suppress(*BREAKS):
                async with aclosing(self._subscribe(self._address, "ES", after)) as ticks:
                    async for tick in ticks:
                        self.ticks.append(tick)
                        self._changes.notify()


async def test_a_client_that_is_moved_continues_on_another_server(
    kind: Kind, run_api: RunApi, feed_settings: FeedSettings, market: Market, tmp_path: Path
) -> None:
    port = free_port()
    first, second = await _run_ready(run_api, feed_settings, port), await _run_ready(run_api, feed_settings)
    changes = Changes()

    async def trade(count: int) -> None:
        # One after the other: what a proxy keeps back would never arrive.
        for _ in range(count):
            market.tick()
            await changes.until(lambda: all(len(each.ticks) >= market.seqs["ES"] for each in followers))

    async with balancer(kind, [first.url, second.url], tmp_path) as address, asyncio.TaskGroup() as group:
        followers = [_Follower(address, subscribe, changes) for subscribe in _TRANSPORTS * 2]
        reading = [group.create_task(each.run()) for each in followers]
        await trade(3)
        assert _clients(first)
        assert _clients(second)
        await first.stop()
        await trade(3)
        third = await run_api(feed_settings, port=port)
        await until(lambda: _has_clients(address, third))
        await second.stop()
        await trade(3)
        for task in reading:
            task.cancel()
    for follower in followers:
        assert [int(tick["last"]) for tick in follower.ticks] == list(range(1, market.seqs["ES"] + 1))
        assert not any(tick["gap"] or tick["skipped"] for tick in follower.ticks)


async def _run_ready(run_api: RunApi, settings: FeedSettings, port: int | None = None) -> RunningApi:
    """Run a server, and wait until it says that it is ready: HAProxy gives none to one that does not say so."""
    api = await run_api(settings) if port is None else await run_api(settings, port=port)
    async with httpx.AsyncClient() as client:
        await until(lambda: _says_ready(client, api))
    return api


async def _says_ready(client: httpx.AsyncClient, api: RunningApi) -> bool:
    return (await client.get(f"{api.url}/readyz", timeout=DEADLINE_S)).status_code == 200


def _clients(api: RunningApi) -> int:
    return len(api._server.server_state.connections)


async def _has_clients(address: str, api: RunningApi) -> bool:
    """Whether the load balancer uses a server. Each call is one more client."""
    async with _open(address):
        return bool(api.connections(WebSocketConnection))


def _open(address: str, **options: Any) -> connect:
    target = f"{address.replace('http', 'ws', 1)}/graphql"
    return connect(target, subprotocols=[TRANSPORT_WS], open_timeout=DEADLINE_S, **options)


async def test_nginx_gives_all_clients_to_a_server_that_is_back(
    run_api: RunApi, feed_settings: FeedSettings, tmp_path: Path
) -> None:
    requires(NGINX)
    port = free_port()
    first, second = await run_api(feed_settings, port=port), await run_api(feed_settings)
    async with balancer(NGINX, [first.url, second.url], tmp_path) as address, AsyncExitStack() as stack:
        await first.stop()
        # The first one of these finds the server away. None of them ends before the others come.
        for _ in range(2):
            await stack.enter_async_context(_open(address))
        third = await run_api(feed_settings, port=port)
        await second.stop()
        for _ in range(6):
            await stack.enter_async_context(_open(address))
        assert len(third.connections(WebSocketConnection)) == 6


async def test_servers_get_equally_many_clients(
    kind: Kind, run_api: RunApi, feed_settings: FeedSettings, tmp_path: Path
) -> None:
    servers = [await _run_ready(run_api, feed_settings) for _ in range(3)]
    async with balancer(kind, [api.url for api in servers], tmp_path) as address, AsyncExitStack() as stack:
        for _ in range(12):
            await stack.enter_async_context(_open(address))
        assert [len(api.connections(WebSocketConnection)) for api in servers] == [4, 4, 4]


async def test_limits_count_the_clients_behind_the_load_balancer(
    kind: Kind, run_api: RunApi, feed_settings: FeedSettings, tmp_path: Path
) -> None:
    api = await run_api(feed_settings, trusted_proxies="127.0.0.1", max_connections_per_address=2)

    async def client(number: int) -> ClientConnection:
        # What a client says of its address does not count.
        forged = {"X-Forwarded-For": f"10.9.9.{len(api.connections(WebSocketConnection))}"}
        options = {"local_addr": (f"127.0.0.{number}", 0), "additional_headers": forged}
        return await stack.enter_async_context(_open(address, **options))

    async with balancer(kind, [api.url], tmp_path) as address, AsyncExitStack() as stack:
        for number in (2, 2, 3, 3):
            await client(number)
        for number in (2, 3):
            with pytest.raises(InvalidStatus, match="503"):
                await client(number)
        await client(4)


async def test_haproxy_gives_clients_to_servers_that_are_ready(
    run_api: RunApi, feed_settings: FeedSettings, tmp_path: Path
) -> None:
    requires(HAPROXY)
    without_redis = feed_settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{free_port()}/0"})
    unready = [await run_api(without_redis) for _ in range(2)]
    ready = await run_api(feed_settings)
    folders = [tmp_path / name for name in ("some", "none")]
    for folder in folders:
        folder.mkdir()
    async with balancer(HAPROXY, [api.url for api in (*unready, ready)], folders[0]) as address:
        # Each server counts as ready until it was asked twice.
        await until(lambda: _is_ready(address, 6))
        async with AsyncExitStack() as stack:
            for _ in range(4):
                await stack.enter_async_context(_open(address))
            assert len(ready.connections(WebSocketConnection)) == 4
    async with balancer(HAPROXY, [api.url for api in unready], folders[1]) as address, httpx.AsyncClient() as client:
        # The server's own words, not the load balancer's.
        assert (await client.get(f"{address}/readyz")).json()["ready"] is False


async def _is_ready(address: str, times: int) -> bool:
    async with httpx.AsyncClient() as client:
        return all([(await client.get(f"{address}/readyz")).is_success for _ in range(times)])


async def test_the_api_below_a_path(
    kind: Kind, run_api: RunApi, feed_settings: FeedSettings, market: Market, tmp_path: Path
) -> None:
    api = await run_api(feed_settings)
    market.tick()
    async with (
        balancer(kind, [api.url], tmp_path, Options(("prefix",))) as address,
        httpx.AsyncClient() as client,
        aclosing(websocket_ticks()(f"{address}/prices", "ES", None)) as ticks,
    ):
        assert (await anext(ticks))["last"] == "1"
        assert (await client.get(f"{address}/prices/healthz")).json() == {"alive": True}
        assert (await client.get(f"{address}/healthz")).status_code == httpx.codes.NOT_FOUND


async def test_the_api_over_tls(kind: Kind, run_api: RunApi, feed_settings: FeedSettings, tmp_path: Path) -> None:
    api = await run_api(feed_settings, trusted_proxies="127.0.0.1")
    authority = CertificateAuthority(tmp_path, "ca")
    trust = ssl.create_default_context(cafile=authority.path)
    options = Options(("tls",), authority.sign("server"))
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(balancer(kind, [api.url], tmp_path, options))
        # A page of the server itself: its origin has the scheme that the client sees.
        await stack.enter_async_context(_open(address, ssl=trust, origin=address))
        assert len(api.connections(WebSocketConnection)) == 1
