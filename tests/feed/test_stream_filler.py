"""The stream filler: many symbols are read in few calls, and each ring gets all of its ticks."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from tests.support.market import Market, open_market
from tests.support.proxy import FaultProxy, through
from tests.support.reading import client, numbers
from tests.support.waiting import DEADLINE_S, PATIENT
from tickql.feed import scripts
from tickql.feed.followed_symbol import FollowedSymbol
from tickql.feed.history import History
from tickql.feed.settings import FeedSettings
from tickql.feed.stream_filler import FILLERS, StreamFiller

_SYMBOLS = [f"S{number}" for number in range(300)]
_BUSY = ("S3", "S150", "S299")
"""Symbols with more ticks than several symbols get in one call."""
_BUSY_TICKS = 600
_RING = 4_096


@pytest.fixture
async def market(feed_settings: FeedSettings) -> AsyncIterator[Market]:
    """A tick of each symbol, and many of the busy ones."""
    async with open_market(feed_settings) as market:
        for symbol in _SYMBOLS:
            market.tick(symbol, _BUSY_TICKS if symbol in _BUSY else 1)
        await market.publisher.flush()
        yield market


@asynccontextmanager
async def filling(settings: FeedSettings, followed: Sequence[FollowedSymbol]) -> AsyncIterator[StreamFiller]:
    """Yield a filler that runs and has been asked for these symbols at once, as after a new connection."""
    async with History(settings, PATIENT) as history:
        filler = StreamFiller(history, 2 * DEADLINE_S)
        for each in followed:
            filler.request(each)
        tasks = [asyncio.create_task(filler.run()) for _ in range(FILLERS)]
        try:
            yield filler
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def synced(followed: Sequence[FollowedSymbol]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        for each in followed:
            await each.wait_until_synced()


def ticks_of(followed: FollowedSymbol) -> list[int]:
    """Return the numbers of the ticks in a ring."""
    ring = followed.ring
    return numbers(ring.at(index) for index in range(ring.begin, ring.end))


async def reached(followed: FollowedSymbol, number: int) -> None:
    """Wait until a ring has had so many ticks."""
    async with asyncio.timeout(DEADLINE_S):
        while followed.ring.end < number:
            await followed.wait_for_tick()


async def test_hundreds_of_symbols_are_read_in_few_calls_and_each_has_all_its_ticks(
    market: Market, feed_settings: FeedSettings
) -> None:
    followed = [FollowedSymbol(symbol, _RING) for symbol in (*_SYMBOLS, "NONE")]
    async with client(feed_settings) as redis:
        await redis.script_flush()
        before = (await redis.info("stats"))["total_reads_processed"]
        async with filling(feed_settings, followed):
            await synced(followed)
        calls = (await redis.info("stats"))["total_reads_processed"] - before
    assert calls < len(followed) / 2
    for each in followed[:-1]:
        assert ticks_of(each) == list(range(1, market.seqs[each.symbol] + 1))
        assert each.base is not None
    assert followed[-1].ring.newest is None


async def test_rings_that_have_ticks_get_those_behind_them(market: Market, feed_settings: FeedSettings) -> None:
    followed = [FollowedSymbol(symbol, _RING) for symbol in _SYMBOLS]
    async with filling(feed_settings, followed) as filler:
        await synced(followed)
        for symbol in _SYMBOLS:
            market.tick(symbol, _BUSY_TICKS if symbol in _BUSY else 2)
        await market.publisher.flush()
        for each in followed:
            filler.request(each)
        for each in followed:
            await reached(each, market.seqs[each.symbol])
    for each in followed:
        assert ticks_of(each) == list(range(1, market.seqs[each.symbol] + 1))


async def test_a_symbol_that_is_requested_while_it_is_read_with_others_is_read_again(
    market: Market, feed_settings: FeedSettings
) -> None:
    followed = [FollowedSymbol(symbol, _RING) for symbol in _SYMBOLS]
    async with FaultProxy(feed_settings.redis_url) as proxy, client(feed_settings) as redis:
        await redis.script_load(scripts.READ.source)
        proxy.hold(b"{S0}:ticks", connections=1)
        async with filling(through(proxy, feed_settings), followed) as filler:
            await asyncio.wait_for(proxy.held.wait(), DEADLINE_S)
            market.tick("S0")
            await market.publisher.flush()
            filler.request(followed[0])
            proxy.release()
            await reached(followed[0], 2)
            await synced(followed)
    assert ticks_of(followed[0]) == [1, 2]
