"""The subscribers of the feed's status: each state is encoded once per encoder, and written to all of them."""

import asyncio
from dataclasses import dataclass, field

from tickql.api.fanout.event_encoder import StatusEncoder
from tickql.api.fanout.status_json import StatusJson
from tickql.api.fanout.subscriber import Subscriber
from tickql.feed.follower import Follower

PERIOD_S = 0.5
"""The least time between two states. A page of a thousand rows that appear and disappear changes far more often."""

_NEVER = -1


@dataclass(eq=False, slots=True)
class _Group:
    """Subscribers with equal encoders. `members`: the version that each received last."""

    members: dict[Subscriber, int] = field(default_factory=dict)
    version: int = _NEVER
    """The version of `payload`."""
    payload: bytes = b""


class StatusChannel:
    """Writes the state of the feed to each subscriber: at once, then after each change, at most each `PERIOD_S`.

    A subscriber that is not due yet, or whose socket is full, gets the then newest state later.
    """

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._groups: dict[StatusEncoder, _Group] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._written_s = -PERIOD_S

    async def serve(self, encoder: StatusEncoder, subscriber: Subscriber) -> None:
        """Serve a subscriber until this call is cancelled."""
        self._follower.on_status_change = self._write_soon
        group = self._groups.setdefault(encoder, _Group())
        group.members[subscriber] = _NEVER
        try:
            self._write_to(encoder, group, subscriber)
            # Two calls of `_write` are far enough from each other, but the next one may come soon after this event.
            subscriber.not_before_s = asyncio.get_running_loop().time() + PERIOD_S
            await asyncio.get_running_loop().create_future()
        finally:
            del group.members[subscriber]
            if not group.members:
                del self._groups[encoder]

    def _write_soon(self) -> None:
        """Write at the next moment that the limit allows. Does nothing if that is already planned."""
        if self._timer is None and self._groups:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(loop.time(), self._written_s + PERIOD_S), self._write)

    def _write(self) -> None:
        now_s = asyncio.get_running_loop().time()
        self._timer, self._written_s = None, now_s
        is_complete = True
        for encoder, group in self._groups.items():
            for subscriber, version in group.members.items():
                if version == self._follower.status_version:
                    continue
                if subscriber.socket.full or now_s < subscriber.not_before_s:
                    is_complete = False
                else:
                    self._write_to(encoder, group, subscriber)
        if not is_complete:
            self._write_soon()

    def _write_to(self, encoder: StatusEncoder, group: _Group, subscriber: Subscriber) -> None:
        version = self._follower.status_version
        if group.version != version:
            group.version, group.payload = version, encoder.encode(StatusJson(self._follower.status()))
        group.members[subscriber] = version
        subscriber.send(group.payload)
