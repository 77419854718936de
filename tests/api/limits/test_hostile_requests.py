"""What auditors of GraphQL servers send (such as graphql-cop): each is refused, or harmless, and costs little."""

import json
from typing import Any

import httpx
import pytest

from tests.api.conftest import RunningApi
from tests.api.limits.conftest import Neighbour
from tests.support.waiting import DEADLINE_S

_JSON = {"content-type": "application/json"}
_FORM = {"content-type": "application/x-www-form-urlencoded"}
_CIRCULAR = "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }"
_FRAGMENT_CYCLE = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A symbols }"
_FIELD = 'subscription { ticks(symbol: "ES") { seq } }'

Refusal = tuple[int, str]


def _document(query: str) -> bytes:
    return json.dumps({"query": query}).encode()


# A name, the request, and the status and code of its answer.
HOSTILE: list[tuple[str, dict[str, Any], Refusal]] = [
    ("alias overloading", {"content": _document(f"{{ {' '.join(f'a{n}: symbols' for n in range(101))} }}")},
     (400, "LIMIT_EXCEEDED")),
    ("batch of queries", {"content": b"[" + b",".join([_document("{ symbols }")] * 10) + b"]"}, (400, "BAD_REQUEST")),
    ("batch of one query", {"content": b"[" + _document("{ symbols }") + b"]"}, (400, "BAD_REQUEST")),
    ("directive overloading", {"content": _document("{ symbols " + "@skip(if: false) " * 51 + "}")},
     (400, "LIMIT_EXCEEDED")),
    ("repeated directive", {"content": _document("{ symbols @skip(if: false) @skip(if: false) }")},
     (400, "GRAPHQL_VALIDATION_FAILED")),
    ("unknown directives", {"content": _document("{ symbols " + "@aa" * 10 + "}")},
     (400, "GRAPHQL_VALIDATION_FAILED")),
    ("field duplication", {"content": _document("{ " + "__typename " * 500 + "}")}, (400, "LIMIT_EXCEEDED")),
    ("circular introspection", {"content": _document(_CIRCULAR)}, (400, "GRAPHQL_VALIDATION_FAILED")),
    ("circular fragments", {"content": _document(_FRAGMENT_CYCLE)}, (400, "GRAPHQL_VALIDATION_FAILED")),
    ("nested lists", {"content": _document("{ lastPrices(symbols: " + "[" * 400 + "]" * 400 + ") { seq } }")},
     (400, "GRAPHQL_PARSE_FAILED")),
    ("mutation", {"content": _document("mutation { symbols }")}, (400, "GRAPHQL_VALIDATION_FAILED")),
    ("query over GET", {"method": "GET", "params": {"query": "{ symbols }"}}, (400, "BAD_REQUEST")),
    ("mutation over GET", {"method": "GET", "params": {"query": "mutation { symbols }"}}, (400, "BAD_REQUEST")),
    ("form of another site", {"content": b"query={symbols}", "headers": _FORM}, (415, "BAD_REQUEST")),
    ("text of another site", {"content": _document("{ symbols }"), "headers": {"content-type": "text/plain"}},
     (415, "BAD_REQUEST")),
    ("hidden type", {"content": _document("{ symbols }"), "headers": {"content-type": "text/plain;application/json"}},
     (415, "BAD_REQUEST")),
    ("subscription as a query", {"content": _document(_FIELD)}, (400, "BAD_REQUEST")),
]  # fmt: skip


async def test_what_auditors_send_is_refused_and_no_neighbour_notices(api: RunningApi, neighbour: Neighbour) -> None:
    async with httpx.AsyncClient(base_url=api.url, timeout=DEADLINE_S) as client:
        got = {name: _refusal(await _send(client, **request)) for name, request, _ in HOSTILE}
    assert got == {name: refusal for name, _, refusal in HOSTILE}
    await neighbour.is_served()


async def test_an_answer_tells_nothing_that_a_client_asks_for_in_a_header(api: RunningApi) -> None:
    headers = {**_JSON, "x-apollo-tracing": "1", "apollo-federation-include-trace": "ftv1", "x-debug": "1"}
    async with httpx.AsyncClient(base_url=api.url, timeout=DEADLINE_S) as client:
        answer = await client.post("/graphql", content=_document("{ __typename }"), headers=headers)
    assert answer.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/.env", "/graphql/../../etc/passwd", "/%2e%2e/x"])
async def test_nothing_else_is_served(api: RunningApi, path: str) -> None:
    assert (await api.get(path)).status_code == 404


async def _send(client: httpx.AsyncClient, method: str = "POST", **request: Any) -> httpx.Response:
    headers = {"accept": "application/graphql-response+json", **(_JSON if method == "POST" else {})}
    return await client.request(method, "/graphql", **{**request, "headers": {**headers, **request.get("headers", {})}})


def _refusal(answer: httpx.Response) -> Refusal:
    body = answer.json()
    assert "data" not in body, body
    return answer.status_code, body["errors"][0]["extensions"]["code"]
