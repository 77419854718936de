"""`lastPrice`, `lastPrices`, `symbols` and `history`."""

from tests.api.conftest import RunApi, RunningApi
from tests.support.graphql_client import Json
from tests.support.market import Market, fill
from tickql.feed.settings import FeedSettings

HISTORY = """
query ($first: Int, $after: ID, $last: Int, $before: ID, $from: DateTime, $to: DateTime) {
  history(symbol: "ES", first: $first, after: $after, last: $last, before: $before, from: $from, to: $to) {
    edges { cursor node { seq cursor } }
    pageInfo { hasPreviousPage hasNextPage startCursor endCursor }
  }
}
"""


async def history(api: RunningApi, **arguments: object) -> tuple[list[int], Json]:
    """Return the seqs of a page, and its `pageInfo`."""
    page = (await api.query(HISTORY, **arguments))["history"]
    assert all(edge["cursor"] == edge["node"]["cursor"] for edge in page["edges"])
    return [edge["node"]["seq"] for edge in page["edges"]], page["pageInfo"]


async def test_the_last_price_of_a_symbol_is_its_newest_tick(api: RunningApi, feed_settings: FeedSettings) -> None:
    await fill(feed_settings, 1, 2, 3)
    assert await api.query('{ lastPrice(symbol: "ES") { seq last bid ask } }') == {
        "lastPrice": {"seq": 3, "last": "3", "bid": "3.25", "ask": "3.50"}
    }


async def test_the_last_price_of_an_unknown_symbol_is_null(api: RunningApi) -> None:
    assert await api.query('{ lastPrice(symbol: "GC") { seq } }') == {"lastPrice": None}


async def test_the_last_price_is_the_tick_that_the_stream_shows(api: RunningApi, market: Market) -> None:
    market.tick()
    async with api.ticks() as stream:
        await stream.next()
        market.tick()
        tick = await stream.next()
        assert (await api.query('{ lastPrice(symbol: "ES") { cursor } }'))["lastPrice"]["cursor"] == tick["cursor"]


async def test_last_prices_keep_the_order_of_the_symbols_and_leave_out_those_without_ticks(
    api: RunningApi, feed_settings: FeedSettings
) -> None:
    await fill(feed_settings, 1, 2)
    await fill(feed_settings, 1, symbol="NQ")
    assert await api.query('{ lastPrices(symbols: ["NQ", "GC", "ES", "NQ"]) { symbol seq } }') == {
        "lastPrices": [{"symbol": "NQ", "seq": 1}, {"symbol": "ES", "seq": 2}]
    }


async def test_last_prices_without_symbols_are_those_of_all_symbols(
    api: RunningApi, feed_settings: FeedSettings
) -> None:
    for symbol in ("ZN", "CL"):
        await fill(feed_settings, 1, symbol=symbol)
    assert await api.query("{ lastPrices { symbol } symbols }") == {
        "lastPrices": [{"symbol": "CL"}, {"symbol": "ZN"}],
        "symbols": ["CL", "ZN"],
    }


async def test_history_without_arguments_is_the_newest_hundred(api: RunningApi, feed_settings: FeedSettings) -> None:
    await fill(feed_settings, *range(1, 251))
    seqs, info = await history(api)
    assert seqs == list(range(151, 251))
    assert (info["hasPreviousPage"], info["hasNextPage"]) == (True, False)


async def test_history_pages_forward_to_its_end(api: RunningApi, feed_settings: FeedSettings) -> None:
    await fill(feed_settings, *range(1, 26))
    seen, info = await history(api, first=10)
    while info["hasNextPage"]:
        seqs, info = await history(api, first=10, after=info["endCursor"])
        seen += seqs
    assert seen == list(range(1, 26))


async def test_history_pages_backward_to_its_beginning(api: RunningApi, feed_settings: FeedSettings) -> None:
    await fill(feed_settings, *range(1, 26))
    seen, info = await history(api, last=10)
    while info["hasPreviousPage"]:
        seqs, info = await history(api, last=10, before=info["startCursor"])
        seen = seqs + seen
    assert seen == list(range(1, 26))


async def test_history_can_be_limited_by_time(api: RunningApi, feed_settings: FeedSettings) -> None:
    await fill(feed_settings, *range(1, 26))  # tick n was shown n seconds after 08:02:05.053123
    seqs, _ = await history(api, **{"from": "2025-02-19T08:02:10.053123Z", "to": "2025-02-19T09:02:15.053123+01:00"})
    assert seqs == list(range(5, 10))


async def test_the_largest_page_of_history_is_complete(api: RunningApi, feed_settings: FeedSettings) -> None:
    await fill(feed_settings, *range(1, 1002))
    seqs, _ = await history(api, last=1000)
    assert seqs == list(range(2, 1002))


async def test_history_of_an_unknown_symbol_is_empty(api: RunningApi) -> None:
    assert await history(api) == (
        [],
        {"hasPreviousPage": False, "hasNextPage": False, "startCursor": None, "endCursor": None},
    )


async def test_a_query_is_answered_over_a_websocket_too(api: RunningApi, feed_settings: FeedSettings) -> None:
    await fill(feed_settings, 1)
    async with api.socket() as socket:
        await socket.subscribe("q", '{ lastPrice(symbol: "ES") { seq } }')
        assert await socket.next("q") == {"lastPrice": {"seq": 1}}
        assert await socket.receive() == {"id": "q", "type": "complete"}


async def test_a_query_over_get_is_refused(api: RunningApi) -> None:
    answer = await api.get("/graphql", params={"query": "{ symbols }"})
    assert answer.status_code == 400
    assert "not allowed" in answer.text


async def test_a_query_without_redis_fails_at_once_and_does_not_send_its_address(run_api: RunApi) -> None:
    settings = FeedSettings(redis_url="redis://:secret@127.0.0.1:1/0")
    api = await run_api(settings)
    for query in ('{ lastPrice(symbol: "ES") { seq } }', "{ symbols }", "{ lastPrices { seq } }", HISTORY):
        error = await api.query_error(query)
        assert error["extensions"] == {"code": "FEED_UNAVAILABLE"}
        assert error["message"] == "the price feed cannot be reached at the moment, try again soon"


async def test_a_page_after_a_cursor_that_names_no_stored_tick_has_a_gap(api: RunningApi, market: Market) -> None:
    market.tick()
    async with api.ticks() as stream:
        cursor = (await stream.next())["cursor"]
    query = """query ($after: ID) {
      history(symbol: "ES", first: 5, after: $after) { edges { node { seq } } gap { after reason lost } }
    }"""
    assert (await api.query(query, after=cursor))["history"] == {"edges": [], "gap": None}
    beyond = f"{cursor.rpartition('-')[0]}-7"
    answer = await api.query(query, after=beyond)
    assert answer["history"]["gap"] == {"after": beyond, "reason": "UNKNOWN_CURSOR", "lost": None}
    answer = await api.query(query, after="ES:1-7")
    assert answer["history"] == {
        "edges": [{"node": {"seq": 1}}],
        "gap": {"after": "ES:1-7", "reason": "RESTARTED", "lost": None},
    }
