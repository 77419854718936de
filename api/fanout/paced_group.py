"""Rate-limited subscribers that are served together: same symbols, encoder, rate and phase of the shared timer."""

import asyncio

from tickql.api.fanout.board import FollowedSymbols, Positions
from tickql.api.fanout.event_encoder import EventEncoder
from tickql.api.fanout.event_json import EventJson
from tickql.api.fanout.subscriber import Subscriber
from tickql.api.traffic import traffic
from tickql.feed.ring import all_rings
from tickql.feed.tick import Event


class PacedGroup:
    """Writes the newest ticks to its members each time the shared timer calls `write`."""

    def __init__(self, symbols: FollowedSymbols, encoder: EventEncoder) -> None:
        self.symbols = symbols
        self.members: dict[Subscriber, None] = {}
        self._encoder = encoder
        self._positions: Positions = ()
        self._settled_at: tuple[int, int] | None = None
        """State of the rings at which every member had everything. `None`: a member may lack something."""

    def expect(self) -> None:
        """Look at all members at the next call: one of them may lack ticks that are in the rings already."""
        self._settled_at = None

    def write(self) -> None:
        """Write what changed to each member that has not received it, is due, and whose socket is not full.

        A member that is passed over gets the then newest ticks at a later call: nothing is queued for it.
        """
        # A client may ask for a thousand calls a second of a symbol that has one tick a minute.
        state = (all_rings.appended, len(self.symbols.rings))
        if state == self._settled_at:
            return
        self._settled_at = state
        positions = self.symbols.positions
        # One tuple is kept for equal positions, so that members are compared by identity below: a board of all
        # symbols may have hundreds of positions, and a group thousands of members.
        if positions == self._positions:
            positions = self._positions
        self._positions = positions
        now_s = asyncio.get_running_loop().time()
        previous: Positions | None = None
        payloads: tuple[bytes, ...] = ()
        events: list[Event] = []
        for member in self.members:
            if member.positions is positions:
                continue
            if member.socket.full or now_s < member.not_before_s:
                self._settled_at = None
                continue
            # Most members were served at the same call last time: they share the payload.
            if member.positions is not previous:
                previous = member.positions
                events = self.symbols.changes_since(previous)
                payloads = tuple(self._encoder.encode_many(map(EventJson, events)))
            member.positions = positions
            traffic.sent(self._encoder.transport, events, len(payloads))
            for payload in payloads:
                member.send(payload)
