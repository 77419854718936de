"""Many symbols at one pace: what changed since the last event, the newest tick of each.

One task per symbol waits for its next change and then rests until that change was taken: a symbol that moves a hundred
times between two events costs one wake-up.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from api.pace import Pace
from feed.follower import Follower
from feed.tail import Tail
from feed.tick import Event, Gap
from feed.wire import until_redis_answers


class Board:
    """The changes of some symbols, or of all there are and will be. Whoever made it closes it.

    The first event holds every symbol that has a tick. While Redis is away `next` waits.
    """

    def __init__(self, follower: Follower, symbols: list[str] | None, max_hz: float) -> None:
        self._follower = follower
        self._symbols = symbols
        self._pace = Pace(max_hz)
        self._tails: dict[str, Tail] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None
        self._changes: dict[str, Event] = {}
        self._changed = asyncio.Event()
        self._taken = asyncio.Event()
        self._begun = False

    async def close(self) -> None:
        """Stop following."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for tail in self._tails.values():
            tail.close()

    async def next(self) -> list[Event]:
        """Wait until the pace allows and something has changed; what changed, in order of symbol."""
        if not self._begun:
            await self._begin()
            self._begun = True
        await self._changed.wait()
        await self._pace.wait()
        if self._failure is not None:
            raise self._failure
        changes, self._changes = self._changes, {}
        taken, self._taken = self._taken, asyncio.Event()
        self._changed.clear()
        events = [await self._freshest(changes[symbol]) for symbol in self._tails if symbol in changes]
        taken.set()
        self._pace.sent()
        return events

    async def _begin(self) -> None:
        """Follow every symbol and wait for the first change of those that have a tick."""
        if self._symbols is None:
            self._follow(await self._known())
            self._start(self._find_symbols())
        else:
            self._follow(self._symbols)
        for symbol in list(self._tails):
            if await self._has_tick(symbol):
                while symbol not in self._changes and self._failure is None:
                    self._changed.clear()
                    await self._changed.wait()
        if self._changes:
            self._changed.set()

    def _follow(self, symbols: list[str]) -> None:
        for symbol in symbols:
            if symbol not in self._tails:
                self._tails[symbol] = self._follower.tail(symbol)
                self._start(self._read(symbol, self._tails[symbol]))

    async def _read(self, symbol: str, tail: Tail) -> None:
        while True:
            self._changes[symbol] = await tail.newest()
            self._changed.set()
            await self._taken.wait()

    async def _freshest(self, event: Event) -> Event:
        """The change as of now: its reader rests, so the tail is ours."""
        symbol = event.tick.symbol
        if self._follower.newest(symbol) == event.tick:
            return event
        newer = await self._tails[symbol].newest()
        return Event(newer.tick, event.skipped + 1 + newer.skipped, _joined(event.gap, newer.gap))

    async def _find_symbols(self) -> None:
        status = self._follower.status()
        while True:
            self._follow([each.symbol for each in status.symbols])
            self._follow(await self._known())
            status = await self._follower.status_change(status)

    async def _known(self) -> list[str]:
        return await until_redis_answers(self._follower.symbols)

    async def _has_tick(self, symbol: str) -> bool:
        return await until_redis_answers(lambda: self._follower.latest(symbol)) is not None

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failure = error
            self._changed.set()


def _joined(first: Gap | None, second: Gap | None) -> Gap | None:
    if first is None or second is None:
        return first or second
    known = first.lost is not None and second.lost is not None
    return Gap(first.after, first.reason, (first.lost or 0) + (second.lost or 0) if known else None)
