"""HTTP requests that no operation can be taken from: a status and a JSON error, never a failure of the server."""

import asyncio
import json

import httpx
import pytest

from tests.api.conftest import RunningApi
from tests.support.waiting import DEADLINE_S
from tickql.api.transport.negotiation import GRAPHQL_JSON

JSON_TYPE = {"Content-Type": "application/json"}

MALFORMED_BODIES = [
    *(b"", b"1", b"null", b'"x"', b"true", b"1.5", b"NaN", b"[]", b"{", b"[" * 30_000, b'{"a":' * 9_000),
    b'{"query":"\xff"}',
    b'{"query":"{ symbols }","variables":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    b'{"query":"{ symbols }","variables":{"a":' + b"9" * 5_000 + b"}}",
    b'[{"query":"{ symbols }"}]',
    b"{}",
    b'{"query":1}',
    b'{"query":["{ symbols }"]}',
    b'{"query":"{ symbols }","variables":[1]}',
    b'{"query":"{ symbols }","variables":"x"}',
    b'{"query":"{ symbols }","operationName":1}',
    b'{"query":"{ symbols }","operationName":"\\ud800"}',
    b'{"query":"{ symbols }","extensions":[]}',
    b'{"query":""}',
    *(b'{"query":"{ symbols }","variables":{"a":%b}}' % number for number in (b"NaN", b"-Infinity")),
]


async def test_a_malformed_body_is_answered_with_400_and_a_json_error(
    api: RunningApi, caplog: pytest.LogCaptureFixture
) -> None:
    async with httpx.AsyncClient(base_url=api.url, timeout=DEADLINE_S) as client:
        for body in MALFORMED_BODIES:
            answer = await client.post("/graphql", content=body, headers=JSON_TYPE)
            assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json"), body[:60]
            (error,) = answer.json()["errors"]
            assert error["message"], body[:60]
        assert (await client.post("/graphql", json={"query": "{ symbols }"})).json() == {"data": {"symbols": []}}
    assert caplog.messages == []


async def test_methods_and_content_types_have_their_status(api: RunningApi) -> None:
    body = json.dumps({"query": "{ symbols }"})
    async with httpx.AsyncClient(base_url=api.url, timeout=DEADLINE_S) as client:
        for content_type, status in (
            *(("application/json", 200), ("Application/JSON", 200), ("application/json; charset=utf-8", 200)),
            *(("application/jsonx", 415), ("text/plain", 415), ("text/plain; application/json", 415), ("", 415)),
        ):
            answer = await client.post("/graphql", content=body, headers={"Content-Type": content_type})
            assert answer.status_code == status, content_type
        put = await client.put("/graphql", json={"query": "{ symbols }"})
        get = await client.get("/graphql", params={"query": "{ symbols }"}, headers={"Accept": "application/json"})
    assert (put.status_code, put.headers["allow"]) == (405, "GET, POST")
    assert (get.status_code, get.json()["errors"][0]["message"]) == (400, "queries are not allowed when using GET")


async def test_a_refusal_says_what_is_wrong(api: RunningApi) -> None:
    stream = {"Accept": "text/event-stream"}
    async with httpx.AsyncClient(base_url=api.url, timeout=DEADLINE_S) as client:
        for name in ("variables", "extensions"):
            answer = await client.get("/graphql", params={"query": "{ symbols }", name: "{x"}, headers=stream)
            assert answer.status_code == 400
            assert answer.json()["errors"][0]["message"] == f"`{name}` in the URL is not JSON"
        answer = await client.post("/graphql", json={"query": "{ symbols }"}, headers={"Accept": "text/html"})
    assert answer.status_code == 406
    for media_type in (GRAPHQL_JSON, "application/json", "text/event-stream", "multipart/mixed"):
        assert media_type in answer.json()["errors"][0]["message"]


async def test_a_compressed_body_is_refused_also_if_its_text_is_plain(api: RunningApi) -> None:
    body = {"query": "{ symbols }"}
    async with httpx.AsyncClient(base_url=api.url, timeout=DEADLINE_S) as client:
        for coding, status in (("gzip", 415), ("br", 415), ("identity", 200)):
            # The second of two equal requests could be answered from the cache.
            for _ in range(2):
                answer = await client.post("/graphql", json=body, headers={"Content-Encoding": coding})
                assert answer.status_code == status
        assert answer.json() == {"data": {"symbols": []}}


async def test_a_document_of_several_operations_needs_a_name(api: RunningApi) -> None:
    document = "query A { a: symbols } query B { b: symbols }"
    async with httpx.AsyncClient(base_url=api.url, timeout=DEADLINE_S) as client:
        nameless = await client.post("/graphql", json={"query": document})
        named = await client.post("/graphql", json={"query": document, "operationName": "B"})
    assert "operationName" in nameless.json()["errors"][0]["message"]
    assert nameless.json().get("data") is None
    assert named.json() == {"data": {"b": []}}


async def test_a_hash_in_place_of_a_document_is_answered_so_that_apollo_sends_the_document(api: RunningApi) -> None:
    hashed = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}
    async with httpx.AsyncClient(base_url=api.url, timeout=DEADLINE_S) as client:
        answer = await client.post("/graphql", json=hashed)
    assert answer.status_code == 200
    (error,) = answer.json()["errors"]
    assert error == {
        "message": "PersistedQueryNotSupported",
        "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"},
    }


async def test_a_client_that_leaves_before_its_body_is_complete_leaves_no_trace(
    api: RunningApi, caplog: pytest.LogCaptureFixture
) -> None:
    port = int(api.url.rpartition(":")[2])
    head = b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n"
    for sent in (head, head + b'{"q'):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    assert await api.query("{ symbols }") == {"symbols": []}
    await api.all_clients_gone()
    assert caplog.messages == []
