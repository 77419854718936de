"""Which form an answer has, from the `Accept` headers that real clients send."""

import httpx
import pytest

from tests.api.conftest import RunningApi
from tests.support.waiting import DEADLINE_S
from tickql.api.transport.negotiation import GRAPHQL_JSON, JSON, negotiate

SSE = "text/event-stream"
MULTIPART = "multipart/mixed"
APOLLO_QUERY = "multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9"
APOLLO_STREAM = (
    "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json"
)
URQL = f"{GRAPHQL_JSON}, application/graphql+json, {JSON}, {SSE}, {MULTIPART}"

CASES = [
    (None, JSON, None),
    ("", JSON, None),
    ("*/*", JSON, None),
    ("application/*", JSON, None),
    (JSON, JSON, None),
    ("Application/JSON", JSON, None),
    (GRAPHQL_JSON, GRAPHQL_JSON, None),
    (f"{GRAPHQL_JSON}, {JSON};q=0.9", GRAPHQL_JSON, None),
    (f"{JSON}, {GRAPHQL_JSON};q=0.5", JSON, None),
    (URQL, GRAPHQL_JSON, "sse"),
    (APOLLO_QUERY, GRAPHQL_JSON, None),
    (APOLLO_STREAM, GRAPHQL_JSON, "multipart-subscription"),
    ('multipart/mixed;subscriptionSpec="1.0", application/json', JSON, "multipart-subscription"),
    (f"{JSON}, {SSE}", JSON, "sse"),
    (f"{SSE};q=0, {JSON}", JSON, None),
    (f"{SSE};q=0.5, multipart/mixed;subscriptionSpec=1.0", None, "multipart-subscription"),
    (SSE, None, "sse"),
    (f"{JSON};q=0, */*", None, None),
    ("text/html", None, None),
    ("application/json;q=high", None, None),
    (f"text/html,{'a/b;q=0.1,' * 700}{JSON}", JSON, None),
]


@pytest.mark.parametrize(("accept", "json_type", "stream"), CASES)
def test_what_a_client_accepts(accept: str | None, json_type: str | None, stream: str | None) -> None:
    assert (negotiate(accept).json_type, negotiate(accept).stream) == (json_type, stream)


@pytest.mark.parametrize("accept", [URQL, APOLLO_QUERY, APOLLO_STREAM, f"{JSON}, {SSE}", "*/*"])
async def test_a_query_is_answered_as_json_whenever_json_is_acceptable(api: RunningApi, accept: str) -> None:
    answer = await _post(api, "{ symbols }", accept)
    assert answer.json() == {"data": {"symbols": []}}
    assert answer.headers["content-type"] in (JSON, GRAPHQL_JSON)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("{ symbols }", 200),
        ("{", 400),
        ("{ nothing }", 400),
        ("query A { symbols } query B { symbols }", 400),
        ('query ($n: Int!) { history(symbol: "ES", first: $n) { edges { cursor } } }', 400),
        ('{ lastPrice(symbol: "a b") { seq } }', 200),
    ],
)
async def test_only_the_newer_type_has_a_status_for_a_refused_operation(
    api: RunningApi, query: str, status: int
) -> None:
    newer, older = await _post(api, query, GRAPHQL_JSON), await _post(api, query, JSON)
    assert (newer.status_code, older.status_code) == (status, 200)
    # GraphQL: an operation that was refused has no data, also no null.
    assert [("data" in answer.json()) for answer in (newer, older)] == [status == 200] * 2
    assert newer.headers["content-type"] == GRAPHQL_JSON
    assert newer.json() == older.json()


async def test_a_query_over_a_stream_alone_is_one_event(api: RunningApi, caplog: pytest.LogCaptureFixture) -> None:
    answer = await _post(api, "{ symbols }", SSE)
    assert answer.headers["content-type"].startswith(SSE)
    assert answer.text.split("\n\n")[0].endswith('data: {"data":{"symbols":[]}}')
    assert caplog.messages == []


async def test_what_the_server_cannot_make_is_refused(api: RunningApi) -> None:
    assert (await _post(api, "{ symbols }", "text/html")).status_code == 406
    subscription = await _post(api, 'subscription { ticks(symbol: "ES") { seq } }', JSON)
    assert (subscription.status_code, "WebSocket" in subscription.json()["errors"][0]["message"]) == (400, True)


async def _post(api: RunningApi, query: str, accept: str) -> httpx.Response:
    async with httpx.AsyncClient(timeout=DEADLINE_S) as client:
        return await client.post(f"{api.url}/graphql", json={"query": query}, headers={"Accept": accept})
