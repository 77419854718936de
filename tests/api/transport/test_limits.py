"""Limits: what exceeds them is refused, and other clients are not disturbed."""

import asyncio
from contextlib import AsyncExitStack

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.api.conftest import RunApi, RunningApi
from tests.support.market import Market
from tests.support.waiting import DEADLINE_S
from tickql.api.timings import Timings
from tickql.feed.settings import FeedSettings


async def test_a_document_of_too_many_tokens_is_refused(api: RunningApi, market: Market) -> None:
    market.tick()
    fields = " ".join(f"a{number}: seq" for number in range(1000))
    async with api.ticks() as other_client, api.socket() as socket:
        await other_client.next()
        assert "tokens" in (await api.query_error(f'{{ lastPrice(symbol: "ES") {{ {fields} }} }}'))["message"]
        await socket.subscribe("1", f'subscription {{ ticks(symbol: "ES") {{ {fields} }} }}')
        refused = await socket.receive()
        assert (refused["type"], refused["id"]) == ("error", "1")
        market.tick()
        assert (await other_client.next())["seq"] == 2


async def test_a_document_nested_too_deep_is_refused(api: RunningApi) -> None:
    nested = "{ lastPrices " + "{ ... " * 400 + "{ seq }" + " }" * 400 + " }"
    assert (await api.query_error(nested))["message"]


async def test_a_body_too_large_is_refused(api: RunningApi) -> None:
    async with httpx.AsyncClient(timeout=DEADLINE_S) as client:
        answer = await client.post(
            f"{api.url}/graphql", json={"query": "{ symbols }", "variables": {"a": "x" * 70_000}}
        )
    assert answer.status_code == 413
    assert await api.query("{ symbols }") == {"symbols": []}


async def test_a_frame_too_large_ends_only_its_connection(api: RunningApi, market: Market) -> None:
    market.tick()
    async with api.ticks() as other_client, api.socket() as socket:
        await other_client.next()
        await socket.send(type="ping", payload={"a": "x" * 70_000})
        with pytest.raises(ConnectionClosed) as closed:
            await socket.receive()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
        market.tick()
        assert (await other_client.next())["seq"] == 2


async def test_a_client_that_does_not_initialise_its_connection_is_disconnected(
    run_api: RunApi, feed_settings: FeedSettings
) -> None:
    api = await run_api(feed_settings, timings=Timings(connection_init_s=0.5))
    async with api.open() as silent:
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(silent.connection.recv(), DEADLINE_S)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4408


@pytest.mark.long
async def test_two_hundred_clients_without_connection_init_are_disconnected_and_disturb_nobody(
    run_api: RunApi, feed_settings: FeedSettings, market: Market
) -> None:
    api = await run_api(feed_settings, timings=Timings())
    market.tick()
    async with AsyncExitStack() as crowd, api.ticks() as other_client:
        await other_client.next()
        silent = [await crowd.enter_async_context(api.open()) for _ in range(200)]
        idle = [await crowd.enter_async_context(api.socket()) for _ in range(200)]
        closing = asyncio.gather(*(each.connection.wait_closed() for each in silent))
        async with asyncio.timeout(DEADLINE_S):
            while not closing.done():
                market.tick()
                tick = await other_client.next()
                assert (tick["seq"], tick["gap"]) == (market.seqs["ES"], None)
        assert {each.connection.close_code for each in silent} == {4408}
        for each in idle:
            await each.subscribe("1", 'subscription { ticks(symbol: "ES") { seq } }')
            assert (await each.tick())["seq"] == market.seqs["ES"]
