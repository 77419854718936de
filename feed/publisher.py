"""The publisher: numbers the quotes of one producer, spools them, and sends them to Redis, through outages of Redis."""

import asyncio
import logging
from collections.abc import Callable
from types import TracebackType
from typing import NoReturn, Protocol, Self

from tickql.feed.lease import Lease
from tickql.feed.outbox import Outbox
from tickql.feed.server_sender import ServerSender
from tickql.feed.settings import FeedSettings
from tickql.feed.shards.cluster_sender import ClusterSender
from tickql.feed.spool import Spool
from tickql.feed.status import ProducerReport
from tickql.feed.tick import Quote
from tickql.feed.timings import DEFAULT_TIMINGS, Timings
from tickql.feed.tracing.publish_tracer import PublishTracer, page_message
from tickql.feed.writer import Writer, now_us

logger = logging.getLogger("tickql.feed")

SPOOL_TICKS = 200_000
"""Ticks kept in memory, of all symbols together: half an hour of one symbol at 100 ticks a second, about 160 MB."""


class Sender(Protocol):
    """The task that owns the connections of a publisher, and empties its outbox. One for each kind of Redis."""

    def add(self, spool: Spool) -> None:
        """Take on a new spool. It has no tick yet."""

    def notify(self, spool: Spool) -> None:
        """Have a spool sent that has a new tick."""

    async def run(self) -> NoReturn:
        """Send until cancelled.

        Raises:
            Fenced: another producer has taken over one of the symbols; `LeaseLost`: the whole source.
        """


class Publisher:
    """Publishes the ticks of one producer. An async context manager.

    While Redis is down, quotes are numbered and spooled (the newest `spool_ticks`); they are sent when Redis is back.
    Readers see a pause and then every tick. Ticks that Redis lost in a crash are sent again under their own numbers.

    `lease`: the lease of the source, already held; the publisher renews it. Without a lease, the publisher of a symbol
    that started last fences off the earlier ones. `clock_us`: the clock of this host, in Unix microseconds.
    `tracer`: writes the traces of ticks, if anybody asks for them.

    `publish` and `report` only change memory: the outbox, which the task of the sender empties.
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
        self._source = source
        self._final_flush_s = timings.final_flush_s
        self._outbox = Outbox(settings.keys, spool_ticks, clock_us, tracer)
        self.stats = self._outbox.stats
        writer = Writer(settings, source, lease, clock_us)
        self._sender: Sender
        if settings.keys.is_sharded:
            self._sender = ClusterSender(self._outbox, writer, timings.redis_call_s)
        else:
            self._sender = ServerSender(self._outbox, writer)
        self._task: asyncio.Task[NoReturn] | None = None

    async def __aenter__(self) -> Self:
        """Start publishing. Does not wait for Redis."""
        self._task = asyncio.create_task(self._sender.run(), name=f"publisher of {self._source}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Send what is spooled, for at most `Timings.final_flush_s`, and stop."""
        assert self._task is not None
        if not self.unconfirmed and self.stats.redis_down is not None:
            # No tick is left, only reports: they are not worth a wait for Redis.
            self._outbox.idle.set()
        idle = asyncio.create_task(self._outbox.idle.wait())
        try:
            await asyncio.wait([idle, self._task], timeout=self._final_flush_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            idle.cancel()
            self._task.cancel()
            await asyncio.gather(idle, self._task, return_exceptions=True)
        if self.unconfirmed:
            why = f": {self.stats.redis_down}" if self.stats.redis_down else ""
            logger.warning("%d ticks of %s were not stored%s", self.unconfirmed, self._source, why)

    def publish(self, quote: Quote) -> None:
        """Number a quote, spool it and wake the sender. Returns at once and never fails."""
        outbox = self._outbox
        spool = outbox.spools.get(quote.symbol) or self._new_spool(quote.symbol)
        stats = self.stats
        stats.taken += 1
        stats.dropped += outbox.memory.add(spool, quote)
        if outbox.tracer is not None:
            spool.stamp(page_message.arrived_us, outbox.clock_us())
        self._sender.notify(spool)

    def report(self, report: ProducerReport) -> None:
        """Replace the report of a source on its page and symbols. It is sent now, and again each second."""
        self._outbox.announcer.set_report(report)
        self.wake()

    def wake(self) -> None:
        """Make the sender look at once whether anything is due."""
        self._outbox.wake()

    async def flush(self) -> None:
        """Wait until Redis has confirmed every tick, without a timeout.

        Raises:
            Fenced: another producer has taken over one of the symbols; `LeaseLost`: the whole source.
        """
        assert self._task is not None
        if not self.unconfirmed:
            return
        idle = asyncio.create_task(self._outbox.idle.wait())
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
        return self._outbox.unconfirmed_ticks

    def _new_spool(self, symbol: str) -> Spool:
        outbox = self._outbox
        spool = outbox.spools[symbol] = Spool(symbol, outbox.memory.capacity)
        self._sender.add(spool)
        return spool
