"""The follower: the reading side of the feed in one process. All its readers share one listener and its rings."""

import asyncio
import contextvars
import time
from collections.abc import Callable, Collection, Sequence
from types import TracebackType
from typing import Self

from tickql.feed.followed_symbol import FollowedSymbol
from tickql.feed.health import FeedStatus
from tickql.feed.history import History
from tickql.feed.listener_stats import ListenerStats
from tickql.feed.listening import make_listener
from tickql.feed.monitor import Monitor
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport
from tickql.feed.tick import Cursor, Tick, check_symbol
from tickql.feed.tick_reader import BACKLOG_TICKS, TickReader
from tickql.feed.time_slices import TimeSlices
from tickql.feed.timings import DEFAULT_TIMINGS, Timings

_SYMBOLS_CACHE_S = 1.0
"""How long the list of symbols is cached: a new symbol is rare, and many clients ask for the list."""


class Follower:
    """Follows symbols in Redis for all readers of a process. An async context manager.

    A symbol is followed from its first reader on, until `Timings.unfollow_after_s` after its last reader has closed. A
    lost message is detected by the next message or the next heartbeat (within 2 s); the missing ticks are then read
    from the stream. While Redis is down readers wait; then they get every tick.

    Not thread-safe: all calls come from the event loop that entered the context.
    """

    def __init__(
        self,
        settings: FeedSettings,
        ring_ticks: int = 4096,
        timings: Timings = DEFAULT_TIMINGS,
        *,
        keeps_messages: bool = False,
    ) -> None:
        """`keeps_messages`: ticks of readers keep their messages (`Tick.message`)."""
        self.slices = TimeSlices()
        """In which the long computations of this process run."""
        self.history = History(settings, timings, self.slices, keeps_messages=keeps_messages)
        self._timings = timings
        self._ring_ticks = ring_ticks
        self._followed: dict[str, FollowedSymbol] = {}
        self._unfollow_timers: dict[FollowedSymbol, asyncio.TimerHandle] = {}
        self._symbols: tuple[str, ...] = ()
        self._symbols_expire_s = 0.0
        self._reading_symbols: asyncio.Task[None] | None = None
        self._monitor = Monitor(self._newest_tick_us)
        self._listener = make_listener(settings, self._followed, self._monitor, timings, keeps_messages=keeps_messages)
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
        tasks = [*self._tasks, *([self._reading_symbols] if self._reading_symbols else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for timer in self._unfollow_timers.values():
            timer.cancel()
        await self._listener.close()
        await self.history.close()

    def tail(self, symbol: str, after: Cursor | None = None, backlog_ticks: int = BACKLOG_TICKS) -> TickReader:
        """Return a reader of `symbol` that starts with the newest tick, or after a cursor.

        `backlog_ticks`: how many ticks it reads from Redis in one call, if it has to catch up.

        The symbol need not have a tick yet: the reader then waits for the first one. The caller closes the reader.

        Raises:
            InvalidSymbol: `symbol` is not a symbol.
            InvalidCursor: `after` belongs to another symbol.
        """
        if after is not None:
            after.check_symbol(symbol)
        followed = self._follow(check_symbol(symbol))
        followed.reader_count += 1
        return TickReader(followed, self.history, after, self._release, self._timings, backlog_ticks)

    async def latest(self, symbol: str) -> Tick | None:
        """Return the newest tick, from memory or else from Redis; `None`: the symbol has no tick.

        A tick from Redis makes the symbol followed, so that the next call is answered from memory.

        Raises:
            InvalidSymbol: `symbol` is not a symbol.
            FeedUnavailable: Redis does not answer and the symbol is not in memory.
        """
        tick = self.newest_in_memory(symbol)
        if tick is None:
            tick = await self.history.latest(symbol)
            if tick is not None:
                # Only a symbol that exists: otherwise clients could fill the memory with names that they invent.
                self._unfollow_later(self._follow(symbol))
        return tick

    async def latest_of(self, symbols: Sequence[str]) -> list[Tick | None]:
        """Return the newest tick of each symbol, like `latest`. Redis is asked once, and only for known symbols."""
        ticks = {symbol: self.newest_in_memory(symbol) for symbol in symbols}
        missing = [symbol for symbol, tick in ticks.items() if tick is None]
        if missing:
            known = set(await self.symbols())
            asked = [symbol for symbol in missing if symbol in known]
            for symbol, tick in zip(asked, await self.history.latest_of(asked) if asked else (), strict=True):
                ticks[symbol] = tick
                if tick is not None:
                    self._unfollow_later(self._follow(symbol))
        return [ticks[symbol] for symbol in symbols]

    def newest_in_memory(self, symbol: str) -> Tick | None:
        """Return the newest tick of a followed symbol; `None`: it is not followed, or has no tick."""
        followed = self._followed.get(symbol)
        return followed.ring.newest if followed is not None else None

    async def symbols(self) -> list[str]:
        """Return every symbol that ever had a tick, sorted; at most a second old.

        Raises:
            FeedUnavailable: Redis does not answer.
        """
        if self.cached_symbols is None:
            # All that ask at the same time share one answer. A caller that is cancelled does not cancel it.
            if self._reading_symbols is None:
                self._reading_symbols = asyncio.create_task(self._read_symbols(), context=contextvars.Context())
            await asyncio.shield(self._reading_symbols)
        return list(self._symbols)

    async def _read_symbols(self) -> None:
        try:
            self._symbols = tuple(await self.history.symbols())
            self._symbols_expire_s = time.monotonic() + _SYMBOLS_CACHE_S
        finally:
            self._reading_symbols = None

    @property
    def cached_symbols(self) -> tuple[str, ...] | None:
        """What `symbols` would return without asking Redis; `None`: it would ask Redis."""
        return self._symbols if time.monotonic() < self._symbols_expire_s else None

    @property
    def known_symbols(self) -> Collection[str]:
        """About all symbols, without asking Redis. None that only a client has named."""
        return self._symbols or [symbol for symbol, followed in self._followed.items() if followed.exists]

    def may_follow(self, symbols: Collection[str], max_unpublished: int) -> bool:
        """Return whether these symbols may be followed, too.

        `max_unpublished`: how many symbols may be followed, by all readers together, that no producer has opened.
        """
        if len(self._followed) + len(symbols) <= max_unpublished:
            return True
        known = set(self._symbols)
        new = sum(symbol not in self._followed and symbol not in known for symbol in symbols)
        return not new or new + sum(not each.exists for each in self._followed.values()) <= max_unpublished

    @property
    def stats(self) -> ListenerStats:
        """What the connection for live ticks has been through."""
        return self._listener.stats

    @property
    def is_connected(self) -> bool:
        """Whether Redis answers."""
        return self._monitor.is_connected

    @property
    def report_ages_s(self) -> dict[str, float]:
        """How many seconds ago each producer reported, by the name of its page. Without producers of earlier days."""
        return self._monitor.report_ages_s()

    @property
    def producer_reports(self) -> list[ProducerReport]:
        """The newest report of each producer, the newest last. Without producers of earlier days."""
        return self._monitor.reports

    def status(self) -> FeedStatus:
        """Return the status of the feed, at most half a second old."""
        return self._monitor.status

    @property
    def status_version(self) -> int:
        """A number that rises whenever a state or a reason of `status` has changed."""
        return self._monitor.version

    @property
    def on_status_change(self) -> Callable[[], None] | None:
        """Called after each change of a state or a reason."""
        return self._monitor.on_change

    @on_status_change.setter
    def on_status_change(self, callback: Callable[[], None] | None) -> None:
        self._monitor.on_change = callback

    async def wait_for_status_change(self, since: FeedStatus) -> FeedStatus:
        """Wait until a state or a reason differs from `since`, and return the new status."""
        return await self._monitor.wait_for_change(since)

    def _follow(self, symbol: str) -> FollowedSymbol:
        followed = self._followed.get(symbol)
        if followed is None:
            followed = self._followed[symbol] = FollowedSymbol(symbol, self._ring_ticks)
            # The reader waits until the listener has subscribed and read the stream.
            self._listener.refresh()
        return followed

    def _release(self, followed: FollowedSymbol) -> None:
        followed.reader_count -= 1
        if followed.reader_count:
            return
        if followed.exists:
            self._unfollow_later(followed)
        else:
            # There is nothing to keep for the next reader.
            self._forget(followed)

    def _unfollow_later(self, followed: FollowedSymbol) -> None:
        if (timer := self._unfollow_timers.get(followed)) is not None:
            timer.cancel()
        loop = asyncio.get_running_loop()
        self._unfollow_timers[followed] = loop.call_later(self._timings.unfollow_after_s, self._unfollow, followed)

    def _unfollow(self, followed: FollowedSymbol) -> None:
        del self._unfollow_timers[followed]
        # A new reader does not cancel the timer: check again.
        if not followed.reader_count:
            self._forget(followed)

    def _forget(self, followed: FollowedSymbol) -> None:
        if self._followed.get(followed.symbol) is followed:
            del self._followed[followed.symbol]
            self._listener.refresh()

    def _newest_tick_us(self) -> dict[str, int]:
        return {
            symbol: followed.ring.newest.observed_us
            for symbol, followed in self._followed.items()
            if followed.ring.newest is not None
        }
