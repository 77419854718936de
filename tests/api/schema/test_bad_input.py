"""Bad input: the error names the argument and ends only its own operation."""

import json

import pytest

from tests.api.conftest import RunningApi
from tests.support.graphql_client import TICKS
from tests.support.market import Market, fill
from tickql.api.errors import ApiError
from tickql.api.schema.scalars import parse_instant
from tickql.feed.settings import FeedSettings

BAD_TICKS: list[tuple[dict[str, object], str, str]] = [
    ({"symbol": "E S"}, "symbol", "is not 1 to 32 letters, digits or any of . _ - / = ^ :"),
    ({"symbol": ""}, "symbol", "is not 1 to 32 letters"),
    ({"symbol": "x" * 33}, "symbol", "is not 1 to 32 letters"),
    ({"symbol": "{ES}"}, "symbol", "is not 1 to 32 letters"),
    ({"symbol": "ES", "after": "yesterday"}, "after", "is not <symbol>:<epoch>-<seq>, such as ES:1739952000000-812"),
    ({"symbol": "ES", "after": ""}, "after", "is not <symbol>:<epoch>-<seq>"),
    ({"symbol": "ES", "maxHz": 0}, "maxHz", "0 is not 0.1 to 1000 events per second"),
    ({"symbol": "ES", "maxHz": -1}, "maxHz", "-1 is not 0.1 to 1000 events per second"),
    ({"symbol": "ES", "maxHz": 1000.5}, "maxHz", "1000.5 is not 0.1 to 1000 events per second"),
]
BAD_QUERIES = [
    ('{ lastPrice(symbol: "a b") { seq } }', "symbol", "is not 1 to 32 letters"),
    ('{ lastPrices(symbols: ["ES", "a b"]) { seq } }', "symbols", "'a b' is not 1 to 32 letters"),
    ('{ history(symbol: "*") { edges { cursor } } }', "symbol", "is not 1 to 32 letters"),
    ('{ history(symbol: "ES", first: 0) { edges { cursor } } }', "first", "0 is not 1 to 1000 ticks"),
    ('{ history(symbol: "ES", first: 1001) { edges { cursor } } }', "first", "1001 is not 1 to 1000 ticks"),
    ('{ history(symbol: "ES", last: -5) { edges { cursor } } }', "last", "-5 is not 1 to 1000 ticks"),
    ('{ history(symbol: "ES", first: 1, last: 1) { edges { cursor } } }', "last", "cannot be combined with `first`"),
    ('{ history(symbol: "ES", after: "5") { edges { cursor } } }', "after", "is not <symbol>:<epoch>-<seq>"),
    (
        '{ history(symbol: "ES", after: "NQ:9-5") { edges { cursor } } }',
        "after",
        "'NQ:9-5' belongs to symbol 'NQ', not to 'ES'",
    ),
    (
        '{ history(symbol: "ES", before: "NQ:9-5") { edges { cursor } } }',
        "before",
        "belongs to symbol 'NQ', not to 'ES'",
    ),
    ('{ history(symbol: "ES", before: "5") { edges { cursor } } }', "before", "is not <symbol>:<epoch>-<seq>"),
    (
        '{ history(symbol: "ES", after: "ES:9-5", before: "ES:9-5") { edges { cursor } } }',
        "before",
        "ES:9-5 is not greater than `after` ES:9-5",
    ),
    (
        '{ history(symbol: "ES", from: "2025-01-02T00:00:00Z", to: "2025-01-01T00:00:00Z") { edges { cursor } } }',
        "to",
        "is earlier than `from`",
    ),
]

BAD_TIMES = [
    ("2025-01-01", "needs a time with a time zone"),
    ("2025-01-01T00:00:00", "needs a time with a time zone"),
    ("2025-12-31T23:59:60Z", "no leap second"),
    ("2025-01-01T24:00:00Z", "no 24:00"),
    ("2025-02-30T00:00:00Z", "a day of the calendar"),
    ("2025-01-01T00:00:00+99:00", "a time zone within 24 hours"),
]


@pytest.mark.parametrize(("at", "problem"), BAD_TIMES)
def test_a_time_that_does_not_exist_is_refused_with_what_is_wrong(at: str, problem: str) -> None:
    with pytest.raises(ApiError, match=problem):
        parse_instant(at)


@pytest.mark.parametrize(("variables", "argument", "problem"), BAD_TICKS)
async def test_a_bad_argument_of_ticks_is_named(
    api: RunningApi, variables: dict[str, object], argument: str, problem: str
) -> None:
    async with api.socket() as socket:
        await socket.subscribe("1", TICKS, **variables)
        message = await socket.receive()
    assert (message["type"], message["id"]) == ("error", "1")
    (error,) = message["payload"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}
    assert error["message"].startswith(f"argument `{argument}`: ")
    assert problem in error["message"]


@pytest.mark.parametrize(("query", "argument", "problem"), BAD_QUERIES)
async def test_a_bad_argument_of_a_query_is_named(api: RunningApi, query: str, argument: str, problem: str) -> None:
    error = await api.query_error(query)
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}
    assert problem in error["message"]


@pytest.mark.parametrize(
    ("arguments", "argument"), [("symbols: []", "symbols"), ('symbols: ["a b"]', "symbols"), ("maxHz: 0.05", "maxHz")]
)
async def test_a_bad_argument_of_a_board_is_named(api: RunningApi, arguments: str, argument: str) -> None:
    async with api.socket() as socket:
        await socket.subscribe("1", f"subscription {{ board({arguments}) {{ seq }} }}")
        message = await socket.receive()
    assert message["type"] == "error"
    assert message["payload"][0]["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}


async def test_a_rate_limit_that_is_no_number_is_refused(api: RunningApi) -> None:
    async with api.socket() as socket:
        # The last two are numbers of JSON, but of no double.
        for value in ('"fast"', "true", "[]", "1e400", "1" + "0" * 400):
            payload = f'{{"query":{json.dumps(TICKS)},"variables":{{"symbol":"ES","maxHz":{value}}}}}'
            await socket.connection.send(f'{{"type":"subscribe","id":"1","payload":{payload}}}')
            message = await socket.receive()
            assert message["type"] == "error", value
            (error,) = message["payload"]
            assert error["extensions"]["code"] == "BAD_USER_INPUT"
            assert "$maxHz" in error["message"]


async def test_a_cursor_of_another_symbol_is_refused_before_redis_is_asked(api: RunningApi, market: Market) -> None:
    market.tick()
    market.tick("NQ")
    async with api.ticks(symbol="NQ") as stream:
        foreign = (await stream.next())["cursor"]
    async with api.socket() as socket:
        await socket.subscribe("1", TICKS, symbol="ES", after=foreign)
        (error,) = (await socket.receive())["payload"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "after"}
    assert error["message"] == f"argument `after`: cursor '{foreign}' belongs to symbol 'NQ', not to 'ES'"


async def test_a_time_without_a_time_zone_is_refused(api: RunningApi) -> None:
    query = 'query ($from: DateTime) { history(symbol: "ES", from: $from) { edges { cursor } } }'
    error = await api.query_error(query, **{"from": "2025-02-19T08:02:05"})
    assert "needs a time with a time zone" in error["message"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_bad_input_does_not_end_other_operations_of_its_connection(api: RunningApi, market: Market) -> None:
    market.tick()
    async with api.socket() as socket:
        await socket.subscribe("1", 'subscription { ticks(symbol: "ES") { seq } }')
        assert await socket.tick("1") == {"seq": 1}
        await socket.subscribe("2", TICKS, symbol="not a symbol")
        assert (await socket.receive())["type"] == "error"
        market.tick()
        assert await socket.tick("1") == {"seq": 2}


async def test_an_internal_failure_is_logged_and_its_text_is_not_sent(
    api: RunningApi, feed_settings: FeedSettings, caplog: pytest.LogCaptureFixture
) -> None:
    await fill(feed_settings, 1)
    import redis

    with redis.Redis.from_url(feed_settings.redis_url, protocol=2) as client:
        client.hset(feed_settings.keys.head("ES"), "newest", "what is this")
    error = await api.query_error('{ lastPrice(symbol: "ES") { seq } }')
    assert (error["message"], error["extensions"]) == ("internal error", {"code": "INTERNAL_SERVER_ERROR"})
    assert "not JSON" in caplog.text


EDGES = "{ edges { cursor } }"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($unused: Int) { symbols }", "GRAPHQL_VALIDATION_FAILED"),
        (f'query ($n: String) {{ history(symbol: "ES", first: $n) {EDGES} }}', "GRAPHQL_VALIDATION_FAILED"),
        (f'query ($n: Int!) {{ history(symbol: "ES", first: $n) {EDGES} }}', "BAD_USER_INPUT"),
        (f'{{ history(symbol: "ES", first: "x") {EDGES} }}', "BAD_USER_INPUT"),
        (f'{{ history(symbol: "ES", from: "yesterday") {EDGES} }}', "BAD_USER_INPUT"),
    ],
)
async def test_a_refused_document_has_a_code_and_a_place(api: RunningApi, query: str, code: str) -> None:
    error = await api.query_error(query)
    assert error["extensions"]["code"] == code
    assert error["locations"]
