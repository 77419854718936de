"""Which web pages may use the API: those of the server and those of allowed origins."""

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from tests.api.conftest import RunApi, RunningApi
from tests.support.graphql_client import TRANSPORT_WS
from tests.support.waiting import DEADLINE_S
from tickql.feed.settings import FeedSettings

PATHS = ["/graphql", "/ws/ES"]
APOLLO = "http://localhost:5173"


async def handshake(api: RunningApi, path: str, origin: str) -> None:
    subprotocols = [TRANSPORT_WS] if path == "/graphql" else None
    async with connect(api.ws_url + path, origin=Origin(origin), subprotocols=subprotocols, open_timeout=DEADLINE_S):
        pass


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_of_the_server_may_open_a_websocket(api: RunningApi, path: str) -> None:
    await handshake(api, path, api.url)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("origin", [APOLLO, "null", "https://evil.example"])
async def test_a_page_of_another_origin_may_not_open_a_websocket(api: RunningApi, path: str, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await handshake(api, path, origin)
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_of_an_allowed_origin_may_open_a_websocket(
    run_api: RunApi, feed_settings: FeedSettings, path: str
) -> None:
    api = await run_api(feed_settings, allowed_origins=f"https://prices.example, {APOLLO}/")
    await handshake(api, path, APOLLO)
    with pytest.raises(InvalidStatus):
        await handshake(api, path, "http://localhost:5174")


@pytest.mark.parametrize("path", PATHS)
async def test_a_star_allows_every_origin(run_api: RunApi, feed_settings: FeedSettings, path: str) -> None:
    api = await run_api(feed_settings, allowed_origins="*")
    await handshake(api, path, "https://anybody.example")


async def test_a_page_of_an_allowed_origin_may_send_queries(run_api: RunApi, feed_settings: FeedSettings) -> None:
    api = await run_api(feed_settings, allowed_origins=APOLLO)
    for origin, allowed in ((APOLLO, APOLLO), ("https://evil.example", None)):
        async with httpx.AsyncClient(timeout=DEADLINE_S) as client:
            preflight = await client.options(
                f"{api.url}/graphql",
                headers={
                    "Origin": origin,
                    "Access-Control-Request-Method": "POST",
                    "Access-Control-Request-Headers": "content-type",
                },
            )
            answer = await client.post(f"{api.url}/graphql", json={"query": "{ symbols }"}, headers={"Origin": origin})
        assert preflight.headers.get("access-control-allow-origin") == allowed
        assert answer.headers.get("access-control-allow-origin") == allowed
