"""Limits of connections: in all, per address, and before init."""

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.api.conftest import RunApi, RunningApi
from tests.support.raw_http import raw_client
from tests.support.waiting import until
from tickql.api.limits.connections import ConnectionLimiter
from tickql.api.limits.open_files import raise_open_files
from tickql.api.settings import ApiSettings
from tickql.feed.settings import FeedSettings

_GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n%b\r\n"


async def _status(api: RunningApi, more: bytes = b"") -> int:
    """Return the status of a request on a connection of its own, which is then closed."""
    async with raw_client(api.url) as client:
        await client.send(_GET % more)
        return await client.status()


async def _open(stack: AsyncExitStack, api: RunningApi, count: int) -> None:
    for _ in range(count):
        socket = await stack.enter_async_context(api.socket())
        await socket.subscribe("1", "subscription { feedStatus { state } }")
        await socket.next("1")


@pytest.mark.parametrize("setting", ["max_connections", "max_connections_per_address"])
async def test_one_connection_too_many_is_refused(
    run_api: RunApi, feed_settings: FeedSettings, setting: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings: Any = {setting: 5}
    api = await run_api(feed_settings, **settings)
    async with AsyncExitStack() as stack, api.socket() as first:
        await _open(stack, api, 4)
        with caplog.at_level(logging.WARNING, "tickql.api"):
            for _ in range(20):
                assert await _status(api) == 503
        assert len([line for line in caplog.messages if line.startswith("refused a connection")]) <= 1
        await first.subscribe("1", "subscription { feedStatus { state } }")
        await first.next("1")

    async def is_served() -> bool:
        return await _status(api) == 200

    # The places are free again when the server has seen the ends of the connections.
    await until(is_served)


async def test_connections_before_init_have_a_limit_of_their_own(run_api: RunApi, feed_settings: FeedSettings) -> None:
    api = await run_api(feed_settings, max_connections_before_init=3)
    async with AsyncExitStack() as stack:
        await _open(stack, api, 4)
        for _ in range(2):
            await stack.enter_async_context(raw_client(api.url))
        async with api.open() as waiting:
            assert await _status(api) == 503
            await waiting.init()
            assert await _status(api) == 200


async def test_a_forwarded_address_counts_only_behind_a_trusted_proxy(
    run_api: RunApi, feed_settings: FeedSettings
) -> None:
    direct = await run_api(feed_settings, max_connections_per_address=2)
    proxied = await run_api(feed_settings, max_connections_per_address=2, trusted_proxies="127.0.0.0/8, ::1")
    for api, expected in ((direct, [200, 200, 503]), (proxied, [200, 200, 200])):
        async with AsyncExitStack() as stack:
            statuses = []
            for number in range(3):
                client = await stack.enter_async_context(raw_client(api.url))
                await client.send(_GET % b"X-Forwarded-For: 10.0.0.%d\r\n" % number)
                statuses.append(await client.status())
        assert statuses == expected
    async with AsyncExitStack() as stack:
        statuses = []
        for number in range(3):
            client = await stack.enter_async_context(raw_client(proxied.url))
            # What a client writes itself comes first in the list.
            await client.send(_GET % b"X-Forwarded-For: 10.1.1.%d, 10.0.0.9\r\n" % number)
            statuses.append(await client.status())
    assert statuses == [200, 200, 503]


async def test_an_ipv6_network_is_one_client() -> None:
    limiter = ConnectionLimiter(ApiSettings(max_connections_per_address=1))
    places = [limiter.admit(address) for address in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "::ffff:1.2.3.4")]
    assert [place is not None for place in places] == [True, False, True, True]


def test_no_more_connections_are_allowed_than_files() -> None:
    assert ConnectionLimiter(ApiSettings(), open_files=256).max_in_all < 256
    files = raise_open_files()
    assert files is None or files >= 1024


async def test_many_silent_connections_leave_the_neighbours_alone(run_api: RunApi, feed_settings: FeedSettings) -> None:
    api = await run_api(feed_settings, max_connections_before_init=200)
    async with AsyncExitStack() as stack, api.socket() as neighbour:
        clients = [await stack.enter_async_context(raw_client(api.url)) for _ in range(300)]
        refused = asyncio.gather(*(client.rest() for client in clients[200:]))
        assert {answer.split(b" ")[1] for answer in await refused} <= {b"503"}
        await neighbour.subscribe("1", "subscription { feedStatus { state } }")
        await neighbour.next("1")
