"""The newest ticks of many symbols at a limited rate: each event holds the symbols that changed since the last one."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tickql.api.access.symbol_patterns import EVERY_SYMBOL, SymbolPatterns
from tickql.api.fanout.pace import Pace
from tickql.feed.connection import retry_until_available
from tickql.feed.follower import Follower
from tickql.feed.ring import NOT_STARTED, Ring
from tickql.feed.tick import Event
from tickql.feed.tick_reader import TickReader

Positions = tuple[int, ...]
"""The index in each symbol's ring of the next tick to read, in the order of the symbols.

It may be shorter than the list of symbols; the missing positions are `NOT_STARTED`."""

_POLL_S = 0.02
"""How often a board without changes looks for one. Being woken by each tick of each symbol costs more."""
_NEW_SYMBOLS_S = 1.0
"""How often a board of all symbols asks for new ones. The answer is shared by all boards of the process."""


@dataclass(frozen=True, slots=True)
class BoardRequest:
    """A request for many symbols (`None`: all that `covered` covers).

    `seen`: the index in its ring at which each symbol continues. A symbol that is missing in it starts with its newest
    tick.
    """

    symbols: tuple[str, ...] | None
    max_hz: float
    seen: Mapping[str, int]
    covered: SymbolPatterns = EVERY_SYMBOL


class FollowedSymbols:
    """The rings of the symbols of a request, or of all present and future ones, which are followed until `close`.

    A new symbol is followed within 2 s of its first tick.
    """

    def __init__(self, follower: Follower, request: BoardRequest) -> None:
        self._wanted = request.symbols
        self._covered = request.covered
        self.rings: list[Ring] = []
        self._follower = follower
        self._readers: dict[str, TickReader] = {}
        self._new_symbols: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Follow the symbols, and wait until their stored ticks are in memory. Waits while Redis cannot be reached.

        May be called several times, also at the same time.
        """
        if self._wanted is not None:
            self._follow(self._wanted)
        else:
            await self._follow_all()
            if self._new_symbols is None:
                self._new_symbols = asyncio.create_task(self._follow_new_symbols(), name="new symbols")
        # A copy: the task above may add readers during an await.
        for reader in tuple(self._readers.values()):
            await reader.followed.wait_until_synced()

    def close(self) -> None:
        """Stop following the symbols."""
        if self._new_symbols is not None:
            self._new_symbols.cancel()
        for reader in self._readers.values():
            reader.close()

    def changes_since(self, positions: Positions) -> list[Event]:
        """Return the newest tick of each symbol that has ticks from its position on, in order of the symbols."""
        missing = (NOT_STARTED,) * (len(self.rings) - len(positions))
        events = map(Ring.newest_event, self.rings, positions + missing)
        return [event for event in events if event is not None]

    @property
    def positions(self) -> Positions:
        """The positions of a reader that has received everything."""
        return tuple([ring.end or NOT_STARTED for ring in self.rings])

    def positions_from(self, seen: Mapping[str, int]) -> Positions:
        """Convert positions by symbol to positions in order."""
        return tuple(seen.get(symbol, NOT_STARTED) for symbol in self._readers)

    async def _follow_new_symbols(self) -> None:
        while True:
            await asyncio.sleep(_NEW_SYMBOLS_S)
            await self._follow_all()

    async def _follow_all(self) -> None:
        symbols = await retry_until_available(self._follower.symbols)
        self._follow([symbol for symbol in symbols if self._covered.covers(symbol)])

    def _follow(self, symbols: Sequence[str]) -> None:
        for symbol in symbols:
            if symbol not in self._readers:
                reader = self._readers[symbol] = self._follower.tail(symbol)
                self.rings.append(reader.followed.ring)


class Board:
    """The changes of the symbols of a request, for one reader. An async context manager.

    The first event holds every symbol that has a tick.
    """

    def __init__(self, follower: Follower, request: BoardRequest) -> None:
        self._symbols = FollowedSymbols(follower, request)
        self._positions: Positions = ()
        self._pace = Pace(request.max_hz)

    async def __aenter__(self) -> Self:
        await self._symbols.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._symbols.close()

    async def next(self) -> list[Event]:
        """Wait until the rate limit allows an event and a symbol has changed. Return the changes in order of symbol."""
        await self._pace.wait()
        while True:
            if events := self._symbols.changes_since(self._positions):
                self._pace.sent()
                self._positions = self._symbols.positions
                return events
            await asyncio.sleep(_POLL_S)
