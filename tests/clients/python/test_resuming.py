"""The Python client for the API ends when its user ends it, also while its connection breaks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress

import pytest

from tests.support.demo_market import api
from tests.support.market import fill
from tests.support.proxy import FaultProxy
from tests.support.waiting import DEADLINE_S
from tickql.feed.embedded.ports import free_port
from tickql.feed.settings import FeedSettings
from tickql_client import ticks

_TURNS = 25
"""More turns of the event loop than gql needs to notice that its connection has broken."""


@pytest.fixture
async def proxy(feed_settings: FeedSettings) -> AsyncIterator[FaultProxy]:
    await fill(feed_settings, 1)
    async with api(feed_settings, free_port()) as url, FaultProxy(url) as proxy:
        yield proxy


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_client_that_is_closed_or_cancelled_while_its_connection_breaks_ends(proxy: FaultProxy) -> None:
    url = f"http://127.0.0.1:{proxy.port}/graphql"
    async with asyncio.timeout(DEADLINE_S):
        for turns in range(_TURNS):
            async with aclosing(ticks("ES", url=url)) as received:
                await anext(received)
                proxy.cut()
                await _turns(turns)
            received = ticks("ES", url=url)
            await anext(received)
            reading = asyncio.create_task(anext(received))
            await _turns(1)
            proxy.cut()
            await _turns(turns)
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading
            assert reading.cancelled()
            await received.aclose()
