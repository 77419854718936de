"""Traces of ticks from the page to the sockets, as a collector gets them from a producer and an API."""

import asyncio
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

import pytest
from opentelemetry.sdk.trace.sampling import Decision, TraceIdRatioBased

from tests.support.demo_market import api, page, producer
from tests.support.graphql_client import Api
from tests.support.http_stream import SSE, http_stream
from tests.support.otlp_collector import CollectedSpan, Collector
from tickql.feed.embedded.ports import free_port
from tickql.feed.settings import FeedSettings
from tickql_client import ticks

pytestmark = [pytest.mark.long, pytest.mark.timeout(180)]

_RATIO = 0.2
_PRODUCER = ("tick", "capture", "parse", "store")
_API = ("deliver", "receive", "encode", "encode", "write")
Trace = dict[str, CollectedSpan]


async def test_a_sampled_tick_is_one_trace_from_the_page_to_the_sockets(
    feed_settings: FeedSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    received = set[str]()

    async def read() -> None:
        async with aclosing(ticks("ES", url=f"http://127.0.0.1:{port}/graphql")) as stream:
            async for tick in stream:
                received.add(str(tick.cursor))

    async with AsyncExitStack() as stack:
        board = await stack.enter_async_context(page("--rate", "20"))
        collector = await stack.enter_async_context(Collector())
        collector.ask_for_traces(monkeypatch, _RATIO)
        await stack.enter_async_context(producer(board, feed_settings, tmp_path))
        await stack.enter_async_context(api(feed_settings, port))
        reading = asyncio.create_task(read())
        stack.callback(reading.cancel)
        events = await stack.enter_async_context(http_stream(Api(f"http://127.0.0.1:{port}"), SSE, symbol="ES"))
        await events.tick()
        whole = await collector.until(lambda: _whole_traces(collector, 3))

    for trace in whole:
        _check_parents(trace)
        _check_times(trace)
        root = trace["tick"]
        assert root.attributes["tickql.symbol"] == "ES"
        assert root.attributes["tickql.cursor"] in received
        assert trace["deliver"].attributes == {**root.attributes, "tickql.subscribers": 2}
    # Every tick that was traced is one that OpenTelemetry's own sampler chooses.
    sampler = TraceIdRatioBased(_RATIO)
    for trace_id in collector.traces:
        assert sampler.should_sample(None, int(trace_id, 16), "").decision is Decision.RECORD_AND_SAMPLE


def _whole_traces(collector: Collector, count: int) -> list[Trace]:
    """The traces with all their spans, if there are so many."""
    names = sorted((*_PRODUCER, *_API))
    whole = [spans for spans in collector.traces.values() if sorted(span.name for span in spans) == names]
    return [{span.name: span for span in spans} for spans in whole] if len(whole) >= count else []


def _check_parents(trace: Trace) -> None:
    root, store, deliver = trace["tick"], trace["store"], trace["deliver"]
    assert root.parent_id == ""
    for name in ("capture", "parse", "store"):
        assert trace[name].parent_id == root.span_id
    assert deliver.parent_id == store.span_id
    for name in ("receive", "encode", "write"):
        assert trace[name].parent_id == deliver.span_id
    assert {trace[name].service for name in _PRODUCER} == {"tickql-producer"}
    assert {trace[name].service for name in _API} == {"tickql-api"}
    assert (root.kind, store.kind, deliver.kind) == ("INTERNAL", "PRODUCER", "CONSUMER")


def _check_times(trace: Trace) -> None:
    capture, parse, store = trace["capture"], trace["parse"], trace["store"]
    receive, encode, write = trace["receive"], trace["encode"], trace["write"]
    moments = [
        *(trace["tick"].start_ns, capture.start_ns, capture.end_ns, parse.start_ns, parse.end_ns, store.start_ns),
        *(receive.start_ns, receive.end_ns, encode.start_ns, encode.end_ns, write.start_ns),
        *(write.events["first socket written"], write.end_ns, trace["deliver"].end_ns),
    ]
    assert moments == sorted(moments)
    assert store.start_ns <= store.end_ns == trace["tick"].end_ns
