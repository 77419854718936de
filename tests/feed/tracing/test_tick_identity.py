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


def standard_samples(ratio: float, cursor: Cursor) -> bool:
    """Whether OpenTelemetry's own sampler chooses the trace of a tick."""
    decision = TraceIdRatioBased(ratio).should_sample(None, trace_id_of(cursor), "tick").decision
    return decision is Decision.RECORD_AND_SAMPLE


@BOUNDED
@given(cursors, st.floats(0.001, 1))
def test_the_ticks_are_sampled_whose_traces_opentelemetrys_sampler_chooses(cursor: Cursor, ratio: float) -> None:
    sampler = SymbolSampler(cursor.symbol, ratio)
    for seq in range(cursor.seq, cursor.seq + 50):
        is_sampled = sampler.next_from(cursor.epoch, seq) == seq
        assert is_sampled == standard_samples(ratio, cursor._replace(seq=seq))


@BOUNDED
@given(cursors, st.floats(1e-15, 1))
def test_the_next_sampled_tick_is_found_however_far_it_is(cursor: Cursor, ratio: float) -> None:
    seq = SymbolSampler(cursor.symbol, ratio).next_from(cursor.epoch, cursor.seq)
    assert cursor.seq <= seq <= cursor.seq + 4 / ratio
    assert standard_samples(ratio, cursor._replace(seq=seq))


@pytest.mark.parametrize(("ratio", "of_10_000"), [(1.0, 10_000), (0.1, 1000), (0.001, 10)])
def test_sampled_ticks_are_spread_evenly(ratio: float, of_10_000: int) -> None:
    sampler = SymbolSampler("ES", ratio)
    for epoch in range(1, 20):
        assert abs(len(sampled_seqs(sampler, epoch, 10_000)) - of_10_000) <= 3


def test_a_lower_share_is_a_part_of_a_higher_one() -> None:
    low, high = (sampled_seqs(SymbolSampler("ES", ratio), 1, 10_000) for ratio in (0.01, 0.05))
    assert low < high


def test_a_sampler_may_be_asked_for_earlier_ticks_and_other_numberings() -> None:
    sampler = SymbolSampler("ES", 0.01)
    first, second = sampled_seqs(SymbolSampler("ES", 0.01), 1, 1000), sampled_seqs(SymbolSampler("ES", 0.01), 2, 1000)
    for _ in range(2):
        assert sampled_seqs(sampler, 1, 1000) == first
        assert sampled_seqs(sampler, 2, 1000) == second


def sampled_seqs(sampler: SymbolSampler, epoch: int, top: int) -> set[int]:
    seqs = set()
    seq = sampler.next_from(epoch, 1)
    while seq <= top:
        seqs.add(seq)
        seq = sampler.next_from(epoch, seq + 1)
    return seqs


@BOUNDED
@given(st.lists(cursors, min_size=2, max_size=20, unique=True))
def test_no_two_ticks_share_a_trace(some: list[Cursor]) -> None:
    assert len({trace_id_of(cursor) for cursor in some}) == len(some)
