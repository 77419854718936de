"""What a producer announces to a cluster beside ticks: the reports of its pages, and the set of its symbols."""

import asyncio
from collections.abc import Callable, Set
from contextlib import suppress
from typing import NoReturn

from tickql.feed.cluster.topology import Topology
from tickql.feed.connection import Command, check_replies
from tickql.feed.errors import FeedUnavailable
from tickql.feed.outbox import Outbox
from tickql.feed.pool import make_pool
from tickql.feed.settings import FeedSettings

_RETRY_S = 0.1
"""Pause after a call that failed."""
_CALLS = 2


class ClusterAnnouncements:
    """Sends them to the nodes that have their keys. The shard publishers send heartbeats, and nothing else of this.

    `note`: called after each call with what was wrong; `None`: nothing.
    """

    def __init__(
        self,
        outbox: Outbox,
        settings: FeedSettings,
        topology: Topology,
        call_timeout_s: float,
        note: Callable[[FeedUnavailable | None], None],
    ) -> None:
        self._outbox = outbox
        self._keys = settings.keys
        self._pool = make_pool(settings.redis_url, call_timeout_s, _CALLS, topology)
        self._note = note
        self._opened: set[str] = set()
        self._registrations: list[Command] = []
        """What is to be sent to the node that has the set of symbols."""
        self._are_reports_sent = True

    def register(self, opened: Set[str]) -> None:
        """Register and announce those of the symbols that are new."""
        new = opened - self._opened
        if new:
            self._opened |= new
            keys = self._keys
            self._registrations += [("SADD", keys.symbols, *new), keys.publish(keys.symbols, " ".join(new))]
            self._outbox.work.set()

    def check_idle(self) -> None:
        """Set the outbox idle if everything is sent."""
        outbox = self._outbox
        if self._are_reports_sent and not (outbox.unconfirmed or self._registrations or outbox.work.is_set()):
            outbox.idle.set()

    async def run(self) -> NoReturn:
        """Send what is due until cancelled."""
        outbox = self._outbox
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(outbox.announcer.due_in_s()):
                    await outbox.work.wait()
            outbox.work.clear()
            reports = outbox.announcer.due_report_commands(outbox.spools.values())
            registrations = [*self._registrations, *outbox.announcer.due_registration(self._opened)]
            self._are_reports_sent &= not reports
            try:
                if commands := [*registrations, *reports]:
                    check_replies(await self._pool.call(*commands))
            except FeedUnavailable as error:
                # Reports are due again within a second.
                self._note(error)
                await asyncio.sleep(_RETRY_S)
                if self._registrations:
                    outbox.work.set()
                continue
            self._registrations = [each for each in self._registrations if each not in registrations]
            self._are_reports_sent |= bool(reports)
            self._note(None)
            self.check_idle()

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.close()
