"""The reading side: one listener per process that keeps a ring per followed symbol complete, whatever Redis does.

Subscribe first, then read the stream from the position, then drop what was seen already: live messages wait in the
socket meanwhile, so nothing falls between. The listener never waits on a reader.
"""

import asyncio
import logging
import time
from types import TracebackType
from typing import Self

from feed.codec import decode_live
from feed.errors import FeedUnavailable, InvalidMessage
from feed.followed import Followed
from feed.health import FeedStatus, assess, carry_since
from feed.history import History
from feed.settings import FeedSettings
from feed.status import ProducerReport
from feed.tail import Tail
from feed.tick import Cursor, Tick, check_symbol
from feed.wire import Wire, until_redis_answers

logger = logging.getLogger("tickql.feed")

SILENCE_S = 3.0
"""Heartbeats come each second: a connection on which nothing is heard for so long is replaced."""
_LONGEST_SILENCE_S = 30.0
_LINGER_S = 60.0
_ASSESS_S = 0.5
_PAGE_TICKS = 500
_SYMBOLS_S = 1.0


class Follower:
    """Follows symbols in Redis for all readers of a process. An async context manager.

    A message lost on the way is noticed by the next one, or by the next heartbeat (within 2 s), and read from the
    stream. While Redis is away readers wait; then they get every tick.
    """

    def __init__(self, settings: FeedSettings, ring_ticks: int = 4096) -> None:
        self.history = History(settings)
        self._settings = settings
        self._ring_ticks = ring_ticks
        self._followed: dict[str, Followed] = {}
        self._wanted = asyncio.Event()
        self._reports: dict[str, ProducerReport] = {}
        self._down: str | None = "not connected yet"
        self._silence_s = SILENCE_S
        self._symbols: tuple[str, ...] = ()
        self._symbols_until_s = 0.0
        self._status = self._assess(None)
        self._status_changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Start listening. Does not wait for Redis."""
        self._tasks = [
            asyncio.create_task(self._listen_for_ever(), name="follower"),
            asyncio.create_task(self._watch_health(), name="follower health"),
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening and close the connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.history.close()

    def tail(self, symbol: str, after: Cursor | None = None) -> Tail:
        """Start reading `symbol` at its newest tick, or after a cursor. A symbol with no tick yet is waited for.

        Raises:
            InvalidSymbol: not a symbol.
        """
        followed = self._follow(check_symbol(symbol))
        followed.readers += 1
        return Tail(followed, self.history, after, self._release)

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
        return self._status

    async def status_change(self, since: FeedStatus) -> FeedStatus:
        """Wait until a state or a reason is not as in `since`."""
        while _essence(self._status) == _essence(since):
            changed = self._status_changed
            await changed.wait()
        return self._status

    def _follow(self, symbol: str) -> Followed:
        followed = self._followed.get(symbol)
        if followed is None:
            followed = self._followed[symbol] = Followed(symbol, self._ring_ticks)
            self._wanted.set()
        return followed

    def _release(self, followed: Followed) -> None:
        followed.readers -= 1
        if not followed.readers:
            self._linger(followed)

    def _linger(self, followed: Followed) -> None:
        asyncio.get_running_loop().call_later(_LINGER_S, self._forget, followed)

    def _forget(self, followed: Followed) -> None:
        if not followed.readers and self._followed.get(followed.symbol) is followed:
            del self._followed[followed.symbol]
            self._wanted.set()

    async def _listen_for_ever(self) -> None:
        while True:
            wire = await until_redis_answers(lambda: Wire.open(self._settings.redis_url), self._lost)
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._hear(wire))
                    tasks.create_task(self._subscribe(wire))
            except* FeedUnavailable as errors:
                logger.info("listening anew: %s", errors.exceptions[0])
            finally:
                await wire.close()

    def _lost(self, error: FeedUnavailable) -> None:
        if self._down is None:
            logger.warning("redis is not reachable: %s", error)
        self._down = "redis is not reachable"
        self._reassess()

    async def _subscribe(self, wire: Wire) -> None:
        """Keep the channels subscribed in step with the symbols wanted."""
        channels: set[str] = set()
        while True:
            wanted = {self._settings.keys.status, *map(self._settings.keys.channel, self._followed)}
            self._wanted.clear()
            if wanted - channels:
                await wire.send(("SUBSCRIBE", *sorted(wanted - channels)))
            if channels - wanted:
                await wire.send(("UNSUBSCRIBE", *sorted(channels - wanted)))
            channels = wanted
            await self._wanted.wait()

    async def _hear(self, wire: Wire) -> None:
        while True:
            try:
                kind, channel, data = await wire.receive(self._silence_s)
            except FeedUnavailable:
                self._silence_s = min(2 * self._silence_s, _LONGEST_SILENCE_S)
                raise
            symbol = self._symbol_of(channel)
            if kind == b"message":
                self._silence_s = SILENCE_S
            if symbol is None:
                await self._hear_status(kind, data)
            elif (followed := self._followed.get(symbol)) is not None and (
                kind == b"subscribe" or (kind == b"message" and self._take(followed, data))
            ):
                await self._sync(followed)

    def _symbol_of(self, channel: bytes) -> str | None:
        name = channel.decode()
        prefix, suffix = self._settings.keys.channel("|").split("|")
        return name[len(prefix) : -len(suffix)] if name.startswith(prefix) else None

    def _take(self, followed: Followed, data: bytes) -> bool:
        """Append a live tick. True: something is missing before it, so read the stream."""
        try:
            live = decode_live(data)
        except InvalidMessage as error:
            logger.warning("%s: skipped a message that is none: %s", followed.symbol, error)
            return False
        if isinstance(live, Cursor):
            return followed.behind(live)
        if not followed.follows(live.cursor):
            return True
        followed.append(live)
        return False

    async def _sync(self, followed: Followed) -> None:
        """Read the stream from the ring's newest tick on; at the first time, as much as the ring holds."""
        while True:
            newest = followed.ring.newest
            count = self._ring_ticks if newest is None else _PAGE_TICKS
            head = await self.history.read(followed.symbol, None if newest is None else newest.cursor, count)
            ticks = head.ticks if head is not None else ()
            for tick in ticks:
                followed.append(tick)
            if len(ticks) < count or newest is None:
                break
        followed.synced.set()

    async def _hear_status(self, kind: bytes, data: bytes) -> None:
        said = [data] if kind == b"message" else []
        if kind == b"subscribe":
            said = list((await self.history.reports()).values())
            if self._down is not None:
                logger.info("redis answers")
            self._down = None
        for each in said:
            try:
                report = ProducerReport.decode(each)
            except InvalidMessage as error:
                logger.warning("skipped a status that is none: %s", error)
                continue
            self._reports[report.source] = report
        self._reassess()

    async def _watch_health(self) -> None:
        while True:
            self._reassess()
            await asyncio.sleep(_ASSESS_S)

    def _reassess(self) -> None:
        status = self._assess(self._status)
        changed = _essence(status) != _essence(self._status)
        self._status = status
        if changed:
            self._status_changed.set()
            self._status_changed = asyncio.Event()

    def _assess(self, before: FeedStatus | None) -> FeedStatus:
        seen = {
            symbol: followed.ring.newest.observed_us
            for symbol, followed in self._followed.items()
            if followed.ring.newest is not None
        }
        return carry_since(assess(time.time_ns() // 1000, self._reports.values(), seen, self._down), before)


def _essence(status: FeedStatus) -> object:
    """What of a status is worth telling: not that another tick has come."""
    return (status.state, status.reason, [(each.symbol, each.state, each.reason) for each in status.symbols])
