"""The fan-out: one encoding per tick and look, shared by everyone who asked the same question.

A subscriber that has seen the newest tick of its symbol and whose socket takes more is *live*: it is written to
together with all others, from the ring, in one go per connection and batch of ticks. Any other subscriber (new,
resuming, slow) is served by its own task from its `Tail`, and joins the live ones when it has caught up. No queue per
client.
"""

import asyncio
import itertools
from dataclasses import dataclass, field

from api.board import Board
from api.clock import Clock
from api.delivery import Wish
from api.handoff import Handoff
from api.look import Look
from api.socket import Socket
from api.wire import EventJson
from feed.followed import Followed
from feed.follower import Follower
from feed.tail import Tail
from feed.tick import Cursor, Event

_TURN = 16
"""Ticks that one subscriber may get in a row: whoever catches up must not hold up its neighbours."""


@dataclass(eq=False, slots=True)
class Subscriber:
    """One subscription of one connection. `head` is what its messages begin with."""

    socket: Socket
    head: bytes
    index: int = 0
    """Of the ring: the next tick that it has not seen. Kept while paced."""
    not_before_s: float = 0.0
    left: "asyncio.Future[tuple[int, Cursor]] | None" = None
    """Resolves when a live subscriber has to catch up by itself: from which index on, and the tick before it."""


@dataclass(eq=False, slots=True)
class _Channel:
    """The live subscribers of one symbol, by look."""

    followed: Followed
    sent: int
    """Index of the ring: all before it has been written to the live subscribers."""
    cursor: Cursor
    groups: dict[Look, dict[Subscriber, None]] = field(default_factory=dict)


class Engine:
    """Serves the subscriptions of one process."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._channels: dict[Followed, _Channel] = {}
        self._dirty: dict[_Channel, None] = {}
        self._clocks: dict[float, Clock] = {}
        self._paced: dict[tuple[Followed, Look, float, int], _PacedGroup] = {}

    async def serve(self, handoff: Handoff, subscriber: Subscriber) -> None:
        """Serve what is left of one subscription, until cancelled."""
        assert handoff.look is not None
        if isinstance(handoff.rest, Board):
            await self._serve_board(handoff.rest, handoff.look, subscriber)
        elif handoff.rest is not None:
            await self._serve_ticks(handoff.rest, handoff.look, subscriber)

    async def _serve_board(self, board: Board, look: Look, subscriber: Subscriber) -> None:
        while True:
            await subscriber.socket.drained()
            events = await board.next()
            subscriber.socket.push(subscriber.head, look.payload_of_list(events) + b"}")
            subscriber.socket.flush()

    async def _serve_ticks(self, wish: Wish, look: Look, subscriber: Subscriber) -> None:
        async with self._follower.tail(wish.symbol, wish.after) as tail:
            if wish.max_hz is not None:
                await self._serve_paced(tail, wish.max_hz, look, subscriber)
            for served in itertools.count(1):
                await subscriber.socket.drained()
                if tail.index == tail.followed.ring.end:
                    tail.jump(*await self._live(tail, look, subscriber))
                else:
                    _write(subscriber, look, await (tail.newest() if wish.merges else tail.next()))
                if served % _TURN == 0:
                    await asyncio.sleep(0)

    async def _live(self, tail: Tail, look: Look, subscriber: Subscriber) -> tuple[int, Cursor]:
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

    def _channel(self, followed: Followed) -> _Channel:
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
        touched: list[Socket] = []
        for channel in channels:
            _write_live(channel, touched)
        for socket in touched:
            socket.flush()

    async def _serve_paced(self, tail: Tail, max_hz: float, look: Look, subscriber: Subscriber) -> None:
        followed = tail.followed
        clock = self._clocks.setdefault(max_hz, Clock(max_hz))
        phase = clock.phase()
        key = (followed, look, max_hz, phase)
        group = self._paced.setdefault(key, _PacedGroup(followed, look))
        while (index := tail.index) is None:
            _write(subscriber, look, await tail.newest())
        subscriber.index = index
        subscriber.not_before_s = asyncio.get_running_loop().time() + 0.9 * clock.period_s
        group.members[subscriber] = None
        clock.join(phase, group.beat)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            del group.members[subscriber]
            if not group.members:
                clock.leave(phase, group.beat)
                self._paced.pop(key, None)
            if clock.idle:
                self._clocks.pop(max_hz, None)


class _PacedGroup:
    """Subscribers of one symbol, look, pace and phase."""

    def __init__(self, followed: Followed, look: Look) -> None:
        self.members: dict[Subscriber, None] = {}
        self._followed = followed
        self._look = look

    def beat(self) -> None:
        """Write the newest tick to everyone who has not seen it and can take it."""
        ring = self._followed.ring
        newest, end = ring.newest, ring.end
        assert newest is not None
        now_s = asyncio.get_running_loop().time()
        tails: dict[int, bytes] = {}
        for member in self.members:
            index = member.index
            if index == end or member.socket.full or now_s < member.not_before_s:
                continue
            tail = tails.get(index)
            if tail is None:
                event = Event(newest, end - 1 - index, ring.gap(index, end - 1))
                tail = tails[index] = self._look.payload(EventJson(event)) + b"}"
            member.index = end
            member.socket.push(member.head, tail)
            member.socket.flush()


def _write_live(channel: _Channel, touched: list[Socket]) -> None:
    """Push what the live subscribers of a symbol have not had yet."""
    ring = channel.followed.ring
    start, end = channel.sent, ring.end
    if start == end:
        return
    before = channel.cursor
    newest = ring.newest
    assert newest is not None
    channel.sent, channel.cursor = end, newest.cursor
    if start < ring.begin:
        for group in channel.groups.values():
            _leave(group, list(group), start, before)
        return
    events = [EventJson(Event(ring.at(index), 0, ring.gap(index, index))) for index in range(start, end)]
    for look, group in list(channel.groups.items()):
        tails = [look.payload(event) + b"}" for event in events]
        full = []
        for subscriber in group:
            socket = subscriber.socket
            if socket.full:
                full.append(subscriber)
                continue
            for tail in tails:
                if socket.push(subscriber.head, tail):
                    touched.append(socket)
        _leave(group, full, start, before)


def _leave(group: dict[Subscriber, None], subscribers: list[Subscriber], index: int, cursor: Cursor) -> None:
    for subscriber in subscribers:
        del group[subscriber]
        if subscriber.left is not None and not subscriber.left.done():
            subscriber.left.set_result((index, cursor))


def _write(subscriber: Subscriber, look: Look, event: Event) -> None:
    subscriber.socket.push(subscriber.head, look.payload(EventJson(event)) + b"}")
    subscriber.socket.flush()
