"""Which hosts and web pages may use the API: those of the server, and those that the settings allow."""

import re

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from tests.api.conftest import RunApi, RunningApi
from tests.support.graphql_client import TRANSPORT_WS
from tests.support.raw_http import raw_client
from tests.support.waiting import DEADLINE_S
from tickql.api.limits.values import LIMITS
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


async def test_headers_of_graphql_clients_and_tracing_are_allowed_and_refusals_can_be_read(
    run_api: RunApi, feed_settings: FeedSettings
) -> None:
    api = await run_api(feed_settings, allowed_origins=APOLLO)
    asked = "authorization,apollographql-client-name,apollo-require-preflight,traceparent,tracestate,baggage"
    async with httpx.AsyncClient(base_url=api.url, timeout=DEADLINE_S, headers={"Origin": APOLLO}) as client:
        preflight = await client.options(
            "/graphql",
            headers={
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": f"{asked},x-requested-with",
            },
        )
        too_large = await client.post("/graphql", json={"query": "x" * 70_000})
        malformed = await client.post("/graphql", content=b"1", headers={"Content-Type": "application/json"})
    assert (preflight.status_code, preflight.headers["access-control-max-age"]) == (200, "7200")
    assert (too_large.status_code, malformed.status_code) == (413, 400)
    for answer in (too_large, malformed):
        assert answer.headers["access-control-allow-origin"] == APOLLO


HOSTS = [
    *(("localhost", 200), ("localhost:8000", 200), ("app.localhost", 200), ("127.0.0.1", 200), ("[::1]:8000", 200)),
    *(("192.168.1.7:8000", 200), ("LOCALHOST", 200), ("prices.example:80", 200), ("Prices.Example", 200)),
    *(("evil.example", 421), ("evil.example:8000", 421), ("localhost.evil.example", 421), ("127.0.0.1.evil", 421)),
    *(("", 421), ("[::1", 421)),
]


async def test_only_the_names_of_the_server_are_served(run_api: RunApi, feed_settings: FeedSettings) -> None:
    api = await run_api(feed_settings, allowed_hosts="prices.example")
    query = {"query": "{ symbols }"}
    async with httpx.AsyncClient(base_url=api.url, timeout=DEADLINE_S) as client:
        # Twice: the answer to an allowed name is kept, and must not be sent to another one.
        for host, status in HOSTS * 2:
            answer = await client.post("/graphql", json=query, headers={"Host": host})
            assert answer.status_code == status, host
        assert (await client.get("/healthz", headers={"Host": "evil.example"})).status_code == 200
    with pytest.raises(InvalidStatus) as refused:
        async with connect(f"{api.ws_url}/ws/ES", additional_headers={"Host": "evil.example"}):
            pass
    assert refused.value.response.status_code in (400, 403)


FOREIGN = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        (FOREIGN, 403),
        ({**FOREIGN, "Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": APOLLO, **FOREIGN}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}, 200),
        ({"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, 200),
        ({}, 200),
    ],
)
async def test_a_foreign_page_starts_no_stream_and_asks_nothing(
    run_api: RunApi, feed_settings: FeedSettings, headers: dict[str, str], status: int
) -> None:
    api = await run_api(feed_settings, allowed_origins=APOLLO)
    subscription = {"query": "subscription { feedStatus { state } }"}
    async with httpx.AsyncClient(base_url=api.url, timeout=DEADLINE_S, headers=headers) as client:
        stream = client.stream("GET", "/graphql", params=subscription, headers={"Accept": "text/event-stream"})
        async with stream as answer:
            assert answer.status_code == status
        assert (await client.post("/graphql", json={"query": "{ symbols }"})).status_code == status


async def test_a_person_may_follow_a_link_to_the_page(api: RunningApi) -> None:
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert (await api.get("/graphql", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("origins", "refused", "unread"),
    [(APOLLO, APOLLO, APOLLO), (f"{APOLLO},https://prices.example", APOLLO, None), ("*", "*", "*"), ("", None, None)],
)
async def test_a_page_of_an_allowed_origin_may_read_what_is_refused_before_the_application_sees_it(
    run_api: RunApi, feed_settings: FeedSettings, origins: str, refused: str | None, unread: str | None
) -> None:
    api = await run_api(feed_settings, allowed_origins=origins, max_connections=1)
    headers = b"".join(b"X-%d: a\r\n" % number for number in range(LIMITS.headers))
    async with raw_client(api.url) as client:
        # Only one connection may be open: the second one is refused before it has sent anything.
        async with raw_client(api.url) as other:
            assert _allowed(await other.rest()) == (503, unread)
        await client.send(b"GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: %b\r\n%b\r\n" % (APOLLO.encode(), headers))
        assert _allowed(await client.rest()) == (431, refused)


def _allowed(answer: bytes) -> tuple[int, str | None]:
    """Return the status of an answer, and the origin whose pages may read it."""
    found = re.search(rb"access-control-allow-origin: (.*)\r\n", answer)
    return int(answer.split()[1]), None if found is None else found[1].decode()
