"""A neighbour: another client, which must not notice what a test does."""

from collections.abc import AsyncIterator

import pytest

from tests.api.conftest import RunningApi
from tests.support.graphql_client import Stream
from tests.support.market import Market


class Neighbour:
    """A client that is subscribed to ES."""

    def __init__(self, api: RunningApi, market: Market, ticks: Stream) -> None:
        self._api = api
        self._market = market
        self._ticks = ticks

    async def is_served(self) -> None:
        """Check that the next tick arrives, without a gap, and that the server answers."""
        self._market.tick()
        tick = await self._ticks.next()
        assert (tick["seq"], tick["gap"], tick["skipped"]) == (self._market.seqs["ES"], None, 0)
        assert (await self._api.get("/healthz")).status_code == 200


@pytest.fixture
async def neighbour(api: RunningApi, market: Market) -> AsyncIterator[Neighbour]:
    """A client of the server `api`, checked once more when the test has ended."""
    market.tick()
    async with api.ticks() as ticks:
        await ticks.next()
        client = Neighbour(api, market, ticks)
        yield client
        await client.is_served()
