"""The caches are bounded in bytes: what clients make large is not kept."""

import httpx
import pytest

from tests.api.conftest import RunningApi
from tests.api.limits.conftest import Neighbour
from tests.support.waiting import DEADLINE_S
from tickql.api.cache.query_cache import QueryCache
from tickql.api.cache.request_rules import cacheable_request
from tickql.api.limits.values import LIMITS, Limits

_JSON = (b"content-type", b"application/json")


def _cache(api: RunningApi) -> QueryCache:
    cache = api.state["query_cache"]
    assert isinstance(cache, QueryCache)
    return cache


@pytest.mark.parametrize(("size", "cached"), [(LIMITS.accept_bytes, True), (LIMITS.accept_bytes + 1, False)])
def test_an_accept_header_beyond_the_limit_is_no_part_of_a_key(size: int, cached: bool) -> None:
    assert (cacheable_request([_JSON, (b"accept", b"a" * size)], b"{}") is not None) is cached


async def test_many_different_queries_take_bounded_memory(api: RunningApi, neighbour: Neighbour) -> None:
    limit = 64 * 1024
    cache = _cache(api)
    cache._limits = Limits(cache_bytes=limit)
    async with httpx.AsyncClient(timeout=DEADLINE_S) as client:
        for number in range(40):
            document = f'{{ lastPrice(symbol: "ES") {{ {"a" * 100}{number}: seq }} }}'
            assert (await client.post(f"{api.url}/graphql", json={"query": document})).status_code == 200
    assert 0 < cache.bytes <= limit
    assert cache.bytes == sum(query.size for query in cache._queries.values())


async def test_a_large_answer_is_not_kept(api: RunningApi, neighbour: Neighbour) -> None:
    cache = _cache(api)
    cache._limits = Limits(cached_answer_bytes=200)
    for fields, kept in (("seq", 1), ("seq cursor timestamp publishedAt bid ask last a: seq b: cursor c: cursor", 1)):
        await api.query(f'{{ lastPrice(symbol: "ES") {{ {fields} }} }}')
        assert len(cache._queries) == kept
