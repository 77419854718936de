"""The fan-out engine: serves all subscriptions of one process, with one encoding per tick and encoder.

A subscriber is in one of three states:

* *live*: the subscriber has received the newest tick of its symbol and its socket is not full. A `LiveChannel` writes
  each new tick to all live subscribers of the symbol, from the ring, with one write per connection and batch of ticks.
* *catching up* (new, resumed, or slow): the subscriber's own task reads from a `TickReader`, and makes the subscriber
  live when nothing is left to read.
* *paced* (`maxHz`, or a board): a timer that all subscribers of the same rate share writes the newest ticks
  (`PacedGroup`).

Subscribers of the feed's status have a channel of their own (`StatusChannel`).

No subscriber has a queue: what it has not received yet is in the ring or in Redis.
"""

import asyncio
import itertools
import math
from functools import partial

from tickql.api.access.symbol_patterns import SymbolPatterns
from tickql.api.fanout.board import BoardRequest, FollowedSymbols
from tickql.api.fanout.delivery import MAX_TICKS_IN_A_ROW, SubscriptionRequest
from tickql.api.fanout.delivery_tracer import DeliveryTracer
from tickql.api.fanout.event_encoder import EventEncoder
from tickql.api.fanout.event_json import EventJson
from tickql.api.fanout.live_channel import LiveChannel, write_pending
from tickql.api.fanout.paced_group import PacedGroup
from tickql.api.fanout.result_encoder import ResultEncoder
from tickql.api.fanout.shared_timer import SharedTimer, shared_rate
from tickql.api.fanout.status_channel import StatusChannel
from tickql.api.fanout.status_states import StatusRequest
from tickql.api.fanout.subscriber import Subscriber
from tickql.api.traffic import traffic
from tickql.feed.followed_symbol import FollowedSymbol
from tickql.feed.follower import Follower
from tickql.feed.tick import Cursor, Event
from tickql.feed.tick_reader import TickReader

_MIN_FIRST_PERIOD = 0.9
"""The least time between the first and the second event of a paced subscriber, as a share of the period.

The first event is sent at once, and the next call of the shared timer may follow sooner than a period later. A call
that comes sooner than this is skipped, because `maxHz` is an upper limit. A share of 1 would skip calls that come only
a few milliseconds early, too, and the subscriber would wait for almost two periods."""

_FIRST_TICK_POLL_S = 0.1
"""How often a board looks for a first tick while none of its symbols has one."""


Request = SubscriptionRequest | BoardRequest | StatusRequest


class Engine:
    """Serves the subscriptions of one process. `tracer`: writes the traces of ticks, if anybody asks for them."""

    def __init__(self, follower: Follower, tracer: DeliveryTracer | None = None) -> None:
        self._follower = follower
        self._tracer = tracer
        self._write_pending = write_pending if tracer is None else tracer.write_pending
        self._channels: dict[FollowedSymbol, LiveChannel] = {}
        self._channels_to_flush: dict[LiveChannel, None] = {}
        self._timers: dict[float, SharedTimer] = {}
        self._paced_groups: dict[
            tuple[tuple[str, ...] | None, SymbolPatterns, EventEncoder, float, int], PacedGroup
        ] = {}
        self._status = StatusChannel(follower)

    async def serve(self, request: Request, encoder: ResultEncoder, subscriber: Subscriber) -> None:
        """Serve a subscriber from its first event on, until this call is cancelled."""
        if isinstance(request, StatusRequest):
            await self._status.serve(request, encoder, subscriber)
        elif isinstance(request, BoardRequest):
            await self._serve_paced(request, encoder, subscriber)
        else:
            await self.serve_ticks(request, encoder, subscriber)

    async def serve_ticks(self, request: SubscriptionRequest, encoder: EventEncoder, subscriber: Subscriber) -> None:
        """Serve a subscriber of one symbol."""
        async with self._follower.tail(request.symbol, request.after) as reader:
            if request.max_hz is not None:
                await self._serve_paced_ticks(request, request.max_hz, reader, encoder, subscriber)
            for served in itertools.count(1):
                await subscriber.socket.drained()
                # No await between this check and `_serve_live`: a tick that arrives later goes to the live channel.
                if reader.ring_index == reader.followed.ring.end:
                    reader.advance_to(*await self._serve_live(reader, encoder, subscriber))
                else:
                    _send(subscriber, encoder, await (reader.skip_to_newest() if request.merges else reader.next()))
                if served % MAX_TICKS_IN_A_ROW == 0:
                    await asyncio.sleep(0)

    async def _serve_paced_ticks(
        self,
        request: SubscriptionRequest,
        max_hz: float,
        reader: TickReader,
        encoder: EventEncoder,
        subscriber: Subscriber,
    ) -> None:
        # A group knows only positions in a ring: the reader first delivers what the ring alone cannot.
        while (index := reader.ring_index) is None:
            _send(subscriber, encoder, await reader.skip_to_newest())
        reader.close()
        board = BoardRequest((request.symbol,), max_hz, {request.symbol: index})
        await self._serve_paced(board, encoder, subscriber)

    async def _serve_live(
        self, reader: TickReader, encoder: EventEncoder, subscriber: Subscriber
    ) -> tuple[int, Cursor]:
        """Serve a subscriber in its symbol's live channel until it falls behind.

        Returns the index of the ring at which the subscriber continues, and the cursor of the tick before it.
        """
        channel = self._channel(reader.followed)
        # The newcomer has received every tick of the ring. With nothing pending, so has every other live subscriber.
        self._write_pending([channel])
        channel.add(subscriber, encoder)
        subscriber.fell_behind = asyncio.get_running_loop().create_future()
        try:
            return await subscriber.fell_behind
        finally:
            channel.remove(subscriber, encoder)
            # Another subscriber that fell behind may have ended this channel, and a newcomer may have opened the next.
            if not channel.groups and self._channels.get(channel.followed) is channel:
                del self._channels[channel.followed]
                channel.followed.on_tick = None

    def _channel(self, followed: FollowedSymbol) -> LiveChannel:
        channel = self._channels.get(followed)
        if channel is None:
            newest = followed.ring.newest
            assert newest is not None
            sampler = None if self._tracer is None else self._tracer.sampler(followed.symbol)
            channel = LiveChannel(followed, followed.ring.end, newest.cursor, sampler=sampler)
            self._channels[followed] = channel
            followed.on_tick = partial(self._schedule_flush, channel)
        return channel

    def _schedule_flush(self, channel: LiveChannel) -> None:
        """Write this channel's ticks once all messages of the current read from Redis are in the rings."""
        # The listener appends a whole read without an await, and a callback runs after it: one write per connection
        # covers all of it.
        if not self._channels_to_flush:
            asyncio.get_running_loop().call_soon(self._flush)
        self._channels_to_flush[channel] = None

    def _flush(self) -> None:
        channels, self._channels_to_flush = self._channels_to_flush, {}
        self._write_pending(channels)

    async def _serve_paced(self, request: BoardRequest, encoder: EventEncoder, subscriber: Subscriber) -> None:
        max_hz = shared_rate(request.max_hz)
        timer = self._timers.setdefault(max_hz, SharedTimer(max_hz))
        phase = timer.newest_phase()
        key = (request.symbols, request.covered, encoder, max_hz, phase)
        group = self._paced_groups.get(key)
        if group is None:
            group = PacedGroup(FollowedSymbols(self._follower, request), encoder)
            self._paced_groups[key] = group
            timer.add(phase, group.write)
        # A member from now on, so that the group stays; due only after its symbols are in memory.
        subscriber.not_before_s = math.inf
        group.members[subscriber] = None
        try:
            await group.symbols.open()
            subscriber.positions = group.symbols.positions_from(request.seen)
            if not request.seen:
                await self._send_first(group, encoder, subscriber)
            now_s = asyncio.get_running_loop().time()
            subscriber.not_before_s = now_s + _MIN_FIRST_PERIOD * timer.period_s
            group.expect()
            await asyncio.get_running_loop().create_future()
        finally:
            del group.members[subscriber]
            if not group.members:
                timer.remove(phase, group.write)
                group.symbols.close()
                del self._paced_groups[key]
            if timer.idle:
                self._timers.pop(max_hz, None)

    async def _send_first(self, group: PacedGroup, encoder: EventEncoder, subscriber: Subscriber) -> None:
        """Send every symbol that has a tick, as soon as there is one.

        Many symbols are encoded and sent part by part, each when the socket has room.
        """
        while True:
            events = group.symbols.changes_since(subscriber.positions)
            subscriber.positions = group.symbols.positions
            if events:
                break
            await asyncio.sleep(_FIRST_TICK_POLL_S)
        payloads = encoder.encode_many(map(EventJson, events))
        while payload := await self._follower.slices.run(partial(next, payloads, b"")):
            subscriber.send(payload)
            traffic.sent(encoder.transport, (), 1)
            await subscriber.socket.drained()


def _send(subscriber: Subscriber, encoder: EventEncoder, event: Event) -> None:
    subscriber.send(encoder.encode(EventJson(event)))
    traffic.sent(encoder.transport, (event,), 1)
