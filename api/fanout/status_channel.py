"""The subscribers of the feed's status: each state is encoded once per encoder, and written to all of them."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from functools import partial

from tickql.api.access.symbol_patterns import EVERY_SYMBOL, SymbolPatterns
from tickql.api.fanout.event_encoder import StatusEncoder
from tickql.api.fanout.status_json import StatusJson
from tickql.api.fanout.subscriber import Subscriber
from tickql.api.traffic import traffic
from tickql.feed.follower import Follower
from tickql.feed.health import FeedStatus, restrict, visible_part

PERIOD_S = 0.5
"""The least time between two states. A page of a thousand rows that appear and disappear changes far more often."""

_NEVER = 0


@dataclass(frozen=True, slots=True)
class StatusRequest:
    """A request for the states of the feed, as far as they concern covered symbols."""

    covered: SymbolPatterns = EVERY_SYMBOL

    def status(self, follower: Follower) -> FeedStatus:
        """Return the state now."""
        status = follower.status()
        return status if self.covered.covers_all else restrict(status, self.covered.covers)


async def statuses(follower: Follower, request: StatusRequest) -> AsyncGenerator[FeedStatus, None]:
    """Yield the state now, then after each change, without end."""
    status: FeedStatus | None = None
    while True:
        whole, newest = follower.status(), request.status(follower)
        if status is None or visible_part(newest) != visible_part(status):
            status = newest
            yield status
            await asyncio.sleep(PERIOD_S)
        await follower.wait_for_status_change(whole)


@dataclass(eq=False, slots=True)
class _Group:
    """Subscribers with equal requests and encoders. `members`: the version that each received last."""

    members: dict[Subscriber, int] = field(default_factory=dict)
    version: int = _NEVER
    """The version of `payload`. Rises when what the members may see has changed."""
    payload: bytes = b""
    feed_version: int | None = None
    """The follower's version of the status that was looked at last."""
    visible: object = None
    """The visible part of the status in `payload`."""

    def update(self, feed_version: int, encoder: StatusEncoder, fields: Callable[[], StatusJson]) -> None:
        """Bring `payload` up to date. `feed_version`: of the follower's status; `fields`: of the state now."""
        if self.feed_version == feed_version:
            return
        self.feed_version = feed_version
        status = fields()
        visible = visible_part(status.value)
        if visible != self.visible:
            self.visible, self.payload = visible, encoder.encode(status)
            self.version += 1


class StatusChannel:
    """Writes the state of the feed to each subscriber: at once, then after each change, at most each `PERIOD_S`.

    A subscriber that is not due yet, or whose socket is full, gets the then newest state later.
    """

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._groups: dict[tuple[StatusRequest, StatusEncoder], _Group] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._written_s = -PERIOD_S
        self._newest_fields: tuple[int | None, dict[StatusRequest, StatusJson]] = None, {}
        """A version of the follower's status, and the states that were asked for since then."""

    async def serve(self, request: StatusRequest, encoder: StatusEncoder, subscriber: Subscriber) -> None:
        """Serve a subscriber until this call is cancelled."""
        self._follower.on_status_change = self._write_soon
        key = (request, encoder)
        group = self._groups.setdefault(key, _Group())
        group.members[subscriber] = _NEVER
        try:
            group.update(self._follower.status_version, encoder, partial(self._fields, request))
            _write_to(group, encoder, subscriber)
            # Two calls of `_write` are far enough from each other, but the next one may come soon after this event.
            subscriber.not_before_s = asyncio.get_running_loop().time() + PERIOD_S
            await asyncio.get_running_loop().create_future()
        finally:
            del group.members[subscriber]
            if not group.members:
                del self._groups[key]

    def _write_soon(self) -> None:
        """Write at the next moment that the limit allows. Does nothing if that is already planned."""
        if self._timer is None and self._groups:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(loop.time(), self._written_s + PERIOD_S), self._write)

    def _write(self) -> None:
        self._written_s = asyncio.get_running_loop().time()
        self._write_groups(list(self._groups), self._follower.status_version)

    def _write_groups(self, keys: list[tuple[StatusRequest, StatusEncoder]], version: int, late: bool = False) -> None:
        """Write to the groups, one in each turn of the event loop: thousands of symbols take milliseconds to encode.

        `version`: of the follower's status at the first turn. `late`: whether a subscriber was passed over.
        """
        if keys:
            key = keys.pop()
            # The group may have ended since.
            late = (key in self._groups and self._write_group(*key)) or late
        if keys:
            asyncio.get_running_loop().call_soon(self._write_groups, keys, version, late)
            return
        self._timer = None
        # A change in the meantime did not plan the next writing, as this one was still planned.
        if late or version != self._follower.status_version:
            self._write_soon()

    def _write_group(self, request: StatusRequest, encoder: StatusEncoder) -> bool:
        """Write to the members of a group that lack its newest state. Returns whether one was passed over."""
        group = self._groups[request, encoder]
        group.update(self._follower.status_version, encoder, partial(self._fields, request))
        now_s = asyncio.get_running_loop().time()
        late = False
        for subscriber, version in group.members.items():
            if version == group.version:
                continue
            if subscriber.socket.full or now_s < subscriber.not_before_s:
                late = True
            else:
                _write_to(group, encoder, subscriber)
        return late

    def _fields(self, request: StatusRequest) -> StatusJson:
        """Return the state now with its fields, each of which is encoded once for all encoders."""
        version, fields = self._newest_fields
        if version != self._follower.status_version:
            fields = {}
            self._newest_fields = self._follower.status_version, fields
        if request not in fields:
            fields[request] = StatusJson(request.status(self._follower))
        return fields[request]


def _write_to(group: _Group, encoder: StatusEncoder, subscriber: Subscriber) -> None:
    traffic.messages[encoder.transport] += 1
    group.members[subscriber] = group.version
    subscriber.send(group.payload)
