"""A real server on a free port, in the event loop of the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Protocol, TypeVar

import pytest
import uvicorn

from tests.support.graphql_client import Api
from tests.support.market import Market, open_market
from tests.support.waiting import DEADLINE_S, PATIENT
from tickql.api.app import create_app
from tickql.api.limits.values import LIMITS, Limits
from tickql.api.server import address, configure, listen
from tickql.api.settings import ApiSettings
from tickql.api.timings import Timings
from tickql.feed.follower import Follower
from tickql.feed.settings import FeedSettings

T = TypeVar("T")


class RunApi(Protocol):
    async def __call__(
        self,
        feed: FeedSettings,
        *,
        plain: bool = False,
        timings: Timings | None = None,
        limits: Limits = LIMITS,
        **settings: object,
    ) -> "RunningApi": ...


class _Server(uvicorn.Server):
    """A server that a test can stop at once: uvicorn itself looks only each tenth of a second whether it should."""

    _ticking: asyncio.Task[None] | None = None

    async def main_loop(self) -> None:
        self._ticking = asyncio.create_task(super().main_loop())
        await asyncio.wait([self._ticking])

    def stop(self) -> None:
        self.should_exit = True
        if self._ticking is not None:
            self._ticking.cancel()


class RunningApi(Api):
    """A server whose state the test can read, and which it can stop."""

    def __init__(self, url: str, server: _Server, task: asyncio.Task[None]) -> None:
        super().__init__(url)
        self._server = server
        self._task = task

    @property
    def state(self) -> dict[str, Any]:
        """The objects that all requests of the server share."""
        state: dict[str, Any] = self._server.lifespan.state
        return state

    @property
    def follower(self) -> Follower:
        follower = self.state["follower"]
        assert isinstance(follower, Follower)
        return follower

    def connections(self, kind: type[T]) -> list[T]:
        """The open connections of a kind."""
        return [each for each in self._server.server_state.connections if isinstance(each, kind)]

    async def all_clients_gone(self) -> None:
        """Wait until the server has ended all tasks of its clients."""
        if tasks := set(self._server.server_state.tasks):
            async with asyncio.timeout(DEADLINE_S):
                await asyncio.wait(tasks)

    def readers(self, symbol: str = "ES") -> int:
        """How many readers a symbol has: one per subscriber or group of them."""
        return self.follower._followed[symbol].reader_count

    async def stop(self) -> None:
        self._server.stop()
        await self._task


@asynccontextmanager
async def _running(
    settings: ApiSettings, plain: bool, timings: Timings | None, limits: Limits
) -> AsyncIterator[RunningApi]:
    listening = listen(settings)
    more: dict[str, Any] = {"ws": "websockets-sansio", "http": "httptools"} if plain else {}
    # However long a test takes to send its first message.
    timings = timings or Timings(connection_init_s=DEADLINE_S)
    server = _Server(configure(create_app(settings, timings, PATIENT), settings, timings, limits, **more))
    api = RunningApi(address(listening), server, asyncio.create_task(server.serve(sockets=[listening])))
    try:
        yield api
    finally:
        await api.stop()


@pytest.fixture
async def run_api() -> AsyncIterator[RunApi]:
    """Start a server, which is stopped when the test ends. `plain`: with uvicorn's own connections."""
    async with AsyncExitStack() as servers:

        async def run(
            feed: FeedSettings,
            *,
            plain: bool = False,
            timings: Timings | None = None,
            limits: Limits = LIMITS,
            **settings: object,
        ) -> RunningApi:
            values = {**feed.model_dump(), "port": 0, "stop_timeout_s": 1, **settings}
            return await servers.enter_async_context(
                _running(ApiSettings.model_validate(values), plain, timings, limits)
            )

        yield run


@pytest.fixture
async def api(run_api: RunApi, feed_settings: FeedSettings) -> RunningApi:
    """A server that reads the namespace of the test."""
    return await run_api(feed_settings)


@pytest.fixture
async def market(feed_settings: FeedSettings) -> AsyncIterator[Market]:
    """A market that publishes into the namespace of the test."""
    async with open_market(feed_settings) as market:
        yield market


async def trade(api: Api, market: Market, count: int, symbol: str = "ES", step: int = 5) -> None:
    """Publish `count` more ticks of a symbol, `step` at a time, each step after the previous one has arrived."""
    async with api.ticks(symbol) as arriving:
        await arriving.until(market.seqs[symbol])
        for done in range(0, count, step):
            market.tick(symbol, min(step, count - done))
            await arriving.until(market.seqs[symbol])
