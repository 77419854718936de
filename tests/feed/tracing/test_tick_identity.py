"""Which ticks are sampled, and the ids of their traces."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace.sampling import Decision, TraceIdRatioBased

from tests.support.strategies import BOUNDED, cursors
from tickql.feed.tick import Cursor
from tickql.feed.tracing.tick_identity import STORE, SymbolSampler, span_id_of, trace_id_of

PROTOCOL = (Path(__file__).parents[3] / "docs/protocol.md").read_text()


def test_the_ids_are_those_of_the_documentation() -> None:
    trace_id = trace_id_of(Cursor("ES", 1739952000000, 812))
    assert f"`{trace_id:032x}`" in PROTOCOL
    assert f"`{span_id_of(trace_id, STORE):016x}`" in PROTOCOL


@BOUNDED
@given(cursors, st.floats(0, 1))
def test_a_tick_is_sampled_when_opentelemetrys_sampler_would_sample_its_trace(cursor: Cursor, ratio: float) -> None:
    standard = TraceIdRatioBased(ratio).should_sample(None, trace_id_of(cursor), "tick")
    is_sampled = standard.decision is Decision.RECORD_AND_SAMPLE
    assert SymbolSampler(cursor.symbol, ratio).samples(cursor) == is_sampled


@pytest.mark.parametrize(("ratio", "of_10_000"), [(1.0, 10_000), (0.1, 1000), (0.001, 10), (0.0, 0)])
def test_sampled_ticks_are_spread_evenly(ratio: float, of_10_000: int) -> None:
    sampler = SymbolSampler("ES", ratio)
    for epoch in range(1, 20):
        sampled = sum(sampler.samples(Cursor("ES", epoch, seq)) for seq in range(1, 10_001))
        assert abs(sampled - of_10_000) <= 3


def test_a_lower_share_is_a_part_of_a_higher_one() -> None:
    low, high = SymbolSampler("ES", 0.01), SymbolSampler("ES", 0.05)
    ticks = [Cursor("ES", 1, seq) for seq in range(1, 10_001)]
    assert {each for each in ticks if low.samples(each)} < {each for each in ticks if high.samples(each)}


@BOUNDED
@given(st.lists(cursors, min_size=2, max_size=20, unique=True))
def test_no_two_ticks_share_a_trace(some: list[Cursor]) -> None:
    assert len({trace_id_of(cursor) for cursor in some}) == len(some)
