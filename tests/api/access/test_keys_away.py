"""The address of the JWT keys has never answered: whoever has a JWT is to try again, and is served once it does."""

import asyncio
import json
import math
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.api.access.conftest import bearer
from tests.api.access.issuer import RSA, jwks, signed
from tests.api.conftest import RunApi, RunningApi
from tests.support.market import Market
from tests.support.site import Site
from tests.support.waiting import DEADLINE_S
from tickql.api.access.grant import Role
from tickql.api.access.symbol_patterns import SymbolPatterns
from tickql.api.access.token_file import TokenFile
from tickql.api.transport.close_codes import TRY_AGAIN_LATER
from tickql.feed.settings import FeedSettings
from tickql_client import Unreachable, last_price

TOKEN = signed(RSA, "RS256", "a", symbols="ES", role="operator")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Site() as site:
        site.put("/jwks", "", status=500)
        yield site


@pytest.fixture
async def api(run_api: RunApi, feed_settings: FeedSettings, site: Site) -> RunningApi:
    return await run_api(feed_settings, jwt_keys=site.url("/jwks"))


async def close_code(socket: ClientConnection) -> int | None:
    async with asyncio.timeout(DEADLINE_S):
        await socket.wait_closed()
    return socket.close_code


async def test_a_request_is_answered_with_503_until_the_keys_are_there(
    api: RunningApi, site: Site, market: Market
) -> None:
    market.tick("ES")
    await market.publisher.flush()
    async with httpx.AsyncClient(base_url=api.url, headers=bearer(TOKEN), timeout=DEADLINE_S) as client:
        refused = [
            await client.post("/graphql", json={"query": "{ symbols }"}),
            await client.post("/ticket"),
            await client.get("/picture?feedFile=a&view=b"),
            await client.get("/metrics"),
        ]
        for answer in refused:
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
            assert answer.json()["errors"][0]["extensions"] == {"code": "KEYS_UNAVAILABLE"}
        site.put("/jwks", jwks(a=RSA), kind="application/json")
        # However shortly ago the address was asked.
        api.state["authenticator"]._jwt._keys._tried_s = -math.inf
        assert (await client.post("/graphql", json={"query": "{ symbols }"})).json()["data"]["symbols"] == ["ES"]


async def test_a_websocket_is_closed_with_a_code_after_which_clients_reconnect(api: RunningApi) -> None:
    async with api.open() as graphql:
        await graphql.send(type="connection_init", payload=bearer(TOKEN))
        assert await close_code(graphql.connection) == TRY_AGAIN_LATER
    async with connect(f"{api.ws_url}/ws/ES", additional_headers=bearer(TOKEN)) as plain:
        assert await close_code(plain) == TRY_AGAIN_LATER
    with pytest.raises(Unreachable):
        await last_price("ES", url=f"{api.url}/graphql", token=TOKEN)


async def test_a_connection_that_renews_its_token_is_to_reconnect(
    run_api: RunApi, feed_settings: FeedSettings, site: Site, tmp_path: Path
) -> None:
    file = TokenFile(tmp_path / "tokens.json")
    token, _ = file.issue("reader", SymbolPatterns.parse("ES"), Role.READER, None)
    api = await run_api(feed_settings, jwt_keys=site.url("/jwks"), token_file=file.path)
    renewal = {"authorization": f"Bearer {TOKEN}"}
    async with api.open() as graphql:
        await graphql.send(type="connection_init", payload=bearer(token))
        assert (await graphql.receive())["type"] == "connection_ack"
        await graphql.send(type="ping", payload=renewal)
        assert await close_code(graphql.connection) == TRY_AGAIN_LATER
    async with connect(f"{api.ws_url}/ws/ES", additional_headers=bearer(token)) as plain:
        await plain.send(json.dumps(renewal))
        assert await close_code(plain) == TRY_AGAIN_LATER
