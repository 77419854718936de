"""The live subscribers of one symbol: each tick is encoded once per encoder, and written to all of them."""

import itertools
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from tickql.api.fanout.event_encoder import EventEncoder
from tickql.api.fanout.event_json import EventJson
from tickql.api.fanout.socket import Socket
from tickql.api.fanout.subscriber import Subscriber
from tickql.api.traffic import traffic
from tickql.feed.followed_symbol import FollowedSymbol
from tickql.feed.tick import Cursor, Event
from tickql.feed.tracing.tick_identity import SymbolSampler

Payload = tuple[dict[Subscriber, None], bytes]
"""What one message of each subscriber of a group ends with."""


@dataclass(eq=False, slots=True)
class LiveChannel:
    """The live subscribers of one symbol, grouped by encoder.

    A live subscriber has received every tick before `sent`, and its socket had room when it was last written to.
    """

    followed: FollowedSymbol
    sent: int
    """Index of the ring: all ticks before it have been written to the live subscribers."""
    cursor: Cursor
    """Cursor of the tick before `sent`."""
    groups: dict[EventEncoder, dict[Subscriber, None]] = field(default_factory=dict)
    sampler: SymbolSampler | None = None
    """Finds the ticks to be traced; `None`: nobody asks for traces."""

    @property
    def pending_ticks(self) -> int:
        """How many ticks have not been written to the live subscribers."""
        return self.followed.ring.end - self.sent

    def add(self, subscriber: Subscriber, encoder: EventEncoder) -> None:
        """Add a subscriber that has received every tick before `sent`."""
        self.groups.setdefault(encoder, {})[subscriber] = None

    def remove(self, subscriber: Subscriber, encoder: EventEncoder) -> None:
        """Remove a subscriber. Does nothing if it fell behind and was removed before."""
        group = self.groups.get(encoder, {})
        group.pop(subscriber, None)
        if not group:
            self.groups.pop(encoder, None)

    def encode_pending(self) -> Iterator[Payload]:
        """Yield each pending tick's payload with the group that gets it, in order of the ticks within a group.

        Removes each subscriber whose socket is full, or for which the ring no longer holds the next tick, and resolves
        its `fell_behind`: the subscriber's own task then reads on from the position given. An encoder that fails ends
        the subscriptions of its group, and no other one. `sent` moves forward before the first payload is yielded, so a
        caller must iterate to the end without an `await`.
        """
        ring = self.followed.ring
        start, end, before = self.sent, ring.end, self.cursor
        newest = ring.newest
        assert newest is not None
        self.sent, self.cursor = end, newest.cursor
        indices = range(max(start, ring.begin), end)
        events = [EventJson(Event(ring.at(index), 0, ring.gap_within(index, index))) for index in indices]
        overrun = start < ring.begin
        for encoder, group in self.groups.items():
            for subscriber in [each for each in group if overrun or each.socket.full]:
                del group[subscriber]
                # A subscriber that is being cancelled in this very turn of the loop has its future done already.
                if subscriber.fell_behind is not None and not subscriber.fell_behind.done():
                    subscriber.fell_behind.set_result((start, before))
            if group:
                try:
                    payloads = [encoder.encode(event) for event in events]
                except Exception as error:  # noqa: BLE001 - raised in the task of each subscriber
                    _fail(group, error)
                    continue
                traffic.live(encoder.transport, events, len(group))
                for payload in payloads:
                    yield group, payload


def _fail(group: dict[Subscriber, None], error: Exception) -> None:
    for subscriber in group:
        if subscriber.fell_behind is not None and not subscriber.fell_behind.done():
            subscriber.fell_behind.set_exception(error)
    group.clear()


def write_pending(channels: Collection[LiveChannel]) -> None:
    """Write the pending ticks of some symbols to their live subscribers, with one write per connection."""
    channels = [channel for channel in channels if channel.pending_ticks]
    if len(channels) == 1 and channels[0].pending_ticks == 1:
        _write_one_tick(channels[0])
    else:
        for socket in batch(channel.encode_pending() for channel in channels):
            socket.flush()
    traffic.finish_live()


def batch(payloads_by_channel: Iterable[Iterable[Payload]]) -> list[Socket]:
    """Add what channels have encoded to the batches of their subscribers' sockets. Returns these sockets.

    A connection that follows 20 symbols gets the ticks of all of them in one write.
    """
    touched: list[Socket] = []
    for group, payload in itertools.chain.from_iterable(payloads_by_channel):
        length = len(payload)
        for subscriber in group:
            if subscriber.payload_bytes != length:
                subscriber.prepare(length)
            messages = subscriber.batch
            if not messages:
                touched.append(subscriber.socket)
            messages.append(subscriber.message_start + payload)
    return touched


def _write_one_tick(channel: LiveChannel) -> None:
    # The most frequent case. It needs no batch, and the body of `Subscriber.send` is repeated here: the loop runs once
    # per tick and subscriber, where a call costs more than all else but the write.
    for group, payload in channel.encode_pending():
        length = len(payload)
        for subscriber in group:
            if subscriber.payload_bytes != length:
                subscriber.prepare(length)
            subscriber.socket.send(subscriber.message_start + payload)
