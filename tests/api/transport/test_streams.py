"""What server-sent events and multipart have in common: the engine's delivery, heartbeats, ends and large boards."""

import asyncio
import json
from contextlib import AsyncExitStack

import httpx
import pytest

from tests.api.conftest import RunApi, RunningApi
from tests.support.graphql_client import TICKS, seqs
from tests.support.http_stream import MULTIPART, SSE, HttpStream, http_stream
from tests.support.market import Market
from tests.support.raw_http import raw_client
from tests.support.waiting import DEADLINE_S
from tickql.api.fanout.engine import Engine
from tickql.api.fanout.result_encoder import MAX_PART_BYTES
from tickql.feed.settings import FeedSettings

pytestmark = pytest.mark.parametrize("accept", [SSE, MULTIPART], ids=["sse", "multipart"])

_BOARD = "subscription { board(maxHz: 20) { symbol seq skipped } }"


async def test_each_tick_arrives_once_and_in_order(api: RunningApi, market: Market, accept: str) -> None:
    market.tick()
    async with http_stream(api, accept, symbol="ES") as stream:
        first = await stream.tick()
        assert first["seq"] == 1
        for _ in range(10):
            market.tick(count=30)
            ticks = await stream.ticks_until(market.seqs["ES"])
            assert seqs(ticks) == list(range(market.seqs["ES"] - 29, market.seqs["ES"] + 1))
            assert {tick["gap"] for tick in ticks} == {None}
    async with http_stream(api, accept, symbol="ES", after=first["cursor"]) as stream:
        assert seqs(await stream.ticks_until(301)) == list(range(2, 302))


async def test_ticks_that_cannot_be_delivered_are_a_gap(api: RunningApi, market: Market, accept: str) -> None:
    market.tick()
    await market.publisher.flush()
    async with http_stream(api, accept, symbol="ES", after="ES:1-5") as stream:
        assert (await stream.tick())["gap"]["after"] == "ES:1-5"


async def test_what_a_pace_leaves_out_is_counted(api: RunningApi, market: Market, accept: str) -> None:
    market.tick()
    async with (
        http_stream(api, accept, symbol="ES", maxHz=20) as paced,
        http_stream(api, accept, symbol="ES", delivery="LATEST") as latest,
    ):
        for stream in (paced, latest):
            assert (await stream.tick())["seq"] == 1
        market.tick(count=400)
        for stream in (paced, latest):
            ticks = await stream.ticks_until(401)
            assert sum(1 + tick["skipped"] for tick in ticks) == 400


async def test_a_board_has_what_changed(api: RunningApi, market: Market, accept: str) -> None:
    market.tick("ES")
    market.tick("NQ")
    await market.publisher.flush()
    async with http_stream(api, accept, _BOARD) as stream:
        assert [tick["symbol"] for tick in (await stream.result())["data"]["board"]] == ["ES", "NQ"]
        market.tick("NQ")
        assert (await stream.result())["data"]["board"] == [{"symbol": "NQ", "seq": 2, "skipped": 0}]


async def test_a_large_board_comes_in_several_events(api: RunningApi, market: Market, accept: str) -> None:
    symbols = [f"S{number:03}" for number in range(120)]
    for symbol in symbols:
        market.tick(symbol)
    await market.publisher.flush()
    long = " ".join(f"{'x' * 120}{number}: symbol" for number in range(30))
    async with http_stream(api, accept, f"subscription {{ board {{ symbol {long} }} }}") as stream:
        arrived = list[str]()
        while len(arrived) < len(symbols):
            message = await stream.message()
            assert len(message) <= MAX_PART_BYTES
            if message not in (": ping", "{}"):
                data = json.loads(message[message.index("{") :])
                arrived += [tick["symbol"] for tick in data.get("payload", data)["data"]["board"]]
        assert arrived == symbols
        assert len(stream.received) > MAX_PART_BYTES
        market.tick("S007")
        assert [tick["symbol"] for tick in (await stream.result())["data"]["board"]] == ["S007"]


async def test_lines_end_as_the_format_requires(api: RunningApi, market: Market, accept: str) -> None:
    market.tick()
    async with http_stream(api, accept, symbol="ES") as stream:
        tick = await stream.tick()
        media_type = stream.response.headers["content-type"]
        if accept == SSE:
            assert media_type.startswith("text/event-stream")
            assert b"\r" not in stream.received
            assert stream.received.startswith(f"id: {tick['cursor']}\nevent: next\ndata: {{".encode())
        else:
            # No further type behind a comma: that is for `Accept` only.
            assert media_type == "multipart/mixed;boundary=graphql;subscriptionSpec=1.0"
            assert stream.received.startswith(b"--graphql\r\nContent-Type: application/json; charset=utf-8\r\n\r\n{")
            assert stream.received.replace(b"\r\n", b"").count(b"\n") == 0


async def test_a_silent_stream_has_heartbeats(run_api: RunApi, feed_settings: FeedSettings, accept: str) -> None:
    api = await run_api(feed_settings, ping_interval_s=0.1)
    async with http_stream(api, accept, symbol="NEVER") as stream:
        # The first part of a multipart stream is a heartbeat, too; the second one comes 5 s later.
        for _ in range(3 if accept == SSE else 1):
            assert await stream.message() == (": ping" if accept == SSE else "{}")


async def test_an_operation_that_is_refused_ends_in_order(api: RunningApi, accept: str) -> None:
    async with http_stream(api, accept, symbol="?") as stream:
        (error,) = (await stream.result())["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        rest = await stream.rest()
    # Nothing lies between the last part and the end.
    assert rest == (b"event: complete\ndata: \n\n" if accept == SSE else b"--\r\n")


async def test_a_server_that_stops_ends_no_stream_in_order(api: RunningApi, market: Market, accept: str) -> None:
    market.tick()
    async with http_stream(api, accept, symbol="ES") as stream:
        await stream.tick()
        await api.stop()
        if accept == SSE:
            with pytest.raises(httpx.RemoteProtocolError):
                await stream.rest()
            assert b"complete" not in stream.received
        else:
            rest = await stream.rest()
            assert rest.endswith(b"\r\n--graphql--\r\n")
            last = json.loads(rest.split(b"\r\n\r\n")[-1].partition(b"\r\n")[0])
            assert last["payload"] is None
            assert last["errors"][0]["extensions"] == {"code": "INTERRUPTED"}


async def test_a_failure_of_the_engine_is_no_orderly_end(
    api: RunningApi, market: Market, accept: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("no more")

    monkeypatch.setattr(Engine, "serve", fail)
    async with http_stream(api, accept, symbol="ES") as stream:
        with pytest.raises(httpx.RemoteProtocolError):
            await stream.rest()
    assert b"complete" not in stream.received
    assert (b"INTERRUPTED" in stream.received) == (accept == MULTIPART)
    assert b"no more" not in stream.received
    assert "no more" in caplog.text


async def test_a_connection_carries_one_stream_after_the_other(api: RunningApi, market: Market, accept: str) -> None:
    market.tick()
    async with httpx.AsyncClient(timeout=DEADLINE_S, limits=httpx.Limits(max_connections=1)) as client:
        for symbol in ("?", "!", "ES"):
            body = {"query": TICKS, "variables": {"symbol": symbol}}
            async with client.stream("POST", f"{api.url}/graphql", json=body, headers={"Accept": accept}) as response:
                stream = HttpStream(response)
                if symbol != "ES":
                    assert "errors" in await stream.result()
                    await stream.rest()
                    continue
                market.tick(count=20)
                assert seqs(await stream.ticks_until(21))[-1] == 21


async def test_a_request_that_waits_behind_a_stream_does_not_keep_it(
    api: RunningApi, market: Market, accept: str
) -> None:
    market.tick()
    body = json.dumps({"query": TICKS, "variables": {"symbol": "ES"}}).encode()
    head = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    request = head + f"Accept: {accept}\r\n".encode() + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    async with raw_client(api.url) as client:
        await client.send(request + request)
        await client.until(b'"seq":1')
        assert api.readers() == 1
    await api.all_clients_gone()
    assert api.readers() == 0


async def test_a_server_that_is_not_ours_serves_it_too(
    run_api: RunApi, feed_settings: FeedSettings, market: Market, accept: str
) -> None:
    market.tick()
    api = await run_api(feed_settings, plain=True)
    async with AsyncExitStack() as streams:
        opened = [await streams.enter_async_context(http_stream(api, accept, symbol="ES")) for _ in range(3)]
        assert [(await stream.tick())["seq"] for stream in opened] == [1, 1, 1]
        market.tick(count=300)
        for arrived in await asyncio.gather(*(stream.ticks_until(301) for stream in opened)):
            assert seqs(arrived) == list(range(2, 302))
        assert api.readers() == 3
    await api.all_clients_gone()
    assert api.readers() == 0
