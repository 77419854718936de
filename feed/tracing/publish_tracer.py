"""The producer's part of a tick's trace: from the page to Redis."""

from collections.abc import Iterable
from typing import NamedTuple

from tickql.feed.codec import decode_tick
from tickql.feed.spool import Spool
from tickql.feed.tracing.span import Span, SpanKind
from tickql.feed.tracing.tick_identity import STORE, TICK, SymbolSampler, span_id_of, tick_attributes, trace_id_of
from tickql.feed.tracing.tick_traces import TickTraces


class PageMessage:
    """The message of a page that this process handles now."""

    __slots__ = ("arrived_us",)

    def __init__(self) -> None:
        self.arrived_us = 0
        """When its handling began, in Unix microseconds; 0: there was none yet."""


page_message = PageMessage()
"""The one of this process: messages are handled one after the other."""


class _Traced(NamedTuple):
    """How far the ticks of a symbol have been looked at."""

    sampler: SymbolSampler
    epoch: int = 0
    seq: int = 0


class PublishTracer:
    """Writes the spans of sampled ticks when Redis has confirmed them.

    Which ticks are sampled is known only then: before, a tick may get another number.
    """

    def __init__(self, traces: TickTraces) -> None:
        self._traces = traces
        self._symbols: dict[str, _Traced] = {}

    def confirmed(self, spools: Iterable[Spool], now_us: int) -> None:
        """Write the spans of the ticks that Redis has confirmed since the last call for their symbol."""
        for spool in spools:
            self._look_at(spool, now_us)

    def _look_at(self, spool: Spool, now_us: int) -> None:
        known = self._symbols.get(spool.symbol) or _Traced(SymbolSampler(spool.symbol, self._traces.ratio))
        # Ticks that Redis lost and that were sent again are not looked at a second time.
        done = known.seq if known.epoch == spool.epoch else 0
        seq = known.sampler.next_from(spool.epoch, max(done + 1, spool.first_seq))
        while seq <= spool.confirmed_seq:
            self._trace(spool, seq, now_us)
            seq = known.sampler.next_from(spool.epoch, seq + 1)
        self._symbols[spool.symbol] = known._replace(epoch=spool.epoch, seq=max(done, spool.confirmed_seq))

    def _trace(self, spool: Spool, seq: int, confirmed_us: int) -> None:
        sent = spool.sent(seq)
        if sent is None:
            return
        tick = decode_tick(sent.payload)
        # In this order whatever the clocks of page and host do.
        spooled_us = min(sent.spooled_us, tick.published_us)
        seen_us = min(tick.observed_us, spooled_us)
        arrived_us = max(seen_us, min(sent.arrived_us, spooled_us))
        stored_us = max(tick.published_us, confirmed_us)
        trace_id = trace_id_of(tick.cursor)
        root_id = span_id_of(trace_id, TICK)

        def write(name: str, start_us: int, end_us: int, kind: SpanKind = SpanKind.INTERNAL) -> None:
            span_id = span_id_of(trace_id, name)
            self._traces.write(Span(name, trace_id, span_id, root_id, start_us * 1000, end_us * 1000, kind))

        self._traces.write(
            Span(TICK, trace_id, root_id, 0, seen_us * 1000, stored_us * 1000, attributes=tick_attributes(tick))
        )
        write("capture", seen_us, arrived_us)
        write("parse", arrived_us, spooled_us)
        write(STORE, tick.published_us, stored_us, SpanKind.PRODUCER)
