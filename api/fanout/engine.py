"""The fan-out: one encoding per tick and look, shared by everyone who asked the same question.

A subscriber that has seen the newest tick of its symbol and whose socket takes more is *live*: it is written to
together with all others, from the ring, in one go per connection and batch of ticks. Any other subscriber (new,
resuming, slow) is served by its own task from its `TickReader`, and joins the live ones when it has caught up.
Whoever asked for a pace is served by a shared clock. No queue per client.
"""

import asyncio
import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from tickql.api.fanout.board import BoardRequest, Places, Symbols
from tickql.api.fanout.clock import Clock
from tickql.api.fanout.delivery import SubscriptionRequest
from tickql.api.fanout.event_json import EventJson
from tickql.api.fanout.socket import Socket
from tickql.feed.followed_symbol import FollowedSymbol
from tickql.feed.follower import Follower
from tickql.feed.tick import Cursor, Event
from tickql.feed.tick_reader import TickReader

_TURN = 16
"""Ticks that one subscriber may get in a row: whoever catches up must not hold up its neighbours."""


class EventEncoder(Protocol):
    """How a subscriber sees ticks, as messages less their head. Who has an equal look is served together."""

    def __hash__(self) -> int: ...

    def tail(self, event: EventJson) -> bytes:
        """The message of one tick."""

    def tail_of(self, events: Iterable[EventJson]) -> bytes:
        """The message of many symbols' newest ticks."""


@dataclass(eq=False, slots=True)
class Subscriber:
    """One subscription of one connection. `head` is what its messages begin with."""

    socket: Socket
    head: bytes
    places: Places = ()
    """While paced: what it has seen."""
    not_before_s: float = 0.0
    held: list[bytes] = field(init=False)
    """The socket's."""
    left: "asyncio.Future[tuple[int, Cursor]] | None" = None
    """Resolves when a live subscriber has to catch up by itself: from which index on, and the tick before it."""
    front: bytes = b""
    """What makes a message of a tail of `front_for` bytes. Kept, as tails are mostly as long as the one before."""
    front_for: int = -1

    def __post_init__(self) -> None:
        self.held = self.socket.held

    def fit(self, length: int) -> None:
        """Make `front` for a tail of `length` bytes."""
        self.front = self.socket.frame(self.head, length)
        self.front_for = length

    def send(self, tail: bytes) -> None:
        """Send one message."""
        if self.front_for != len(tail):
            self.fit(len(tail))
        self.socket.send(self.front + tail)


@dataclass(eq=False, slots=True)
class _Channel:
    """The live subscribers of one symbol, by look."""

    followed: FollowedSymbol
    sent: int
    """Index of the ring: all before it has been written to the live subscribers."""
    cursor: Cursor
    groups: dict[EventEncoder, dict[Subscriber, None]] = field(default_factory=dict)

    @property
    def news(self) -> int:
        """How many ticks the live subscribers have not had yet."""
        return self.followed.ring.end - self.sent

    def take(self) -> Iterator[tuple[dict[Subscriber, None], bytes]]:
        """What is to be sent to whom, in order. Who can't take it leaves."""
        ring = self.followed.ring
        start, end, before = self.sent, ring.end, self.cursor
        newest = ring.newest
        assert newest is not None
        self.sent, self.cursor = end, newest.cursor
        indices = range(max(start, ring.begin), end)
        events = [EventJson(Event(ring.at(index), 0, ring.gap_within(index, index))) for index in indices]
        lost = start < ring.begin
        for look, group in self.groups.items():
            for subscriber in [each for each in group if lost or each.socket.full]:
                del group[subscriber]
                if subscriber.left is not None and not subscriber.left.done():
                    subscriber.left.set_result((start, before))
            for event in events if group else ():
                yield group, look.tail(event)


class Engine:
    """Serves the subscriptions of one process."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._channels: dict[FollowedSymbol, _Channel] = {}
        self._dirty: dict[_Channel, None] = {}
        self._clocks: dict[float, Clock] = {}
        self._paced: dict[tuple[tuple[str, ...] | None, EventEncoder, float, int], _PacedGroup] = {}

    async def serve(self, wish: SubscriptionRequest | BoardRequest, look: EventEncoder, subscriber: Subscriber) -> None:
        """Serve a subscriber until cancelled."""
        if isinstance(wish, BoardRequest):
            await self._serve_paced(wish, look, subscriber)
        else:
            await self._serve_ticks(wish, look, subscriber)

    async def _serve_ticks(self, wish: SubscriptionRequest, look: EventEncoder, subscriber: Subscriber) -> None:
        async with self._follower.tail(wish.symbol, wish.after) as tail:
            if wish.max_hz is not None:
                while (index := tail.ring_index) is None:
                    _write(subscriber, look, await tail.skip_to_newest())
                tail.close()
                await self._serve_paced(
                    BoardRequest((wish.symbol,), wish.max_hz, {wish.symbol: index}), look, subscriber
                )
            for served in itertools.count(1):
                await subscriber.socket.drained()
                if tail.ring_index == tail.followed.ring.end:
                    tail.advance_to(*await self._live(tail, look, subscriber))
                else:
                    _write(subscriber, look, await (tail.skip_to_newest() if wish.merges else tail.next()))
                if served % _TURN == 0:
                    await asyncio.sleep(0)

    async def _live(self, tail: TickReader, look: EventEncoder, subscriber: Subscriber) -> tuple[int, Cursor]:
        """Be served together with the others, until the socket is full; where to go on then."""
        channel = self._channel(tail.followed)
        self._flush(channel)
        group = channel.groups.setdefault(look, {})
        group[subscriber] = None
        subscriber.left = asyncio.get_running_loop().create_future()
        try:
            return await subscriber.left
        finally:
            group.pop(subscriber, None)
            if not group:
                channel.groups.pop(look, None)
            if not channel.groups and self._channels.pop(channel.followed, None) is not None:
                channel.followed.on_tick = None

    def _channel(self, followed: FollowedSymbol) -> _Channel:
        channel = self._channels.get(followed)
        if channel is None:
            newest = followed.ring.newest
            assert newest is not None
            channel = self._channels[followed] = _Channel(followed, followed.ring.end, newest.cursor)
            followed.on_tick = lambda: self._mark(channel)
        return channel

    def _mark(self, channel: _Channel) -> None:
        """Write this symbol's news when all that has just come from Redis is in the rings."""
        if not self._dirty:
            asyncio.get_running_loop().call_soon(self._flush_dirty)
        self._dirty[channel] = None

    def _flush_dirty(self) -> None:
        dirty, self._dirty = self._dirty, {}
        self._flush(*dirty)

    def _flush(self, *channels: _Channel) -> None:
        channels = tuple(channel for channel in channels if channel.news)
        if len(channels) == 1 and channels[0].news == 1:
            for group, tail in channels[0].take():
                length = len(tail)
                for subscriber in group:
                    if subscriber.front_for != length:
                        subscriber.fit(length)
                    subscriber.socket.send(subscriber.front + tail)
            return
        touched: list[Socket] = []
        for group, tail in itertools.chain.from_iterable(channel.take() for channel in channels):
            length = len(tail)
            for subscriber in group:
                if subscriber.front_for != length:
                    subscriber.fit(length)
                held = subscriber.held
                if not held:
                    touched.append(subscriber.socket)
                held.append(subscriber.front + tail)
        for socket in touched:
            socket.flush()

    async def _serve_paced(self, wish: BoardRequest, look: EventEncoder, subscriber: Subscriber) -> None:
        clock = self._clocks.setdefault(wish.max_hz, Clock(wish.max_hz))
        phase = clock.phase()
        key = (wish.symbols, look, wish.max_hz, phase)
        group = self._paced.get(key)
        if group is None:
            group = self._paced[key] = _PacedGroup(Symbols(self._follower, wish.symbols), look)
            clock.join(phase, group.beat)
        subscriber.not_before_s = math.inf
        group.members[subscriber] = None
        try:
            await group.symbols.open()
            subscriber.places = group.symbols.places_of(wish.seen)
            subscriber.not_before_s = asyncio.get_running_loop().time() + 0.9 * clock.period_s
            await asyncio.get_running_loop().create_future()
        finally:
            del group.members[subscriber]
            if not group.members:
                clock.leave(phase, group.beat)
                group.symbols.close()
                del self._paced[key]
            if clock.idle:
                self._clocks.pop(wish.max_hz, None)


class _PacedGroup:
    """Subscribers of the same symbols, look, pace and phase."""

    def __init__(self, symbols: Symbols, look: EventEncoder) -> None:
        self.symbols = symbols
        self.members: dict[Subscriber, None] = {}
        self._look = look
        self._places: Places = ()

    def beat(self) -> None:
        """Write what is new to everyone who has not seen it and can take it."""
        places = self.symbols.places
        if places == self._places:
            places = self._places
        self._places = places
        now_s = asyncio.get_running_loop().time()
        seen: Places | None = None
        tail: bytes | None = None
        for member in self.members:
            if member.places is places or member.socket.full or now_s < member.not_before_s:
                continue
            if member.places is not seen:
                seen = member.places
                events = self.symbols.fresh(seen)
                tail = self._look.tail_of(map(EventJson, events)) if events else None
            member.places = places
            if tail is not None:
                member.send(tail)


def _write(subscriber: Subscriber, look: EventEncoder, event: Event) -> None:
    subscriber.send(look.tail(EventJson(event)))
