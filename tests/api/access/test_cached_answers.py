"""Last prices from memory: nobody gets an answer that was made for other rights, or with a token that has ended."""

import json
import random
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import redis.asyncio

from tests.api.access.conftest import COVERED, HIDDEN, UNKNOWN, Guarded, bearer
from tests.api.conftest import RunApi, RunningApi
from tests.support.graphql_client import Json
from tests.support.market import Market, publish
from tests.support.waiting import DEADLINE_S, tries, until
from tickql.api.access.symbol_patterns import SymbolPatterns
from tickql.api.cache.query_cache import QueryCache
from tickql.api.traffic import traffic
from tickql.feed.keys import Keys
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings

ALL = "{ symbols lastPrices { symbol seq } }"
NAMED = '{ lastPrice(symbol: "%s") { symbol seq } lastPrices(symbols: ["ES", "%s"]) { symbol } }'
REFUSED = 401
SECRETS = ("the first secret that this server trusts", "the next secret that this server trusts")


class Caller:
    """An HTTP client that sends the same bytes for the same question."""

    def __init__(self, api: RunningApi) -> None:
        self._url = f"{api.url}/graphql"
        self._client = httpx.AsyncClient(timeout=DEADLINE_S)

    async def close(self) -> None:
        await self._client.aclose()

    async def ask(self, token: str | None, query: str, *more: tuple[str, str]) -> Json | int:
        """Return the whole answer, or the status of a request that was refused."""
        headers = [*([] if token is None else bearer(token).items()), *more]
        answer = await self._client.post(self._url, json={"query": query}, headers=headers)
        body: Json = answer.json()
        return body if answer.status_code == 200 else answer.status_code

    async def cached(self, token: str, query: str) -> Json:
        """Return an answer that comes from memory."""
        answer: Json | int = 0

        async def is_cached() -> bool:
            nonlocal answer
            before = traffic.cached_answers
            answer = await self.ask(token, query)
            return traffic.cached_answers > before

        await until(is_cached)
        assert isinstance(answer, dict)
        return answer


@pytest.fixture
async def caller(guarded: Guarded) -> AsyncIterator[Caller]:
    caller = Caller(guarded.api)
    yield caller
    await caller.close()


def seen(answer: Json | int) -> set[str]:
    """Return the symbols in the answer to `ALL`."""
    assert isinstance(answer, dict)
    symbols: list[str] = answer["data"]["symbols"]
    assert [tick["symbol"] for tick in answer["data"]["lastPrices"]] == symbols
    return set(symbols)


async def over_websocket(guarded: Guarded, token: str, query: str) -> Json:
    async with guarded.api.open() as socket:
        await socket.send(type="connection_init", payload=bearer(token))
        assert (await socket.receive())["type"] == "connection_ack"
        await socket.subscribe("1", query)
        payload: Json = (await socket.receive())["payload"]
        return payload


async def test_clients_with_different_rights_ask_the_same_in_turn(guarded: Guarded, caller: Caller) -> None:
    other = guarded.issue("NQ")
    rights = {guarded.operator: {*COVERED, HIDDEN}, guarded.reader: set(COVERED), other: {HIDDEN}}
    for token, symbols in rights.items():
        assert seen(await caller.cached(token, ALL)) == symbols
    named = NAMED % (HIDDEN, HIDDEN)
    assert (await caller.cached(guarded.operator, named))["data"]["lastPrice"]["symbol"] == HIDDEN
    for _ in range(2):
        for token, symbols in rights.items():
            cached = traffic.cached_answers
            assert seen(await caller.ask(token, ALL)) == symbols
            assert traffic.cached_answers == cached + 1
            assert seen(await over_websocket(guarded, token, ALL)) == symbols
        refused = await caller.ask(guarded.reader, named)
        assert isinstance(refused, dict)
        assert {error["extensions"]["symbol"] for error in refused["errors"]} == {HIDDEN}
        # One symbol of the document is not covered: the other one does not make up for it.
        refused = await caller.ask(other, named)
        assert isinstance(refused, dict)
        assert {error["extensions"]["symbol"] for error in refused["errors"]} == {"ES"}


async def test_a_token_that_is_revoked_in_between_gets_nothing_and_its_neighbour_all(
    guarded: Guarded, caller: Caller
) -> None:
    token = guarded.issue("ES,FX:*")
    for each in (token, guarded.reader):
        assert seen(await caller.cached(each, ALL)) == set(COVERED)
    guarded.revoke(token)
    for _ in range(2):
        assert await caller.ask(token, ALL) == REFUSED
        assert seen(await caller.cached(guarded.reader, ALL)) == set(COVERED)


async def test_an_answer_from_memory_ends_with_its_token(guarded: Guarded, caller: Caller) -> None:
    async def ends(asked_within_s: float) -> None:
        token, before = guarded.issue("ES", lifetime_s=1 + asked_within_s), traffic.cached_answers

        async def is_refused() -> bool:
            return await caller.ask(token, ALL) == REFUSED

        await until(is_refused)
        assert traffic.cached_answers > before, "it was still valid at first"

    await tries(ends)


@pytest.mark.parametrize("change", ["fewer symbols", "other symbols", "a new secret"])
async def test_a_change_of_the_token_file_counts_for_answers_from_memory(
    guarded: Guarded, caller: Caller, change: str
) -> None:
    token = guarded.issue("ES,NQ")
    assert seen(await caller.cached(token, ALL)) == {"ES", "NQ"}
    content = json.loads(guarded.file.path.read_text())
    (entry,) = [entry for entry in content["tokens"] if entry["id"] == token.split("_")[1]]
    entry |= {
        "fewer symbols": {"symbols": ["ES"]},
        "other symbols": {"symbols": ["FX:*"]},
        "a new secret": {"sha256": "0" * 64},
    }[change]
    guarded.file.path.write_text(json.dumps(content))
    guarded.refresh()
    if change == "a new secret":
        assert await caller.ask(token, ALL) == REFUSED
        return
    expected = {"ES"} if change == "fewer symbols" else {"FX:EUR"}
    assert seen(await caller.ask(token, ALL)) == expected
    assert seen(await caller.cached(token, ALL)) == expected


async def test_without_a_valid_token_memory_answers_nobody(guarded: Guarded, caller: Caller) -> None:
    assert seen(await caller.cached(guarded.operator, ALL)) == {*COVERED, HIDDEN}
    wrong = guarded.operator[:-1] + ("A" if guarded.operator[-1] != "A" else "B")
    for token in (None, wrong, "a.b.c", guarded.operator + "x", "x" * 9000):
        assert await caller.ask(token, ALL) == REFUSED
    for more in (("Authorization", f"Bearer {guarded.reader}"), ("Authorization", "")):
        assert await caller.ask(guarded.operator, ALL, more) == REFUSED


async def test_equal_rights_share_one_answer(guarded: Guarded, caller: Caller) -> None:
    for _ in range(4):
        await caller.cached(guarded.issue("FX:*,ES"), ALL)
    cache: QueryCache = guarded.api.state["query_cache"]
    assert len(cache._queries) == 1


async def test_symbols_that_appear_and_disappear_show_to_those_who_may_see_them(
    guarded: Guarded, caller: Caller, market: Market, feed_settings: FeedSettings
) -> None:
    async def shows(token: str, symbols: set[str]) -> None:
        """Wait for these symbols. The reader must never see one that his token does not cover."""

        async def holds() -> bool:
            assert seen(await caller.ask(guarded.reader, ALL)) <= {*COVERED, "FX:NEW"}
            return seen(await caller.ask(token, ALL)) == symbols

        await until(holds)

    tokens = (guarded.reader, guarded.operator)
    for token in tokens:
        await caller.cached(token, ALL)
    # A publisher of their own: one that runs registers its symbols again and again.
    async with Publisher(feed_settings, "other") as publisher:
        publish(publisher, 1, symbol="NEW")
        await shows(guarded.operator, {*COVERED, HIDDEN, "NEW"})
        publish(publisher, 1, symbol="FX:NEW")
        await shows(guarded.reader, {*COVERED, "FX:NEW"})
        await shows(guarded.operator, {*COVERED, HIDDEN, "NEW", "FX:NEW"})
    async with redis.asyncio.from_url(feed_settings.redis_url) as client:
        await client.srem(Keys(feed_settings.namespace).symbols, "NEW", "FX:NEW")
    await shows(guarded.operator, {*COVERED, HIDDEN})
    await shows(guarded.reader, set(COVERED))


async def test_an_answer_to_a_jwt_ends_with_the_key_that_verified_it(
    run_api: RunApi, feed_settings: FeedSettings, market: Market, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    keys.write_text(SECRETS[0])
    for symbol in (*COVERED, HIDDEN):
        market.tick(symbol)
    await market.publisher.flush()

    def token(secret: str, symbols: str, **more: Any) -> str:
        return jwt.encode({"exp": time.time() + 600, "symbols": symbols, **more}, secret, "HS256")

    first, other, next_ = token(SECRETS[0], "ES"), token(SECRETS[0], "NQ"), token(SECRETS[1], "ES NQ")
    caller = Caller(await run_api(feed_settings, jwt_keys=str(keys)))
    try:
        for _ in range(2):
            assert seen(await caller.cached(first, ALL)) == {"ES"}
            assert seen(await caller.cached(other, ALL)) == {"NQ"}
            assert await caller.ask(next_, ALL) == REFUSED
            assert await caller.ask(token(SECRETS[0], "*", exp=time.time() - 61), ALL) == REFUSED
        keys.write_text(SECRETS[1])
        assert await caller.ask(first, ALL) == REFUSED
        assert seen(await caller.cached(next_, ALL)) == {"ES", "NQ"}
        assert await caller.ask(other, ALL) == REFUSED
    finally:
        await caller.close()


@pytest.mark.parametrize("plain", [False, True], ids=["uvicorn", "plain ASGI"])
async def test_whatever_happens_to_tokens_each_answer_is_the_one_of_its_token(
    plain: bool, guarded: Guarded, run_api: RunApi, feed_settings: FeedSettings
) -> None:
    """Ask, issue, change and revoke at random, and compare each answer with the rights of the moment."""
    symbols = (*COVERED, HIDDEN)
    documents = {NAMED % (symbol, symbol): {symbol, "ES"} for symbol in (*symbols, UNKNOWN)} | {ALL: None}
    chance = random.Random(7)
    if plain:
        guarded.api = await run_api(feed_settings, plain=True, token_file=guarded.file.path)
    tokens = {guarded.reader: "ES,FX:*", guarded.operator: "*"}
    alive = set(tokens)
    caller = Caller(guarded.api)
    cached = traffic.cached_answers
    try:
        for _ in range(200):
            if chance.random() < 0.05:
                patterns = chance.choice(["ES", "NQ", "FX:*", "ES,NQ", "*", "E*", "ZZ"])
                token = guarded.issue(patterns)
                tokens[token] = patterns
                alive.add(token)
            if chance.random() < 0.04 and len(alive) > 1:
                token = chance.choice(sorted(alive))
                guarded.revoke(token)
                alive.remove(token)
            token, query = chance.choice(sorted(tokens)), chance.choice(sorted(documents))
            answer, covers = await caller.ask(token, query), SymbolPatterns.parse(tokens[token]).covers
            if token not in alive:
                assert answer == REFUSED
                continue
            assert isinstance(answer, dict)
            named = documents[query]
            if named is None:
                assert seen(answer) == set(filter(covers, symbols))
            elif all(map(covers, named)):
                assert "errors" not in answer
                assert {tick["symbol"] for tick in answer["data"]["lastPrices"]} == named - {UNKNOWN}
            else:
                assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}
    finally:
        await caller.close()
    assert traffic.cached_answers > cached
