"""Several workers with the keys of one address: each fetches them, and each is right, whatever the address does."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.responses import RedirectResponse
from starlette.routing import Route

from tests.api.access.conftest import bearer
from tests.api.access.issuer import OTHER_RSA, RSA, jwks, signed
from tests.api.test_server import serving
from tests.support.graphql_client import Api
from tests.support.market import Market
from tests.support.site import Site
from tests.support.waiting import DEADLINE_S, until
from tickql.api.errors import KeysAway
from tickql.feed.settings import FeedSettings

WORKERS = 2
RETRY_S = 10
"""A worker fetches at most once in so many seconds."""
CLIENTS = 24
"""At the same time, each over a new connection: both workers get some of them."""


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Site(Route("/moved", lambda _: RedirectResponse("/jwks"))) as site:
        yield site


async def ask(api: Api, token: str) -> str:
    """Return what one client gets: the symbols, or the message of the refusal."""
    async with httpx.AsyncClient(timeout=DEADLINE_S) as client:
        answer = await client.post(f"{api.url}/graphql", json={"query": "{ symbols }"}, headers=bearer(token))
    body: dict[str, Any] = answer.json()
    return str(body["data"]["symbols"]) if answer.status_code == 200 else str(body["errors"][0]["message"])


async def answers(api: Api, token: str) -> Counter[str]:
    return Counter(await asyncio.gather(*(ask(api, token) for _ in range(CLIENTS))))


async def all_get(api: Api, token: str, text: str) -> None:
    """Wait until all clients get an answer with `text`, several times in a row: of either worker."""

    async def holds() -> bool:
        for _ in range(3):
            if any(text not in answer for answer in await answers(api, token)):
                return False
        return True

    await until(holds)


@pytest.mark.long
async def test_each_worker_is_right_whatever_the_address_does(
    feed_settings: FeedSettings, market: Market, site: Site
) -> None:
    for symbol in ("ES", "NQ"):
        market.tick(symbol)
    await market.publisher.flush()
    began_s = time.monotonic()

    def most_fetches() -> int:
        return WORKERS * (1 + int((time.monotonic() - began_s) / RETRY_S))

    first, next_ = signed(RSA, "RS256", "a", symbols="ES"), signed(OTHER_RSA, "RS256", "b", symbols="NQ")
    invented = signed(OTHER_RSA, "RS256", "invented")
    site.ignore("/jwks")
    async with serving(feed_settings, WORKERS, jwt_keys=site.url("/jwks")) as (api, _):
        # It hangs: clients are refused in time, and what needs no token is served meanwhile.
        refused = asyncio.create_task(answers(api, first))
        await site.until(lambda: site.requests)
        assert (await api.get("/healthz")).status_code == 200
        assert set(await refused) == {str(KeysAway())}
        # It is up.
        site.put("/jwks", jwks(a=RSA), kind="application/json")
        await all_get(api, first, "['ES']")
        # A storm of invented key ids, and of forged tokens, causes no more fetches than one client does.
        for _ in range(5):
            storm = await answers(api, invented)
            assert all("not accepted" in answer for answer in storm)
            assert set(await answers(api, first)) == {"['ES']"}
        assert len(site.requests) <= most_fetches()
        # The keys are rotated: the next one is taken up by both workers, the first one is gone in both.
        site.put("/jwks", jwks(b=OTHER_RSA), kind="application/json")
        await all_get(api, next_, "['NQ']")
        await all_get(api, first, "not accepted")
        # It is down, then broken, then moved: the keys before stay in use.
        await site.stop()
        assert set(await answers(api, next_)) == {"['NQ']"}
        assert all("not accepted" in answer for answer in await answers(api, invented))
        await site.start()
        site.redirect("/jwks", "/moved")
        before = len(site.requests)

        async def is_asked_again() -> bool:
            assert all("not accepted" in answer for answer in await answers(api, invented))
            return len(site.requests) >= before + WORKERS

        await until(is_asked_again)
        assert "/moved" not in site.requests
        assert set(await answers(api, next_)) == {"['NQ']"}
        assert len(site.requests) <= most_fetches()


@pytest.mark.long
async def test_a_server_whose_address_hangs_stops(feed_settings: FeedSettings, site: Site) -> None:
    site.ignore("/jwks")
    async with serving(feed_settings, WORKERS, jwt_keys=site.url("/jwks")) as (api, process):
        waiting = asyncio.create_task(answers(api, signed(RSA, "RS256", "a")))
        await site.until(lambda: site.requests)
        process.terminate()
        async with asyncio.timeout(DEADLINE_S):
            await process.wait()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
