"""The API with the Redis user of `deploy/redis/users.acl`, beside a producer with its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.conftest import RunApi
from tests.support.graphql_client import seqs
from tests.support.market import open_market
from tests.support.redis_users import UsersServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[UsersServer]:
    server = UsersServer(tmp_path)
    server.start()
    yield server
    server.stop()


async def test_the_api_serves_everything_with_a_user_that_may_only_read(server: UsersServer, run_api: RunApi) -> None:
    api = await run_api(server.feed("api"))
    async with open_market(server.feed("producer")) as market:
        market.tick(count=3)
        async with api.ticks() as stream:
            await stream.until(3)
            market.tick()
            assert (await stream.next())["seq"] == 4
        history = await api.query('{ history(symbol: "ES", first: 2) { edges { node { cursor last } } } }')
        edges = history["history"]["edges"]
        assert [edge["node"]["last"] for edge in edges] == ["1", "2"]
        async with api.ticks(after=edges[0]["node"]["cursor"]) as resumed:
            assert seqs(await resumed.next_ticks(3)) == [2, 3, 4]
        last = await api.query("{ symbols lastPrices { seq } feedStatus { state } }")
        assert (last["symbols"], last["lastPrices"]) == (["ES"], [{"seq": 4}])
