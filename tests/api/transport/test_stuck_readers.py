"""Five hundred clients that stop reading: freed within 15 s, at the cost of little memory, and nobody notices."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.api.test_server import serving
from tests.api.transport.test_slow_clients import slow_client, stuck_stream
from tests.support.graphql_client import Api
from tests.support.http_stream import MULTIPART, SSE
from tests.support.market import Market
from tickql.feed.settings import FeedSettings

logger = logging.getLogger(__name__)

_READERS = 500
_TICK_S = 0.05
_FREED_S = 15.0
_MEMORY_BYTES = 50 * 2**20
_SLOWER = 1.5
_NOISE_S = 0.1
"""What other programs on the machine may add to the slowest of some hundred ticks."""

Stuck = Callable[[Api], AbstractAsyncContextManager[object]]


class Neighbour:
    """A client that reads, and how late each of its ticks was."""

    def __init__(self, api: Api, market: Market) -> None:
        self.late_s: list[float] = []
        self._api = api
        self._market = market

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _run(self) -> None:
        now_s = asyncio.get_running_loop().time
        async with self._api.ticks() as stream:
            await stream.until(self._market.seqs["ES"])
            while True:
                began_s = now_s()
                self._market.tick()
                await stream.until(self._market.seqs["ES"])
                self.late_s.append(now_s() - began_s)
                await asyncio.sleep(max(0.0, _TICK_S - self.late_s[-1]))

    def p99_s(self) -> float:
        """Return the quantile of all ticks since the last call."""
        ordered, self.late_s = sorted(self.late_s), []
        return ordered[int(0.99 * len(ordered))]


def _resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _connections(pid: int) -> int:
    return sum(os.readlink(link).startswith("socket:") for link in Path(f"/proc/{pid}/fd").iterdir())


async def _until_freed(pid: int, before: int, most_bytes: list[int]) -> None:
    async with asyncio.timeout(_FREED_S):
        while _connections(pid) > before + 5:
            most_bytes.append(_resident_bytes(pid))
            await asyncio.sleep(0.1)


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
    async with serving(feed_settings) as (api, process):
        neighbour = Neighbour(api, market)
        async with neighbour.running(), AsyncExitStack() as stack:
            # Once before, so that what a first client makes the server allocate is there.
            async with stuck(api):
                await asyncio.sleep(5)
            idle_s, before, resident = neighbour.p99_s(), _connections(process.pid), _resident_bytes(process.pid)
            for _ in range(_READERS):
                await stack.enter_async_context(stuck(api))
            # Until their buffers are full they are subscribers like others.
            most_bytes = list[int]()
            await asyncio.sleep(3)
            neighbour.late_s.clear()
            await _until_freed(process.pid, before, most_bytes)
            stuck_s, grown = neighbour.p99_s(), max(most_bytes) - resident
            found = f"p99 {1000 * idle_s:.1f} ms idle, {1000 * stuck_s:.1f} ms beside; +{grown / 2**20:.1f} MB"
            assert grown < _MEMORY_BYTES, found
            assert stuck_s < max(_SLOWER * idle_s, _NOISE_S), found
            logger.info(found)
