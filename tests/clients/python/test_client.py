"""What the Python client returns: values of its own, over a real server."""

import asyncio
from contextlib import aclosing
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest

from tests.api.access.conftest import Guarded
from tests.api.conftest import RunningApi
from tests.support.market import Market
from tests.support.waiting import DEADLINE_S
from tickql.feed.embedded.ports import free_port
from tickql_client import (
    Delivery,
    FeedState,
    Gap,
    GapReason,
    InvalidAddress,
    NotAnApi,
    Refused,
    Tick,
    TokenRefused,
    Unreachable,
    board,
    feed_status,
    history,
    last_price,
    last_prices,
    sync,
    ticks,
)

FIRST_SHOWN = datetime(2025, 2, 19, 8, 2, 6, 53123, tzinfo=UTC)


def url_of(api: RunningApi) -> str:
    return f"{api.url}/graphql"


async def first(generator: Any) -> Any:
    async with asyncio.timeout(DEADLINE_S), aclosing(generator):
        return await anext(generator)


async def test_a_tick_has_exact_prices_and_times_and_cannot_be_changed(api: RunningApi, market: Market) -> None:
    market.tick()
    tick: Tick = await first(ticks("ES", url=url_of(api)))
    assert (tick.symbol, tick.seq, tick.skipped, tick.gap) == ("ES", 1, 0, None)
    assert (tick.ask, tick.bid, tick.last) == (Decimal("1.50"), Decimal("1.25"), Decimal(1))
    assert (tick.mid, tick.spread) == (Decimal("1.375"), Decimal("0.25"))
    assert str(tick.ask) == "1.50", "the digits of the page"
    assert tick.timestamp == FIRST_SHOWN
    assert tick.published_at.tzinfo == UTC
    with pytest.raises(FrozenInstanceError):
        tick.seq = 2  # type: ignore[misc]


async def test_each_function_answers_with_its_values(api: RunningApi, market: Market) -> None:
    market.tick(count=3)
    market.tick("NQ")
    url = url_of(api)
    async with asyncio.timeout(DEADLINE_S), aclosing(board(url=url)) as events:
        shown: dict[str, int] = {}
        while shown != {"ES": 3, "NQ": 1}:
            shown |= {tick.symbol: tick.seq for tick in await anext(events)}
    assert [tick.symbol for tick in await last_prices(["NQ", "ES"], url=url)] == ["NQ", "ES"]
    assert [tick.symbol for tick in await last_prices(url=url)] == ["ES", "NQ"]
    newest = await last_price("ES", url=url)
    assert newest is not None
    assert (newest.seq, await last_price("NONE", url=url)) == (3, None)
    page = await history("ES", last=2, url=url)
    assert ([tick.seq for tick in page.ticks], page.has_previous, page.has_next) == ([2, 3], True, False)
    of_second = await history("ES", from_time=FIRST_SHOWN, to_time=FIRST_SHOWN + timedelta(seconds=1), url=url)
    assert [tick.last for tick in of_second.ticks] == [Decimal(1)]
    unknown = await history("ES", after=f"{newest.cursor}0", url=url)
    assert unknown.gap == Gap(f"{newest.cursor}0", GapReason.UNKNOWN_CURSOR, None)
    status = await first(feed_status(url=url))
    assert status.state in FeedState


async def test_a_subscriber_chooses_what_it_gets(api: RunningApi, market: Market) -> None:
    market.tick(count=3)
    newest: Tick = await first(ticks("ES", url=url_of(api)))
    after = newest.cursor[:-1] + "1"
    async with aclosing(ticks("ES", after=after, url=url_of(api))) as every:
        assert [(await anext(every)).seq, (await anext(every)).seq] == [2, 3]
    latest = await first(ticks("ES", after=after, delivery=Delivery.LATEST, url=url_of(api)))
    assert (latest.seq, latest.skipped) == (3, 1)


async def test_the_synchronous_functions_do_the_same(api: RunningApi, market: Market) -> None:
    market.tick(count=5)
    await market.publisher.flush()
    url = url_of(api)

    def read() -> tuple[list[int], int]:
        newest = sync.last_price("ES", url=url)
        assert newest is not None
        later = sync.ticks("ES", after=newest.cursor[:-1] + "2", url=url)
        seqs = [tick.seq for tick in islice(later, 3)]
        later.close()
        return seqs, len(sync.history("ES", url=url).ticks)

    assert await asyncio.to_thread(read) == ([3, 4, 5], 5)


async def test_the_synchronous_functions_do_not_run_inside_an_event_loop() -> None:
    with pytest.raises(RuntimeError, match="use the same function of `tickql_client`"):
        sync.last_price("ES")
    with pytest.raises(RuntimeError, match="use the same function of `tickql_client`"):
        next(sync.ticks("ES"))


async def test_what_the_server_refuses_is_an_error_with_its_words(api: RunningApi, market: Market) -> None:
    url = url_of(api)
    with pytest.raises(Refused, match="symbol 'E S'") as refused:
        await first(ticks("E S", url=url))
    assert refused.value.code == "BAD_USER_INPUT"
    with pytest.raises(Refused, match="symbol 'E S'"):
        await last_price("E S", url=url)
    with pytest.raises(InvalidAddress, match="is not the address of an API"):
        await last_price("ES", url="localhost:8000")
    for call in (last_price("ES", url=f"{api.url}/nothing"), first(ticks("ES", url=f"{api.url}/nothing"))):
        with pytest.raises(NotAnApi, match="no tickql API at"):
            await call
    with pytest.raises(Unreachable):
        await last_price("ES", url=f"http://127.0.0.1:{free_port()}/graphql")
    with pytest.raises(ValueError, match="no time zone"):
        await history("ES", from_time=datetime(2025, 2, 19), url=url)


async def test_a_function_gives_the_next_token_when_the_first_has_ended(guarded: Guarded, market: Market) -> None:
    url, first_token, second_token = url_of(guarded.api), guarded.issue("ES"), guarded.issue("ES")
    tokens = [first_token]
    async with asyncio.timeout(DEADLINE_S), aclosing(ticks("ES", url=url, token=lambda: tokens[-1])) as received:
        assert (await anext(received)).seq == 3
        tokens.append(second_token)
        guarded.revoke(first_token)
        market.tick("ES", 2)
        assert ((await anext(received)).seq, (await anext(received)).seq) == (4, 5)
        guarded.revoke(second_token)
        with pytest.raises(TokenRefused, match="revoked"):
            await anext(received)
    with pytest.raises(TokenRefused, match="revoked"):
        await last_price("ES", url=url, token=second_token)
    with pytest.raises(TokenRefused, match="needs a token"):
        await first(ticks("ES", url=url))


@pytest.mark.long
async def test_an_answer_may_be_larger_than_a_mebibyte(api: RunningApi, market: Market) -> None:
    for number in range(6000):
        market.tick(f"SYMBOL-{number:04}-WITH-A-LONG-NAME")
    await market.publisher.flush()
    assert len(await last_prices(url=url_of(api), timeout_s=DEADLINE_S)) == 6000
