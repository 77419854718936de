"""Malformed messages on graphql-transport-ws: each gets the answer of the protocol, and no other client notices.

Protocol: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

import json
import math

import pytest
from websockets.exceptions import ConnectionClosed

from tests.api.conftest import RunningApi
from tests.support.market import Market
from tests.support.raw_http import frame, raw_client
from tickql.api.limits.values import LIMITS

SUBSCRIBE: dict[str, object] = {"type": "subscribe", "id": "1", "payload": {"query": "{ symbols }"}}
LONG_ID = "x" * LIMITS.id_characters

# Text messages after `connection_init` that get the close code 4400.
NO_JSON = ["", "{", "[" * 60_000, "9" * 5_000, '{"type":"ping","payload":' + '{"a":' * 9_000 + "1" + "}" * 9_001]
NO_OBJECT = ["[]", "[1]", '"x"', "1", "1.5", "null", "true", "NaN"]
WRONG_TYPES: list[object] = ["next", "connection_ack", "start", "", "\x00\n<é>" * 40, 1, [], {}, None]
WRONG_IDS: list[object] = [[], {}, 1, 1.5, None, True, "", LONG_ID + "x"]
WRONG_PAYLOADS: list[object] = [[], "x", 1]
BREAKS_THE_PROTOCOL = [
    # Python writes these numbers as `NaN` and `-Infinity`, which are no JSON.
    *(json.dumps({**SUBSCRIBE, "payload": {"query": "", "variables": {"a": n}}}) for n in (math.nan, -math.inf)),
    *NO_JSON,
    *NO_OBJECT,
    '{"type":"\\ud800"}',
    *(json.dumps({"type": kind}) for kind in WRONG_TYPES),
    *(json.dumps({"type": "complete", "id": wrong}) for wrong in WRONG_IDS),
    *(json.dumps({**SUBSCRIBE, "id": wrong}) for wrong in WRONG_IDS),
    *(json.dumps({**SUBSCRIBE, "payload": wrong}) for wrong in [*WRONG_PAYLOADS, None]),
    *(json.dumps({"type": kind, "payload": wrong}) for kind in ("ping", "pong") for wrong in WRONG_PAYLOADS),
    *(json.dumps({"type": "connection_init", "payload": wrong}) for wrong in WRONG_PAYLOADS),
]

# Parts of an operation that are wrong: it gets an error with the code BAD_REQUEST.
WRONG_PARTS: dict[str, list[object]] = {
    "query": [None, "", 1, True, [], {}],
    "variables": [[], [1], "x", 1, False],
    "extensions": [[], "x", 1, False],
    "operationName": [[], {}, 1, False],
}
SEVERAL_OPERATIONS = {"query": "query A { symbols } query B { symbols }"}
HASH_ALONE = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0"}}}
BAD_OPERATIONS: list[tuple[dict[str, object], str]] = [
    ({}, "BAD_REQUEST"),
    *(({"query": "{ symbols }", name: wrong}, "BAD_REQUEST") for name in WRONG_PARTS for wrong in WRONG_PARTS[name]),
    (dict(SEVERAL_OPERATIONS), "BAD_REQUEST"),
    (dict(HASH_ALONE), "PERSISTED_QUERY_NOT_SUPPORTED"),
]


async def test_a_message_that_breaks_the_protocol_closes_its_connection_with_4400(
    api: RunningApi, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    market.tick()
    async with api.ticks() as neighbour:
        await neighbour.next()
        for message in BREAKS_THE_PROTOCOL:
            assert await _close_code(api, message) == 4400, message[:80]
        market.tick()
        assert (await neighbour.next())["seq"] == 2
    await api.all_clients_gone()
    assert caplog.messages == []


async def test_binary_messages_messages_too_early_and_names_in_use_have_their_codes(
    api: RunningApi, caplog: pytest.LogCaptureFixture
) -> None:
    assert await _close_code(api, b"{}") == 4400
    assert await _close_code(api, json.dumps({"type": "connection_init"})) == 4429
    ticks = {"type": "subscribe", "id": LONG_ID, "payload": {"query": 'subscription { ticks(symbol: "ES") { seq } }'}}
    assert await _close_code(api, json.dumps(ticks), json.dumps(ticks)) == 4409
    # Both are wrong: the protocol comes first.
    assert await _close_code(api, json.dumps(ticks), json.dumps({**ticks, "payload": {}})) == 4409
    for early in (json.dumps(ticks), json.dumps({**ticks, "payload": {}})):
        async with api.open() as socket:
            await socket.connection.send(early)
            assert await _closed(socket.connection.recv()) == 4401
    assert caplog.messages == []


async def test_a_text_that_is_not_utf8_closes_its_connection_with_1007(
    api: RunningApi, caplog: pytest.LogCaptureFixture
) -> None:
    for text in (b"\xff", b'{"type":"\xed\xa0\x80"}', b'{"type":"ping"}\xf4\x90'):
        async with raw_client(api.url) as client:
            await client.init()
            await client.send(frame(text))
            assert await client.close_code() == 1007
    async with raw_client(api.url) as client:
        await client.init()
        await client.send(frame(b"\xff") + frame(b"\x03\xe8", opcode=8))
        assert await client.close_code() == 1000
    assert caplog.messages == []


async def test_a_bad_operation_gets_an_error_and_the_others_go_on(
    api: RunningApi, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    market.tick()
    async with api.socket() as socket:
        await socket.subscribe("ticks", 'subscription { ticks(symbol: "ES") { seq } }')
        assert await socket.tick("ticks") == {"seq": 1}
        for payload, code in BAD_OPERATIONS:
            await socket.send(type="subscribe", id="bad", payload=payload)
            answer = await socket.receive()
            assert (answer["type"], answer["id"]) == ("error", "bad"), payload
            assert answer["payload"][0]["extensions"]["code"] == code, payload
        market.tick()
        assert await socket.tick("ticks") == {"seq": 2}
        await socket.subscribe("bad", "{ symbols }")
        assert await socket.next("bad") == {"symbols": ["ES"]}
    assert caplog.messages == []


async def test_a_value_that_a_variable_cannot_have_is_a_result_without_data(api: RunningApi) -> None:
    async with api.socket() as socket:
        await socket.subscribe("1", 'query($n: Int) { history(symbol: "ES", last: $n) { edges { cursor } } }', n="x")
        answer = await socket.receive()
        assert (answer["type"], list(answer["payload"])) == ("next", ["errors"])
        assert answer["payload"]["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        assert (await socket.receive())["type"] == "complete"
        # An operation that was executed has data, also if that is null.
        await socket.subscribe("1", '{ history(symbol: "a b") { edges { cursor } } }')
        assert (await socket.receive())["payload"]["data"] is None


async def test_an_operation_that_ends_while_its_connection_is_closed_leaves_no_trace(
    api: RunningApi, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(20):
        async with api.socket() as socket:
            for operation in range(5):
                await socket.subscribe(str(operation), "{ nope }" if operation % 2 else "{ symbols }")
            await socket.connection.send("[")
            assert await _closed(_read_to_the_end(socket.connection)) == 4400
    await api.all_clients_gone()
    assert caplog.messages == []


async def _close_code(api: RunningApi, *messages: str | bytes) -> int | None:
    async with api.socket() as socket:
        for message in messages:
            await socket.connection.send(message)
        return await _closed(_read_to_the_end(socket.connection))


async def _read_to_the_end(connection: object) -> None:
    async for _ in connection:  # type: ignore[attr-defined]
        pass
    await connection.recv()  # type: ignore[attr-defined]


async def _closed(reading: object) -> int | None:
    with pytest.raises(ConnectionClosed) as closed:
        await reading  # type: ignore[misc]
    return closed.value.rcvd.code if closed.value.rcvd else None
