"""The API's part of a tick's trace: from Redis to the sockets of its live subscribers."""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from random import getrandbits
from typing import Any, NamedTuple

from tickql.api.fanout.live_channel import LiveChannel, Payload, batch, write_pending
from tickql.api.traffic import Transport, traffic
from tickql.feed.tick import Tick
from tickql.feed.tracing.span import Span, SpanKind
from tickql.feed.tracing.tick_identity import STORE, SymbolSampler, span_id_of, tick_attributes, trace_id_of
from tickql.feed.tracing.tick_traces import TickTraces


class _Encoding(NamedTuple):
    """The encoding of a symbol's pending ticks for one group of subscribers. Times are Unix nanoseconds."""

    transport: Transport
    subscribers: int
    start_ns: int
    end_ns: int


@dataclass(slots=True)
class _Writing:
    """The write of one batch to all its sockets. `first_ns`: when the first socket was written; 0: there is none."""

    ticks: int
    start_ns: int = 0
    first_ns: int = 0
    end_ns: int = 0
    encodings: dict[LiveChannel, list[_Encoding]] = field(default_factory=dict)


class DeliveryTracer:
    """Writes pending ticks to live subscribers, and the spans of those among them that are sampled.

    A batch without a sampled tick is written as if nothing were traced.
    """

    def __init__(self, traces: TickTraces) -> None:
        self._traces = traces

    def sampler(self, symbol: str) -> SymbolSampler:
        """Return what finds the sampled ticks of a symbol, for its `LiveChannel`."""
        return SymbolSampler(symbol, self._traces.ratio)

    def write_pending(self, channels: Collection[LiveChannel]) -> None:
        """Do what `live_channel.write_pending` does. All channels have a sampler."""
        sampled: dict[LiveChannel, list[Tick]] = {}
        # Runs for each read from Redis: nearly always these comparisons are all that tracing costs.
        for channel in channels:
            newest, sampler = channel.followed.ring.newest, channel.sampler
            assert newest is not None
            assert sampler is not None
            _, epoch, seq = newest.cursor
            if (seq >= sampler.next_seq or epoch != sampler.epoch) and (ticks := _sampled(channel, sampler)):
                sampled[channel] = ticks
        if sampled:
            self._write_traced(channels, sampled)
        else:
            write_pending(channels)

    def _write_traced(self, channels: Iterable[LiveChannel], sampled: Mapping[LiveChannel, list[Tick]]) -> None:
        received_ns = time.time_ns()
        pending = [channel for channel in channels if channel.pending_ticks]
        writing = _Writing(sum(channel.pending_ticks for channel in pending))
        touched = batch(_timed(channel, writing) for channel in pending)
        writing.start_ns = time.time_ns()
        for socket in touched:
            socket.flush()
            writing.first_ns = writing.first_ns or time.time_ns()
        writing.end_ns = time.time_ns()
        traffic.finish_live()
        for channel, ticks in sampled.items():
            for tick in ticks:
                self._trace(tick, received_ns, writing, writing.encodings[channel])

    def _trace(self, tick: Tick, received_ns: int, writing: _Writing, encodings: list[_Encoding]) -> None:
        subscribers = sum(encoding.subscribers for encoding in encodings)
        if not subscribers:
            return
        trace_id = trace_id_of(tick.cursor)
        # The clock of the producer's host may be ahead.
        published_ns = min(tick.published_us * 1000, received_ns)
        deliver_id = getrandbits(64)

        def write(name: str, start_ns: int, end_ns: int, **more: Any) -> None:
            self._traces.write(Span(name, trace_id, getrandbits(64), deliver_id, start_ns, end_ns, **more))

        self._traces.write(
            Span(
                "deliver",
                trace_id,
                deliver_id,
                span_id_of(trace_id, STORE),
                published_ns,
                writing.end_ns,
                SpanKind.CONSUMER,
                has_remote_parent=True,
                attributes=tick_attributes(tick) | {"tickql.subscribers": subscribers},
            )
        )
        write("receive", published_ns, received_ns)
        for each in encodings:
            about = {"tickql.transport": each.transport, "tickql.subscribers": each.subscribers}
            write("encode", each.start_ns, each.end_ns, attributes=about)
        write(
            "write",
            writing.start_ns,
            writing.end_ns,
            attributes={"tickql.ticks": writing.ticks},
            events={"first socket written": writing.first_ns},
        )


def _sampled(channel: LiveChannel, sampler: SymbolSampler) -> list[Tick]:
    """Return the sampled ticks among the pending ones, and set the sampler to the number behind the newest one."""
    ring = channel.followed.ring
    pending = map(ring.at, range(max(channel.sent, ring.begin), ring.end))
    ticks = [tick for tick in pending if sampler.next_from(tick.cursor.epoch, tick.seq) == tick.seq]
    assert ring.newest is not None
    sampler.next_from(ring.newest.cursor.epoch, ring.newest.seq + 1)
    return ticks


def _timed(channel: LiveChannel, writing: _Writing) -> Iterator[Payload]:
    """Yield what the channel encodes. All payloads of a group are encoded when its first one is asked for."""
    encodings = writing.encodings[channel] = []
    transports = {id(group): encoder.transport for encoder, group in channel.groups.items()}
    encoded_for: object = None
    start_ns = time.time_ns()
    for group, payload in channel.encode_pending():
        if group is not encoded_for:
            encoded_for = group
            encodings.append(_Encoding(transports[id(group)], len(group), start_ns, time.time_ns()))
        yield group, payload
        start_ns = time.time_ns()
