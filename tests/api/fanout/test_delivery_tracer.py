"""The API's spans: one delivery for each sampled tick, with all its subscribers."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.client import connect

from tests.api.conftest import RunApi
from tests.support.graphql_client import seqs
from tests.support.http_stream import MULTIPART, SSE, http_stream
from tests.support.market import Market
from tests.support.otlp_collector import CollectedSpan, Collector
from tests.support.waiting import DEADLINE_S
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor
from tickql.feed.tracing.tick_identity import STORE, span_id_of, trace_id_of

_LIVE_TICKS = 40


@pytest.fixture
async def collector(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collector]:
    async with Collector() as collector:
        collector.ask_for_traces(monkeypatch)
        yield collector


async def test_each_live_tick_is_one_delivery_and_reaches_every_subscriber(
    collector: Collector, run_api: RunApi, feed_settings: FeedSettings, market: Market
) -> None:
    api = await run_api(feed_settings)
    market.tick()
    async with (
        api.ticks() as stream,
        api.ticks() as other,
        connect(f"{api.ws_url}/ws/ES", open_timeout=DEADLINE_S) as plain,
        http_stream(api, SSE, symbol="ES") as sse,
        http_stream(api, MULTIPART, symbol="ES") as multipart,
        api.ticks("NQ") as quiet,
    ):
        # The first tick is the snapshot. From then on each of them is live.
        await asyncio.gather(stream.next(), other.next(), sse.tick(), multipart.tick(), plain.recv())
        last = 1 + _LIVE_TICKS
        market.tick(count=_LIVE_TICKS // 2)
        await stream.until(last - _LIVE_TICKS // 2)
        market.tick("NQ")
        market.tick(count=_LIVE_TICKS // 2)
        for reading in (other.until(last), sse.ticks_until(last), multipart.ticks_until(last)):
            assert seqs(await reading) == list(range(2, last + 1))
        for seq in range(2, last + 1):
            message = json.loads(await asyncio.wait_for(plain.recv(), DEADLINE_S))
            assert Cursor.parse(message["cursor"]).seq == seq
        assert (await quiet.next())["seq"] == 1
        spans = await collector.until(lambda: _deliveries(collector))
    for span in spans:
        cursor = Cursor.parse(str(span.attributes["tickql.cursor"]))
        assert span.trace_id == f"{trace_id_of(cursor):032x}"
        assert span.parent_id == f"{span_id_of(trace_id_of(cursor), STORE):016x}"
        assert span.attributes["tickql.subscribers"] == 5
        parts = [part for part in collector.traces[span.trace_id] if part.parent_id == span.span_id]
        assert sorted(part.name for part in parts) == ["encode"] * 4 + ["receive", "write"]
        encodings = {part.attributes["tickql.transport"]: part for part in parts if part.name == "encode"}
        assert encodings.keys() == {"websocket", "sse", "multipart", "plain_websocket"}
        assert encodings["websocket"].attributes["tickql.subscribers"] == 2


def _deliveries(collector: Collector) -> list[CollectedSpan]:
    """The deliveries of all live ticks of ES, once all their parts have arrived."""
    found = [span for span in collector.spans if span.name == "deliver" and span.attributes["tickql.symbol"] == "ES"]
    assert len(found) <= _LIVE_TICKS
    is_complete = len(found) == _LIVE_TICKS and all(len(collector.traces[span.trace_id]) == 7 for span in found)
    return found if is_complete else []
