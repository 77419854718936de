"""The producer's spans: one trace for each sampled tick, whatever happens to Redis."""

import pytest

from tests.support.market import fill, publish, quote
from tests.support.redis_server import RedisServer
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.tracing.publish_tracer import PublishTracer, page_message
from tickql.feed.tracing.span import Span, SpanKind
from tickql.feed.tracing.tick_traces import TickTraces
from tickql.feed.writer import now_us


def cursors_of(spans: list[Span]) -> list[str]:
    return [str(span.attributes["tickql.cursor"]) for span in spans if span.name == "tick"]


async def test_a_tick_is_one_trace_from_the_page_to_redis(feed_settings: FeedSettings) -> None:
    spans: list[Span] = []
    page_message.arrived_us = arrived_us = now_us()
    seen_us = arrived_us - 2000
    async with Publisher(feed_settings, "test", tracer=PublishTracer(TickTraces(spans.append, 1.0))) as publisher:
        publisher.publish(quote(1)._replace(observed_us=seen_us))
        await publisher.flush()
    root, capture, parse, store = spans
    assert [span.name for span in spans] == ["tick", "capture", "parse", "store"]
    assert [span.parent_id for span in spans] == [0, root.span_id, root.span_id, root.span_id]
    assert {span.trace_id for span in spans} == {root.trace_id}
    assert len({span.span_id for span in spans}) == 4
    assert store.kind is SpanKind.PRODUCER
    assert root.attributes["tickql.symbol"] == "ES"
    times = [
        root.start_ns,
        capture.start_ns,
        capture.end_ns,
        parse.start_ns,
        parse.end_ns,
        store.start_ns,
        store.end_ns,
    ]
    assert times == sorted(times)
    assert (root.start_ns, capture.end_ns, root.end_ns) == (seen_us * 1000, arrived_us * 1000, store.end_ns)


@pytest.mark.parametrize("arrived_us", [0, 2**50])
async def test_times_are_in_order_whatever_the_clocks_do(feed_settings: FeedSettings, arrived_us: int) -> None:
    spans: list[Span] = []
    page_message.arrived_us = arrived_us
    async with Publisher(feed_settings, "test", tracer=PublishTracer(TickTraces(spans.append, 1.0))) as publisher:
        publisher.publish(quote(1)._replace(observed_us=now_us() + 10**9))
        await publisher.flush()
    assert all(span.start_ns <= span.end_ns for span in spans)
    assert len(spans) == 4


async def test_ticks_that_are_sent_again_are_traced_once(valkey: RedisServer, own_feed: FeedSettings) -> None:
    spans: list[Span] = []
    async with Publisher(own_feed, "test", tracer=PublishTracer(TickTraces(spans.append, 1.0))) as publisher:
        publish(publisher, *range(1, 51))
        await publisher.flush()
        valkey.kill()
        publish(publisher, *range(51, 61))
        await valkey.restart()
        publish(publisher, *range(61, 71))
        await publisher.flush()
    cursors = cursors_of(spans)
    assert len(cursors) == len(set(cursors)) == 70


async def test_a_sample_is_that_share_of_the_ticks(feed_settings: FeedSettings) -> None:
    spans: list[Span] = []
    async with Publisher(feed_settings, "test", tracer=PublishTracer(TickTraces(spans.append, 0.1))) as publisher:
        publish(publisher, *range(1, 1001))
        await publisher.flush()
    assert 97 <= len(cursors_of(spans)) <= 103


async def test_a_taken_over_numbering_is_traced_from_its_next_tick(feed_settings: FeedSettings) -> None:
    top = await fill(feed_settings, 1, 2, 3)
    spans: list[Span] = []
    async with Publisher(feed_settings, "test", tracer=PublishTracer(TickTraces(spans.append, 1.0))) as publisher:
        publish(publisher, 4, 5)
        await publisher.flush()
    assert cursors_of(spans) == [str(top._replace(seq=seq)) for seq in (4, 5)]
