"""The subscription `board`: many symbols at a limited rate."""

import asyncio

from tests.api.conftest import RunningApi, trade
from tests.support.graphql_client import GraphqlSocket, Json
from tests.support.market import Market, fill
from tests.support.waiting import DEADLINE_S
from tickql.feed.settings import FeedSettings

BOARD = """
subscription ($symbols: [String!], $maxHz: Float! = 10) {
  board(symbols: $symbols, maxHz: $maxHz) { symbol seq skipped gap { lost } }
}
"""


async def board(socket: GraphqlSocket) -> dict[str, Json]:
    """Return the ticks of the next event, by symbol."""
    ticks = (await socket.next("1"))["board"]
    return {tick["symbol"]: tick for tick in ticks}


async def test_the_first_event_of_a_board_holds_every_symbol_with_a_tick(
    api: RunningApi, feed_settings: FeedSettings
) -> None:
    for symbol in ("NQ", "ES", "CL"):
        await fill(feed_settings, 1, 2, symbol=symbol)
    async with api.socket() as socket:
        await socket.subscribe("1", BOARD)
        assert {symbol: tick["seq"] for symbol, tick in (await board(socket)).items()} == {"CL": 2, "ES": 2, "NQ": 2}


async def test_the_following_events_of_a_board_hold_only_changes(api: RunningApi, market: Market) -> None:
    for symbol in ("ES", "NQ"):
        market.tick(symbol)
        async with api.ticks(symbol) as stream:
            await stream.next()
    async with api.socket() as socket:
        await socket.subscribe("1", BOARD, symbols=["NQ", "ES"])
        assert list(await board(socket)) == ["NQ", "ES"]
        market.tick("ES")
        assert await board(socket) == {"ES": {"symbol": "ES", "seq": 2, "skipped": 0, "gap": None}}


async def test_a_board_shows_the_newest_tick_of_each_symbol_and_counts_the_others(
    api: RunningApi, market: Market
) -> None:
    symbols = ["ES", "NQ", "CL"]
    for symbol in symbols:
        market.tick(symbol)
    seen = dict.fromkeys(symbols, 0)
    events = 0
    async with api.socket() as socket:
        await socket.subscribe("1", BOARD, symbols=symbols, maxHz=50)
        async with asyncio.TaskGroup() as tasks:
            for symbol in symbols:
                tasks.create_task(trade(api, market, 300, symbol))
            async with asyncio.timeout(DEADLINE_S):
                while min(seen.values()) < 301:
                    events += 1
                    for symbol, tick in (await board(socket)).items():
                        if seen[symbol]:
                            assert tick["seq"] == seen[symbol] + 1 + tick["skipped"]
                        seen[symbol] = tick["seq"]
    assert events < 150


async def test_an_event_of_a_board_holds_the_newest_tick_at_its_time(api: RunningApi, market: Market) -> None:
    market.tick()
    async with api.socket() as socket, api.ticks() as arriving:
        await arriving.next()
        await socket.subscribe("1", BOARD, symbols=["ES"], maxHz=1)
        await board(socket)
        for count in (1, 9, 40):
            market.tick(count=count)
            await arriving.until(market.seqs["ES"])
        assert await board(socket) == {"ES": {"symbol": "ES", "seq": 51, "skipped": 49, "gap": None}}


async def test_a_symbol_without_ticks_appears_on_a_board_with_its_first_tick(api: RunningApi, market: Market) -> None:
    market.tick("ES")
    async with api.socket() as socket:
        await socket.subscribe("1", BOARD, symbols=["ES", "GC"])
        assert list(await board(socket)) == ["ES"]
        market.tick("GC")
        assert list(await board(socket)) == ["GC"]


async def test_a_new_symbol_appears_on_a_board_of_all_symbols(api: RunningApi, market: Market) -> None:
    market.tick("ES")
    async with api.socket() as socket:
        await socket.subscribe("1", BOARD)
        assert list(await board(socket)) == ["ES"]
        market.tick("GC")
        assert list(await board(socket)) == ["GC"]


async def test_a_board_of_all_symbols_may_start_before_there_are_symbols(api: RunningApi, market: Market) -> None:
    async with api.socket() as socket:
        await socket.subscribe("1", BOARD)
        await api.post("{ symbols }")
        market.tick("ES")
        assert list(await board(socket)) == ["ES"]


async def test_the_symbols_of_a_board_whose_client_disconnects_are_released(api: RunningApi, market: Market) -> None:
    market.tick("ES")
    async with api.socket() as socket:
        await socket.subscribe("1", BOARD, symbols=["ES", "NQ"])
        await board(socket)
        assert (api.readers("ES"), api.readers("NQ")) == (1, 1)
    await api.all_clients_gone()
    assert api.readers("ES") == 0
    # Nothing of a symbol without ticks is kept.
    assert "NQ" not in api.follower._followed
