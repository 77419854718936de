"""The publisher: numbers the quotes of one producer, spools them, and sends them to Redis, through outages of Redis."""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from tickql.feed.announcer import Announcer
from tickql.feed.connection import retry_until_available
from tickql.feed.errors import FeedRefused, FeedUnavailable, describe_outage
from tickql.feed.fault_store import FaultStore
from tickql.feed.lease import Lease
from tickql.feed.log_damping import LogDamper
from tickql.feed.publish_session import PublishSession, now_us
from tickql.feed.publisher_stats import PublisherStats
from tickql.feed.server_facts import CautionLog
from tickql.feed.settings import FeedSettings
from tickql.feed.spool import Spool
from tickql.feed.spool_memory import SpoolMemory
from tickql.feed.status import ProducerReport
from tickql.feed.tick import Quote
from tickql.feed.timings import DEFAULT_TIMINGS, Timings
from tickql.feed.tracing.publish_tracer import PublishTracer, page_message

logger = logging.getLogger("tickql.feed")

SPOOL_TICKS = 200_000
"""Ticks kept in memory, of all symbols together: half an hour of one symbol at 100 ticks a second, about 160 MB."""
_MIN_RECONNECT_S, _MAX_RECONNECT_S = 0.05, 1.0
"""Pause between two sessions. It doubles while Redis accepts the connection but refuses what the session sends."""


class Publisher:
    """Publishes the ticks of one producer. An async context manager.

    While Redis is down, quotes are numbered and spooled (the newest `spool_ticks`); they are sent when Redis is back.
    Readers see a pause and then every tick. Ticks that Redis lost in a crash are sent again under their own numbers.

    `lease`: the lease of the source, already held; the publisher renews it. Without a lease, the publisher of a symbol
    that started last fences off the earlier ones. `clock_us`: the clock of this host, in Unix microseconds.
    `tracer`: writes the traces of ticks, if anybody asks for them.

    `publish` and `report` only change memory. One task, `_publish_loop`, owns the connection to Redis.
    """

    def __init__(
        self,
        settings: FeedSettings,
        source: str,
        spool_ticks: int = SPOOL_TICKS,
        lease: Lease | None = None,
        timings: Timings = DEFAULT_TIMINGS,
        clock_us: Callable[[], int] = now_us,
        tracer: PublishTracer | None = None,
    ) -> None:
        self.stats = PublisherStats()
        self._damper = LogDamper()
        self._was_down = False
        self._source = source
        self._settings = settings
        self._memory = SpoolMemory(spool_ticks)
        self._timings = timings
        self._clock_us = clock_us
        self._tracer = tracer
        self._announcer = Announcer(settings.keys)
        self._fault_store = FaultStore(self._announcer, source)
        self._writer = uuid.uuid4().hex
        self._fence = 0
        self._lease = lease
        self._reconnect_s = _MIN_RECONNECT_S
        self._cautions = CautionLog()
        self._spools: dict[str, Spool] = {}
        self._unconfirmed: dict[str, Spool] = {}
        """The spools that may have ticks that Redis has not confirmed."""
        self._work = asyncio.Event()
        """Set: there may be something to open or to send."""
        self._idle = asyncio.Event()
        """Set: Redis has confirmed every tick, and the newest reports are sent."""
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start publishing. Does not wait for Redis."""
        self._task = asyncio.create_task(self._publish_loop(), name=f"publisher of {self._source}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Send what is spooled, for at most `Timings.final_flush_s`, and stop."""
        assert self._task is not None
        if not self.unconfirmed and self.stats.redis_down is not None:
            # No tick is left, only reports: they are not worth a wait for Redis.
            self._idle.set()
        idle = asyncio.create_task(self._idle.wait())
        try:
            timeout_s = self._timings.final_flush_s
            await asyncio.wait([idle, self._task], timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            idle.cancel()
            self._task.cancel()
            await asyncio.gather(idle, self._task, return_exceptions=True)
        if self.unconfirmed:
            why = f": {self.stats.redis_down}" if self.stats.redis_down else ""
            logger.warning("%d ticks of %s were not stored%s", self.unconfirmed, self._source, why)

    def publish(self, quote: Quote) -> None:
        """Number a quote, spool it and wake the publishing task. Returns at once and never fails."""
        spool = self._spools.get(quote.symbol) or self._new_spool(quote.symbol)
        self.stats.taken += 1
        self.stats.dropped += self._memory.add(spool, quote)
        if self._tracer is not None:
            spool.stamp(page_message.arrived_us, self._clock_us())
        self._spooled(spool)

    def report(self, report: ProducerReport) -> None:
        """Replace the report of a source on its page and symbols. It is sent now, and again each second."""
        self._announcer.set_report(report)
        self.wake()

    def wake(self) -> None:
        """Make the publishing task look at once whether anything is due."""
        self._idle.clear()
        self._work.set()

    async def flush(self) -> None:
        """Wait until Redis has confirmed every tick, without a timeout.

        Raises:
            Fenced: another producer has taken over one of the symbols; `LeaseLost`: the whole source.
        """
        assert self._task is not None
        if not self.unconfirmed:
            return
        idle = asyncio.create_task(self._idle.wait())
        try:
            done, _ = await asyncio.wait([idle, self._task], return_when=asyncio.FIRST_COMPLETED)
        finally:
            idle.cancel()
        if self._task in done:
            self._task.result()

    async def wait_until_fenced(self) -> None:
        """Wait until this publisher may not publish any more. An outage of Redis does not end the wait.

        Raises:
            Fenced: another producer has taken over one of the symbols; `LeaseLost`: the whole source.
        """
        assert self._task is not None
        # Shielded: cancelling this wait must not cancel publishing.
        await asyncio.shield(self._task)

    @property
    def unconfirmed(self) -> int:
        """Number of ticks that Redis has not confirmed yet."""
        return sum(spool.unconfirmed for spool in self._unconfirmed.values())

    def _spooled(self, spool: Spool) -> None:
        """Have a spool sent that has a new tick."""
        self._unconfirmed[spool.symbol] = spool
        self.wake()

    def _new_spool(self, symbol: str) -> Spool:
        spool = self._spools[symbol] = Spool(symbol, self._memory.capacity)
        return spool

    async def _publish_loop(self) -> None:
        while True:
            session = await self._connect()
            try:
                await self._run_session(session)
            except FeedUnavailable as error:
                self._redis_down(error)
            finally:
                await session.close()
            await asyncio.sleep(self._reconnect_s)
            self._reconnect_s = min(2 * self._reconnect_s, _MAX_RECONNECT_S)

    async def _connect(self) -> PublishSession:
        session = await retry_until_available(
            lambda: PublishSession.connect(self._settings, self._writer, self._fence, self._lease, self._clock_us),
            self._redis_down,
        )
        # The same fence in all sessions: a publisher that was replaced must not get a newer one by reconnecting.
        self._fence = session.fence
        self.stats.connects += 1
        self._cautions.record(session.facts)
        return session

    async def _run_session(self, session: PublishSession) -> None:
        """Open symbols, send spooled ticks, heartbeats and reports, until the connection breaks."""
        await self._fault_store.load(session)
        self._work.set()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._next_due_s):
                    await self._work.wait()
            # Cleared before the spools are read: a `publish` during the awaits below sets it again and is not missed.
            self._work.clear()
            await session.renew_lease()
            await self._open_new_spools(session)
            # `publish` may have added symbols during the await: they are not open yet, and the next turn opens them.
            active = [spool for symbol, spool in self._unconfirmed.items() if symbol in session.open_symbols]
            for spool in active:
                self._announcer.tick_sent(spool.symbol)
            quiet = [self._spools[symbol] for symbol in self._announcer.due_heartbeats(session.open_symbols)]
            heartbeats = map(self._announcer.heartbeat_command, quiet)
            reports = self._announcer.due_report_commands(self._spools.values())
            registration = self._announcer.due_registration(session.open_symbols)
            self.stats.published += await session.send_batches(
                [*active, *quiet], [*heartbeats, *reports, *registration]
            )
            if self._tracer is not None:
                self._tracer.confirmed(active, self._clock_us())
            for spool in active:
                if not spool.unconfirmed:
                    del self._unconfirmed[spool.symbol]
            self._redis_up()
            if self._unconfirmed or len(session.open_symbols) < len(self._spools):
                self._work.set()
            elif not self._work.is_set():
                # Nothing came during the await: everything is confirmed, and `flush` and `__aexit__` may return.
                self._idle.set()

    @property
    def _next_due_s(self) -> float:
        due_s = self._announcer.due_in_s()
        return due_s if self._lease is None else min(due_s, self._lease.renew_due_in_s)

    async def _open_new_spools(self, session: PublishSession) -> None:
        if len(session.open_symbols) == len(self._spools):
            return
        closed = [spool for spool in self._spools.values() if spool.symbol not in session.open_symbols]
        try:
            self.stats.rotations += await session.open_spools(closed)
        finally:
            self._memory.take_back(closed)
        # To open a symbol again may take back what was confirmed.
        self._unconfirmed.update((spool.symbol, spool) for spool in closed if spool.unconfirmed)

    def _redis_up(self) -> None:
        self.stats.redis_down = None
        # Asked at each turn: what is the case in the end is logged, even if it was logged a moment ago.
        if self._was_down and self._damper.is_due("up", time.monotonic()):
            logger.warning("redis is reachable again: %d ticks to send", self.unconfirmed)
        self._reconnect_s = _MIN_RECONNECT_S

    def _redis_down(self, error: FeedUnavailable) -> None:
        self._was_down = True
        # A refusal that gives way to another one: the operator has allowed the first, and needs to know the next.
        line = str(error) if isinstance(error, FeedRefused) else "down"
        if self._damper.is_due(line, time.monotonic()):
            logger.warning("%s: keeping ticks in memory until it is well again", describe_outage(error))
        self.stats.redis_down = str(error)
