"""`feedStatus`, `/healthz` and `/readyz`: a quiet market and a broken feed are different answers."""

import asyncio
import time

from tests.api.conftest import RunApi, RunningApi
from tests.support.graphql_client import GraphqlSocket, Json
from tests.support.market import Market
from tests.support.redis_server import RedisServer
from tests.support.waiting import DEADLINE_S
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState, SymbolReport

STATUS = "{ feedStatus { state reason since symbols { symbol state reason since lastTickAt } } }"


def report(state: ProducerState, reason: str | None = None) -> ProducerReport:
    now_us = time.time_ns() // 1000
    symbols = {"ES": SymbolReport(state=state, reason=reason, since_us=now_us)}
    return ProducerReport(source="page", state=state, reason=reason, since_us=now_us, heard_us=now_us, symbols=symbols)


async def status(socket: GraphqlSocket) -> Json:
    body: Json = (await socket.next("1"))["feedStatus"]
    return body


async def until(socket: GraphqlSocket, state: str) -> Json:
    """Return the first event in which the feed is in that state."""
    async with asyncio.timeout(DEADLINE_S):
        while (event := await status(socket))["state"] != state:
            pass
    return event


async def test_the_status_is_sent_at_once_and_at_each_change(api: RunningApi, market: Market) -> None:
    async with api.socket() as socket:
        await socket.subscribe("1", f"subscription {STATUS}")
        assert (await status(socket))["symbols"] == []
        market.publisher.report(report(ProducerState.LIVE))
        event = await until(socket, "QUIET")
        assert [(each["symbol"], each["state"]) for each in event["symbols"]] == [("ES", "QUIET")]
        market.publisher.report(report(ProducerState.STALE, "the page 'Secret desk' has crashed"))
        event = await until(socket, "STALE")
        # The reason itself is for the operator.
        assert event["reason"].startswith("prices may be old: the page or its producer does not respond")
        assert "Secret desk" not in str(event)
        assert event["symbols"][0]["state"] == "STALE"


async def test_a_quiet_market_and_a_silent_page_are_different_states(api: RunningApi, market: Market) -> None:
    async with api.socket() as socket:
        await socket.subscribe("1", f"subscription {STATUS}")
        assert await until(socket, "STALE")
        market.publisher.report(report(ProducerState.LIVE))
        assert (await until(socket, "QUIET"))["reason"] is None


async def test_a_lost_redis_is_down_and_its_address_is_not_sent(
    run_api: RunApi, own_feed: FeedSettings, valkey: RedisServer
) -> None:
    api = await run_api(own_feed)
    async with api.socket() as socket:
        await socket.subscribe("1", f"subscription {STATUS}")
        assert await until(socket, "STALE")
        assert (await api.get("/readyz")).status_code == 200
        valkey.kill()
        assert (await until(socket, "DOWN"))["reason"] == "Redis is not reachable"
        answer = await api.get("/readyz")
        assert (answer.status_code, answer.json()) == (
            503,
            {"ready": False, "state": "DOWN", "reason": "Redis is not reachable"},
        )
        assert (await api.query(STATUS))["feedStatus"]["state"] == "DOWN"
        await valkey.restart()
        assert await until(socket, "STALE")
        assert (await api.get("/readyz")).status_code == 200


async def test_the_process_is_healthy_without_redis(run_api: RunApi) -> None:
    api = await run_api(FeedSettings(redis_url="redis://127.0.0.1:1/0"))
    answer = await api.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"alive": True})
