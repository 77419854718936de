"""The subscribers of the feed's status: each state is encoded once per encoder, and written to all of them."""

import asyncio
import math
from collections.abc import AsyncGenerator, Iterator
from weakref import WeakValueDictionary

from tickql.api.fanout.event_encoder import StatusEncoder
from tickql.api.fanout.status_states import KeptPayloads, RequestedStates, StatusEncodings, StatusRequest
from tickql.api.fanout.subscriber import Subscriber
from tickql.api.traffic import traffic
from tickql.feed.fair_turns import current_client
from tickql.feed.follower import Follower
from tickql.feed.health import FeedStatus, looks_equal

PERIOD_S = 0.5
"""The least time between two states. A page of a thousand rows that appear and disappear changes far more often."""

_NEVER = 0


async def statuses(follower: Follower, request: StatusRequest) -> AsyncGenerator[FeedStatus, None]:
    """Yield the state now, then after each change, without end."""
    status: FeedStatus | None = None
    while True:
        whole, newest = follower.status(), request.status(follower)
        if status is None or not looks_equal(newest, status):
            status = newest
            yield status
            await asyncio.sleep(PERIOD_S)
        await follower.wait_for_status_change(whole)


class StatusChannel:
    """Writes the state of the feed to each subscriber: at once, then after each change, at most each `PERIOD_S`.

    A subscriber that is not due yet, or whose socket is full, gets the then newest state later.
    """

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._groups: dict[tuple[StatusRequest, StatusEncoder], _Group] = {}
        self._states: WeakValueDictionary[StatusRequest, RequestedStates] = WeakValueDictionary()
        self._kept = KeptPayloads()

    async def serve(self, request: StatusRequest, encoder: StatusEncoder, subscriber: Subscriber) -> None:
        """Serve a subscriber until this call is cancelled."""
        self._follower.on_status_change = self._write_soon
        key = (request, encoder)
        group = self._groups.get(key)
        if group is None:
            states = self._states.setdefault(request, RequestedStates(self._follower, request))
            group = self._groups[key] = _Group(StatusEncodings(states, encoder, self._kept), encoder)
        try:
            await group.add(subscriber)
            await asyncio.get_running_loop().create_future()
        finally:
            del group.members[subscriber]
            if not group.members:
                group.end()
                self._kept.drop(group.encodings)
                del self._groups[key]

    def _write_soon(self) -> None:
        for group in self._groups.values():
            group.write_soon()


class _Group:
    """Subscribers with equal requests and encoders.

    States are encoded on behalf of the first subscriber's client: what one client asks for delays no other client's.
    """

    def __init__(self, encodings: StatusEncodings, encoder: StatusEncoder) -> None:
        self.encodings = encodings
        self.members: dict[Subscriber, int] = {}
        """The number of the state that each received last."""
        self._encoder = encoder
        self._client = current_client.get()
        self._next_s = 0.0
        """Time of the event loop before which nothing is written to all."""
        self._planned: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None

    async def add(self, subscriber: Subscriber) -> None:
        """Make a subscriber a member and send it the state now, once its socket has room."""
        self.members[subscriber] = _NEVER
        # Until its first event `_write` passes it over.
        subscriber.not_before_s = math.inf
        state = None
        while state is None:
            await subscriber.socket.drained()
            state = await self.encodings.newest(lambda: not subscriber.socket.full)
        self._send(subscriber, *state)
        subscriber.not_before_s = asyncio.get_running_loop().time() + PERIOD_S
        if state[0] < self._number:
            self.write_soon()

    def write_soon(self) -> None:
        """Write at the next moment that the limit allows. Does nothing if that is already planned."""
        if self._planned is None and self._writing is None:
            loop = asyncio.get_running_loop()
            self._planned = loop.call_at(max(loop.time(), self._next_s), self._begin)

    def end(self) -> None:
        """Write nothing any more."""
        if self._planned is not None:
            self._planned.cancel()
        if self._writing is not None:
            self._writing.cancel()

    def _begin(self) -> None:
        self._planned = None
        self._writing = asyncio.create_task(self._write(), name="status")

    async def _write(self) -> None:
        """Write to the members that lack the newest state, are due, and whose sockets are not full."""
        current_client.set(self._client)
        try:
            state = await self.encodings.newest(lambda: any(self._ready(self._number)))
        finally:
            self._writing = None
        if state is not None:
            for subscriber in self._ready(state[0]):
                self._send(subscriber, *state)
        self._next_s = asyncio.get_running_loop().time() + PERIOD_S
        if any(number < self._number for number in self.members.values()):
            self.write_soon()

    @property
    def _number(self) -> int:
        return self.encodings.states.newest()[0]

    def _ready(self, number: int) -> Iterator[Subscriber]:
        """Yield the members that lack the state of that number, are due, and whose sockets are not full."""
        now_s = asyncio.get_running_loop().time()
        for member, received in self.members.items():
            if received < number and now_s >= member.not_before_s and not member.socket.full:
                yield member

    def _send(self, subscriber: Subscriber, number: int, payload: bytes) -> None:
        traffic.messages[self._encoder.transport] += 1
        self.members[subscriber] = number
        subscriber.send(payload)
