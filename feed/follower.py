"""The reading side: what the readers of a process share. Their symbols are followed by one listener."""

import asyncio
import time
from types import TracebackType
from typing import Self

from tickql.feed.followed_symbol import FollowedSymbol
from tickql.feed.health import FeedStatus
from tickql.feed.history import History
from tickql.feed.listener import Listener
from tickql.feed.monitor import Monitor
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor, Tick, check_symbol
from tickql.feed.tick_reader import TickReader

_LINGER_S = 60.0
"""How long a symbol is followed after its last reader has left."""
_SYMBOLS_S = 1.0


class Follower:
    """Follows symbols in Redis for all readers of a process. An async context manager.

    A message lost on the way is noticed by the next one, or by the next heartbeat (within 2 s), and read from the
    stream. While Redis is away readers wait; then they get every tick.
    """

    def __init__(self, settings: FeedSettings, ring_ticks: int = 4096) -> None:
        self.history = History(settings)
        self._ring_ticks = ring_ticks
        self._followed: dict[str, FollowedSymbol] = {}
        self._lingering: dict[FollowedSymbol, asyncio.TimerHandle] = {}
        self._symbols: tuple[str, ...] = ()
        self._symbols_until_s = 0.0
        self._monitor = Monitor(self._last_tick_us)
        self._listener = Listener(settings, self._followed, self._monitor)
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Start listening. Does not wait for Redis."""
        self._tasks = [
            asyncio.create_task(self._listener.run(), name="follower"),
            asyncio.create_task(self._monitor.run(), name="follower health"),
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening and close the connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for timer in self._lingering.values():
            timer.cancel()
        await self._listener.close()
        await self.history.close()

    def tail(self, symbol: str, after: Cursor | None = None) -> TickReader:
        """Start reading `symbol` at its newest tick, or after a cursor. A symbol with no tick yet is waited for.

        Raises:
            InvalidSymbol: not a symbol.
        """
        followed = self._follow(check_symbol(symbol))
        followed.readers += 1
        return TickReader(followed, self.history, after, self._release)

    async def latest(self, symbol: str) -> Tick | None:
        """The newest tick, from memory once the symbol is followed, which it is from now on; `None`: it has none.

        Raises:
            InvalidSymbol: not a symbol.
            FeedUnavailable: Redis does not answer and the symbol is not in memory.
        """
        tick = self.newest(symbol)
        if tick is None:
            tick = await self.history.latest(symbol)
            if tick is not None:
                self._linger(self._follow(symbol))
        return tick

    def newest(self, symbol: str) -> Tick | None:
        """The newest tick of a symbol that is followed; `None`: it is not, or has none."""
        followed = self._followed.get(symbol)
        return followed.ring.newest if followed is not None else None

    async def symbols(self) -> list[str]:
        """Every symbol ever seen, in order, as of the last second.

        Raises:
            FeedUnavailable: Redis does not answer.
        """
        if self.known_symbols is None:
            self._symbols = tuple(await self.history.symbols())
            self._symbols_until_s = time.monotonic() + _SYMBOLS_S
        return list(self._symbols)

    @property
    def known_symbols(self) -> tuple[str, ...] | None:
        """What `symbols` answers without asking Redis; `None`: it would ask."""
        return self._symbols if time.monotonic() < self._symbols_until_s else None

    def status(self) -> FeedStatus:
        """How the feed is, as of the last half second."""
        return self._monitor.status

    async def status_change(self, since: FeedStatus) -> FeedStatus:
        """Wait until a state or a reason is not as in `since`."""
        return await self._monitor.change(since)

    def _follow(self, symbol: str) -> FollowedSymbol:
        followed = self._followed.get(symbol)
        if followed is None:
            followed = self._followed[symbol] = FollowedSymbol(symbol, self._ring_ticks)
            self._listener.refresh()
        return followed

    def _release(self, followed: FollowedSymbol) -> None:
        followed.readers -= 1
        if not followed.readers:
            self._linger(followed)

    def _linger(self, followed: FollowedSymbol) -> None:
        if (timer := self._lingering.get(followed)) is not None:
            timer.cancel()
        self._lingering[followed] = asyncio.get_running_loop().call_later(_LINGER_S, self._forget, followed)

    def _forget(self, followed: FollowedSymbol) -> None:
        del self._lingering[followed]
        if not followed.readers:
            del self._followed[followed.symbol]
            self._listener.refresh()

    def _last_tick_us(self) -> dict[str, int]:
        return {
            symbol: followed.ring.newest.observed_us
            for symbol, followed in self._followed.items()
            if followed.ring.newest is not None
        }
