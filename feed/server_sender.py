"""The sender to one server: what a publisher has taken in goes to it in one session after the other."""

import asyncio
from contextlib import suppress
from typing import NoReturn

from tickql.feed.connection import retry_until_available
from tickql.feed.errors import FeedUnavailable
from tickql.feed.fault_store import FaultStore
from tickql.feed.outbox import Outbox
from tickql.feed.publish_session import PublishSession
from tickql.feed.race import race
from tickql.feed.server_facts import CautionLog
from tickql.feed.spool import Spool
from tickql.feed.writer import Writer

_MIN_RECONNECT_S, _MAX_RECONNECT_S = 0.05, 1.0
"""Pause between two sessions. It doubles while Redis accepts the connection but refuses what the session sends."""


class ServerSender:
    """Sends to one server, or to the primary that Sentinels name."""

    def __init__(self, outbox: Outbox, writer: Writer) -> None:
        self._outbox = outbox
        self._writer = writer
        self._fault_store = FaultStore(outbox.announcer, writer.source)
        self._cautions = CautionLog()
        self._reconnect_s = _MIN_RECONNECT_S

    def add(self, spool: Spool) -> None:
        """Take on a new spool. It is opened with its first tick."""

    def notify(self, spool: Spool) -> None:
        """Have a spool sent that has a new tick."""
        outbox = self._outbox
        outbox.unconfirmed[spool.symbol] = spool
        outbox.idle.clear()
        outbox.work.set()

    async def run(self) -> NoReturn:
        """Send until cancelled.

        Raises:
            Fenced: another producer has taken over one of the symbols; `LeaseLost`: the whole source.
        """
        while True:
            session = await self._connect()
            try:
                await race(self._run_session(session), session.watch_server())
            except FeedUnavailable as error:
                self._outbox.redis_down(error)
            finally:
                await session.close()
            await asyncio.sleep(self._reconnect_s)
            self._reconnect_s = min(2 * self._reconnect_s, _MAX_RECONNECT_S)

    async def _connect(self) -> PublishSession:
        session = await retry_until_available(lambda: PublishSession.connect(self._writer), self._outbox.redis_down)
        self._outbox.stats.connects += 1
        self._cautions.record(session.facts)
        return session

    async def _run_session(self, session: PublishSession) -> NoReturn:
        """Open symbols, send spooled ticks, heartbeats and reports, until the connection breaks."""
        outbox, announcer = self._outbox, self._outbox.announcer
        await self._fault_store.load(session)
        outbox.work.set()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._next_due_s):
                    await outbox.work.wait()
            # Cleared before the spools are read: a `publish` during the awaits below sets it again and is not missed.
            outbox.work.clear()
            await session.renew_lease()
            await self._open_new_spools(session)
            # `publish` may have added symbols during the await: they are not open yet, and the next turn opens them.
            active = [spool for symbol, spool in outbox.unconfirmed.items() if symbol in session.open_symbols]
            for spool in active:
                announcer.tick_sent(spool.symbol)
            quiet = [outbox.spools[symbol] for symbol in announcer.due_heartbeats(session.open_symbols)]
            heartbeats = map(announcer.heartbeat_command, quiet)
            reports = announcer.due_report_commands(outbox.spools.values())
            registration = announcer.due_registration(session.open_symbols)
            confirmed = await session.send_batches([*active, *quiet], [*heartbeats, *reports, *registration])
            outbox.sent(active, confirmed)
            outbox.redis_up()
            self._reconnect_s = _MIN_RECONNECT_S
            if outbox.unconfirmed or len(session.open_symbols) < len(outbox.spools):
                outbox.work.set()
            elif not outbox.work.is_set():
                # Nothing came during the await: everything is confirmed, and `flush` and `__aexit__` may return.
                outbox.idle.set()

    @property
    def _next_due_s(self) -> float:
        due_s, lease = self._outbox.announcer.due_in_s(), self._writer.lease
        return due_s if lease is None else min(due_s, lease.renew_due_in_s)

    async def _open_new_spools(self, session: PublishSession) -> None:
        spools = self._outbox.spools
        if len(session.open_symbols) == len(spools):
            return
        closed = [spool for spool in spools.values() if spool.symbol not in session.open_symbols]
        rotations = 0
        try:
            rotations = await session.open_spools(closed)
        finally:
            self._outbox.opened(closed, rotations)
