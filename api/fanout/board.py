"""Many symbols at one pace: what changed since the last event, the newest tick of each."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tickql.api.fanout.pace import Pace
from tickql.feed.connection import retry_until_available
from tickql.feed.follower import Follower
from tickql.feed.ring import NOT_STARTED, Ring
from tickql.feed.tick import Event
from tickql.feed.tick_reader import TickReader

Places = tuple[int, ...]
"""Where in each symbol's ring a reader goes on, in the order of the symbols. A short one ends in `NOT_STARTED`s."""


_LOOK_S = 0.02
"""How often a reader that waits looks whether anything has changed: cheaper than to be woken by each tick."""
_NEW_SYMBOLS_S = 1.0
"""How often a reader of all symbols asks whether there are more."""


@dataclass(frozen=True, slots=True)
class BoardRequest:
    """What a subscriber asked of many symbols (`None`: of all), and where in each ring it goes on."""

    symbols: tuple[str, ...] | None
    max_hz: float
    seen: Mapping[str, int]


class Symbols:
    """Some symbols that are followed, or all there are and will be, new ones within 2 s. Whoever made it closes it."""

    def __init__(self, follower: Follower, symbols: Sequence[str] | None) -> None:
        self._wanted = None if symbols is None else tuple(symbols)
        self.rings: list[Ring] = []
        self._follower = follower
        self._tails: dict[str, TickReader] = {}
        self._newcomers: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Follow them, and wait until all that is known of them is in memory. While Redis is away that takes as long.

        It may be called again, and several times at once.
        """
        if self._wanted is not None:
            self._follow(self._wanted)
        else:
            await self._follow_all()
            if self._newcomers is None:
                self._newcomers = asyncio.create_task(self._follow_newcomers(), name="new symbols")
        for tail in self._tails.values():
            await tail.followed.synced.wait()

    def close(self) -> None:
        """Stop following."""
        if self._newcomers is not None:
            self._newcomers.cancel()
        for tail in self._tails.values():
            tail.close()

    def fresh(self, places: Places) -> list[Event]:
        """What changed since then, in order of symbol."""
        missing = (NOT_STARTED,) * (len(self.rings) - len(places))
        events = map(Ring.newest_event, self.rings, places + missing)
        return [event for event in events if event is not None]

    @property
    def places(self) -> Places:
        """Where a reader is that has seen everything."""
        return tuple([ring.end or NOT_STARTED for ring in self.rings])

    def places_of(self, seen: Mapping[str, int]) -> Places:
        """Where a reader is that goes on there."""
        return tuple(seen.get(symbol, NOT_STARTED) for symbol in self._tails)

    def seen_at(self, places: Places) -> dict[str, int]:
        """The opposite."""
        return dict(zip(self._tails, places, strict=False))

    async def _follow_newcomers(self) -> None:
        while True:
            await asyncio.sleep(_NEW_SYMBOLS_S)
            await self._follow_all()

    async def _follow_all(self) -> None:
        self._follow(await retry_until_available(self._follower.symbols))

    def _follow(self, symbols: Sequence[str]) -> None:
        for symbol in symbols:
            if symbol not in self._tails:
                tail = self._tails[symbol] = self._follower.tail(symbol)
                self.rings.append(tail.followed.ring)


class Board:
    """The changes of some symbols, or of all, for one reader who asks for them. An async context manager.

    The first event holds every symbol that has a tick.
    """

    def __init__(self, follower: Follower, symbols: Sequence[str] | None, max_hz: float) -> None:
        self._wanted = None if symbols is None else tuple(symbols)
        self._max_hz = max_hz
        self._symbols = Symbols(follower, symbols)
        self._places: Places = ()
        self._pace = Pace(max_hz)

    @property
    def rest(self) -> BoardRequest:
        """What is still to come."""
        return BoardRequest(self._wanted, self._max_hz, self._symbols.seen_at(self._places))

    async def __aenter__(self) -> Self:
        await self._symbols.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._symbols.close()

    async def next(self) -> list[Event]:
        """Wait until the pace allows and something has changed; what changed, in order of symbol."""
        await self._pace.wait()
        while True:
            if events := self._symbols.fresh(self._places):
                self._pace.sent()
                self._places = self._symbols.places
                return events
            await asyncio.sleep(_LOOK_S)
