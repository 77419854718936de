"""The writing side: numbers quotes, spools them and brings them to Redis, whatever happens to Redis meanwhile."""

import asyncio
import logging
import uuid
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tickql.feed.announcer import Announcer
from tickql.feed.connection import until_redis_answers
from tickql.feed.errors import FeedUnavailable
from tickql.feed.lease import Lease
from tickql.feed.publish_session import PublishSession
from tickql.feed.settings import FeedSettings
from tickql.feed.spool import Spool
from tickql.feed.status import ProducerReport
from tickql.feed.tick import Quote

logger = logging.getLogger("tickql.feed")

SPOOL_TICKS = 200_000
"""Ticks kept in memory, of all symbols together: half an hour of one symbol at 100 a second."""
_SMALLEST_SPOOL_TICKS = 1_000
_FLUSH_S = 5.0
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 1.0
"""Between two connections: longer each time that Redis takes a connection and then refuses what is sent."""


@dataclass(slots=True)
class PublisherStats:
    """Counts since the start."""

    published: int = 0
    """Ticks that Redis has confirmed."""
    dropped: int = 0
    """Ticks that fell out of a full spool before Redis had them. Readers were told of a gap."""
    connects: int = 0
    """Times that a connection to Redis was made."""
    rotations: int = 0
    """Times that a symbol's numbering had to start anew, so that readers were told of a gap."""
    redis_down: str | None = None
    """Why Redis is not reachable; `None` while it is."""


class Publisher:
    """Publishes the ticks of one producer. An async context manager.

    While Redis is away ticks are numbered and kept (the newest `spool_ticks`), and sent when it is back: readers see a
    pause, then every tick. What Redis lost in a crash is sent again under its own numbers.

    `lease`: that of the source, held by now; it is kept from here on. Without one, of two publishers of a symbol the
    one that began later writes it.
    """

    def __init__(
        self, settings: FeedSettings, source: str, spool_ticks: int = SPOOL_TICKS, lease: Lease | None = None
    ) -> None:
        self.stats = PublisherStats()
        self._source = source
        self._settings = settings
        self._spool_ticks = spool_ticks
        self._announcer = Announcer(settings.keys)
        self._writer = uuid.uuid4().hex
        self._fence = 0
        self._lease = lease
        self._pause_s = _SHORTEST_PAUSE_S
        self._spools: dict[str, Spool] = {}
        self._work = asyncio.Event()
        self._idle = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start publishing. Does not wait for Redis."""
        self._task = asyncio.create_task(self._publish_for_ever(), name=f"publisher of {self._source}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Send what is spooled, for at most 5 s, and stop."""
        assert self._task is not None
        if not self.spooled and self.stats.redis_down is not None:
            self._idle.set()
        idle = asyncio.create_task(self._idle.wait())
        try:
            await asyncio.wait([idle, self._task], timeout=_FLUSH_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            idle.cancel()
            self._task.cancel()
            await asyncio.gather(idle, self._task, return_exceptions=True)

    def publish(self, quote: Quote) -> None:
        """Number a quote, spool it and have it sent. Returns at once and never fails."""
        spool = self._spools.get(quote.symbol) or self._new_spool(quote.symbol)
        self.stats.dropped += spool.add(quote)
        self._wake()

    def report(self, report: ProducerReport) -> None:
        """Have the newest word of a source about its page and symbols announced now, and again each second."""
        self._announcer.report(report)
        self._wake()

    async def flush(self) -> None:
        """Wait until Redis has confirmed every tick, however long it is away.

        Raises:
            Fenced: another producer has taken over one of the symbols; `LeaseLost`: the whole source.
        """
        assert self._task is not None
        if not self.spooled:
            return
        idle = asyncio.create_task(self._idle.wait())
        try:
            done, _ = await asyncio.wait([idle, self._task], return_when=asyncio.FIRST_COMPLETED)
        finally:
            idle.cancel()
        if self._task in done:
            self._task.result()

    async def run(self) -> None:
        """Wait until publishing fails for good.

        Raises:
            Fenced: another producer has taken over one of the symbols.
        """
        assert self._task is not None
        await asyncio.shield(self._task)

    @property
    def spooled(self) -> int:
        """Ticks that Redis has not confirmed yet."""
        return sum(spool.waiting for spool in self._spools.values())

    def _new_spool(self, symbol: str) -> Spool:
        spool = self._spools[symbol] = Spool(symbol, self._spool_ticks)
        share = max(_SMALLEST_SPOOL_TICKS, self._spool_ticks // len(self._spools))
        for each in self._spools.values():
            self.stats.dropped += each.resize(min(share, self._spool_ticks))
        return spool

    def _wake(self) -> None:
        self._idle.clear()
        self._work.set()

    async def _publish_for_ever(self) -> None:
        while True:
            session = await self._connect()
            try:
                await self._pump(session)
            except FeedUnavailable as error:
                self._lost(error)
            finally:
                await session.close()
            await asyncio.sleep(self._pause_s)
            self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    async def _connect(self) -> PublishSession:
        session = await until_redis_answers(
            lambda: PublishSession.start(self._settings, self._writer, self._fence, self._lease), self._lost
        )
        self._fence = session.fence
        self.stats.connects += 1
        return session

    async def _pump(self, session: PublishSession) -> None:
        """Open what is not open, send what is spooled and say what is due, until the connection breaks."""
        self._work.set()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._wait_s):
                    await self._work.wait()
            self._work.clear()
            await session.hold()
            await self._open(session)
            # While that was asked others may have come: they are opened next.
            opened = [spool for spool in self._spools.values() if spool.symbol in session.opened]
            ticking = [spool for spool in opened if spool.waiting]
            for spool in ticking:
                self._announcer.spoke(spool.symbol)
            quiet = self._announcer.quiet(opened)
            said = [*map(self._announcer.heartbeat, quiet), *self._announcer.reports(self._spools.values())]
            self.stats.published += await session.send([*ticking, *quiet], said)
            self._answered()
            if self.spooled or len(session.opened) < len(self._spools):
                self._work.set()
            elif not self._work.is_set():
                self._idle.set()

    @property
    def _wait_s(self) -> float:
        due_s = self._announcer.wait_s()
        return due_s if self._lease is None else min(due_s, self._lease.due_s)

    async def _open(self, session: PublishSession) -> None:
        closed = [spool for spool in self._spools.values() if spool.symbol not in session.opened]
        self.stats.rotations += await session.open(closed)

    def _answered(self) -> None:
        if self.stats.redis_down is not None:
            logger.warning("redis is back, %d ticks to send", self.spooled)
        self.stats.redis_down = None
        self._pause_s = _SHORTEST_PAUSE_S

    def _lost(self, error: FeedUnavailable) -> None:
        if self.stats.redis_down is None:
            logger.warning("redis is not reachable (%s): keeping ticks until it is", error)
        self.stats.redis_down = str(error)
