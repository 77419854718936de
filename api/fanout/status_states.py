"""The states of the feed that subscribers with the same rights see, numbered, and their newest encodings."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from tickql.api.access.symbol_patterns import EVERY_SYMBOL, SymbolPatterns
from tickql.api.fanout.event_encoder import StatusEncoder
from tickql.api.fanout.status_json import StatusJson
from tickql.feed.follower import Follower
from tickql.feed.health import FeedStatus, looks_equal, restrict

_KEPT_BYTES = 4 * 1024 * 1024
"""Bytes of all payloads that are kept. Thousands of symbols make 400 KB, and each client has dozens of selections."""


@dataclass(frozen=True, slots=True)
class StatusRequest:
    """A request for the states of the feed, as far as they concern covered symbols."""

    covered: SymbolPatterns = EVERY_SYMBOL

    def status(self, follower: Follower) -> FeedStatus:
        """Return the state now."""
        status = follower.status()
        return status if self.covered.covers_all else restrict(status, self.covered.covers)


class RequestedStates:
    """The states for one request."""

    def __init__(self, follower: Follower, request: StatusRequest) -> None:
        self.slices = follower.slices
        self._follower = follower
        self._request = request
        self._feed_version: int | None = None
        """The follower's version of the status that was looked at last."""
        self._number = 0
        self._fields: StatusJson | None = None
        """The fields of the state with that number."""

    def newest(self) -> tuple[int, StatusJson]:
        """Return the number of the state now, from 1 on, and its fields, each of which is encoded once for all.

        The number rises when what the subscribers may see has changed.
        """
        version = self._follower.status_version
        if self._fields is None or version != self._feed_version:
            self._feed_version = version
            status = self._request.status(self._follower)
            if self._fields is None or not looks_equal(status, self._fields.value):
                self._fields = StatusJson(status)
                self._number += 1
        assert self._fields is not None
        return self._number, self._fields


Numbered = tuple[int, bytes]
"""The number of a state, and the state as a payload."""


class StatusEncodings:
    """The newest states for one request and encoder as payloads. Those who ask at the same time share one encoding."""

    def __init__(self, states: RequestedStates, encoder: StatusEncoder, kept: "KeptPayloads") -> None:
        self.states = states
        self._encoder = encoder
        self._kept = kept
        self._running: asyncio.Future[Numbered | None] | None = None

    async def newest(self, is_wanted: Callable[[], bool]) -> Numbered | None:
        """Return the state now; `None`: `is_wanted` is false when it would be encoded, after other computations."""
        while True:
            found = await self.states.slices.run(lambda: self._find_or_encode() if is_wanted() else None)
            if not isinstance(found, asyncio.Future):
                return found
            # The one that encodes may be cancelled.
            if (shared := await asyncio.shield(found)) is not None:
                return shared

    def _find_or_encode(self) -> Numbered | asyncio.Future[Numbered | None]:
        number, fields = self.states.newest()
        kept = self._kept.get(self)
        if kept is not None and kept[0] == number:
            return kept
        if self._running is not None:
            return self._running
        encoded: Numbered | None = None
        running = self._running = asyncio.get_running_loop().create_future()
        try:
            encoded = number, self._encoder.encode(fields)
            self._kept.put(self, encoded)
        finally:
            self._running = None
            running.set_result(encoded)
        return encoded


class KeptPayloads:
    """The payloads that were used last, bounded in bytes: subscribers that come later share them."""

    def __init__(self, max_bytes: int = _KEPT_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._payloads: OrderedDict[StatusEncodings, Numbered] = OrderedDict()

    def get(self, owner: StatusEncodings) -> Numbered | None:
        """Return what was kept last; `None`: nothing was, or it had to be dropped."""
        if (kept := self._payloads.get(owner)) is not None:
            self._payloads.move_to_end(owner)
        return kept

    def put(self, owner: StatusEncodings, payload: Numbered) -> None:
        """Keep a payload in place of the one before."""
        self.drop(owner)
        self._payloads[owner] = payload
        self._bytes += len(payload[1])
        while self._bytes > self._max_bytes:
            self.drop(next(iter(self._payloads)))

    def drop(self, owner: StatusEncodings) -> None:
        """Keep nothing any more. Does nothing if nothing is kept."""
        if (kept := self._payloads.pop(owner, None)) is not None:
            self._bytes -= len(kept[1])
