"""Five hundred clients that stop reading: freed, at the cost of little memory, and a neighbour gets each tick.

`make hostile` measures how soon they are freed (within 15 s), and how late the neighbours' ticks are.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.api.test_server import serving
from tests.api.transport.test_slow_clients import slow_client, stuck_stream
from tests.support.graphql_client import Api, Stream
from tests.support.http_stream import MULTIPART, SSE
from tests.support.market import Market
from tests.support.waiting import DEADLINE_S
from tickql.feed.settings import FeedSettings

_READERS = 500
_TICK_S = 0.05
_MEMORY_BYTES = 50 * 2**20
_SPARE_CONNECTIONS = 5
"""Connections to Redis that may come and go by themselves."""

Stuck = Callable[[Api], AbstractAsyncContextManager[object]]


class Neighbour:
    """A client that reads, and gets each tick."""

    def __init__(self, api: Api, market: Market) -> None:
        self._api = api
        self._market = market

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self._api.ticks() as stream:
            await stream.until(self._market.seqs["ES"])
            task = asyncio.create_task(self._run(stream))
            try:
                yield
                assert not task.done(), task
            finally:
                task.cancel()
                await asyncio.wait([task])

    async def _run(self, stream: Stream) -> None:
        while True:
            self._market.tick()
            tick = await stream.next()
            assert (tick["seq"], tick["gap"]) == (self._market.seqs["ES"], None)
            await asyncio.sleep(_TICK_S)


def _resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _connections(pid: int) -> int:
    return sum(os.readlink(link).startswith("socket:") for link in Path(f"/proc/{pid}/fd").iterdir())


async def _until_freed(pid: int, before: int) -> int:
    """Wait until the connections are gone. Returns the most memory that the server had meanwhile, in bytes."""
    most = 0
    async with asyncio.timeout(DEADLINE_S):
        while _connections(pid) > before + _SPARE_CONNECTIONS:
            most = max(most, _resident_bytes(pid))
            await asyncio.sleep(0.1)
    return most


@pytest.mark.long
@pytest.mark.parametrize(
    "stuck",
    [slow_client, lambda api: stuck_stream(api, SSE), lambda api: stuck_stream(api, MULTIPART)],
    ids=["websocket", "sse", "multipart"],
)
async def test_five_hundred_stuck_readers_are_freed_and_cost_little(
    feed_settings: FeedSettings, market: Market, stuck: Stuck
) -> None:
    market.tick()
    async with (
        serving(feed_settings) as (api, process),
        Neighbour(api, market).running(),
        AsyncExitStack() as stack,
    ):
        # Once before, so that what a first client makes the server allocate is there.
        async with stuck(api):
            pass
        before, resident = _connections(process.pid), _resident_bytes(process.pid)
        for _ in range(_READERS):
            await stack.enter_async_context(stuck(api))
        most = await _until_freed(process.pid, before)
        assert most < resident + _MEMORY_BYTES
