"""The lease of a source: at most one producer writes what a page shows; the others wait for the lease as standbys.

The lease is a Redis hash: its holder, a fencing token ("fence") that rises from holder to holder, and an expiry time by
Redis's clock. The holder renews the lease each half second. The script `open` keeps the newest fence of each symbol in
the symbol's head, and `publish` compares the writer's fence with it in the same atomic step in which it writes. So a
holder that was paused and replaced writes no more to a symbol that its successor has opened, even if it has not noticed
yet. The lease itself may lie on another server: all keys of one symbol suffice for the comparison.

Expiry alone does not end a lease: another producer has to take it. A holder that returns before that keeps it.
A holder that ends hands the lease over to its standby (see `tickql.feed.succession`).
"""

import asyncio
import logging
import os
import socket
import time
import uuid
from types import TracebackType
from typing import NoReturn, Self

from tickql.feed import scripts
from tickql.feed.connect import open_connection
from tickql.feed.connection import Command, RedisConnection, check_replies, retry_until_available
from tickql.feed.errors import FeedRefused, FeedUnavailable, LeaseLost, describe_outage
from tickql.feed.lease_subject import LeaseSubject
from tickql.feed.rights import check_producer_rights
from tickql.feed.scripts import HandoverStage, LeaseVerdict
from tickql.feed.server_facts import FACTS_COMMANDS, ServerFacts
from tickql.feed.settings import FeedSettings
from tickql.feed.succession import Succession

logger = logging.getLogger("tickql.feed")

LEASE_S = 2.0
"""How long a lease is valid after its last renewal. A standby then takes over within 5 s."""
_RENEW_S = 0.5
"""Pause between two renewals: three may fail before the lease expires."""
_POLL_S = 0.25
"""Pause between two attempts of a standby to get the lease."""
_HANDOVER_POLL_S = 0.1
"""The same pauses of both sides during a handover."""
_GRACE_S = 2.0
"""Grace period in which the previous holder may renew its lease after an outage of Redis, or after Redis lost it.

The previous holder may have ticks in its spool that a standby does not have.
"""
_OUTAGE_S = 1.0
"""More time than this between two answers of Redis counts as an outage: a standby asks every quarter of a second."""

_RELEASE_S = 1.0
"""How long a producer that ends waits for Redis to take its lease back: without an answer the lease expires."""


class Lease:
    """The right to write the ticks of `source`. An async context manager: leaving it releases the lease.

    `subject`: what else the lease is for; `None`: for that.

    `take_over`: replace the current holder instead of waiting until it ends. The holder hands the lease over as soon as
    this producer is ready (see `Succession.is_ready`).

    Not for concurrent callers: after `acquire`, only the task of the publisher calls `renew` and `doubt`.
    """

    def __init__(
        self, settings: FeedSettings, source: str, *, take_over: bool = False, subject: LeaseSubject | None = None
    ) -> None:
        self.fence = 0
        """The fencing token of this lease; 0 until the lease was held for the first time."""
        self.succession = Succession(replaces_holder=take_over)
        self._subject = subject or LeaseSubject.source(settings.keys, source)
        self.key = self._subject.key
        self._settings = settings
        self._writer = uuid.uuid4().hex
        self._seen_fence = 0
        self._description = f"process {os.getpid()} on {socket.gethostname()}"
        self._verdict: LeaseVerdict | None = None
        self._may_take = False
        self._other_holder = ""
        self._renewed_s = float("-inf")
        self._renewed = asyncio.Event()
        self._answered_s = float("-inf")
        self._grace_began_s = 0.0
        self._redis_is_down = False
        self._outage = ""
        """The newest line about an outage in the log."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the lease, so that a standby takes it at once. Without Redis the lease expires by itself."""
        if time.monotonic() - self._renewed_s > LEASE_S:
            return
        try:
            async with asyncio.timeout(_RELEASE_S):
                connection = await self.open_connection()
                try:
                    load: Command = ("SCRIPT", "LOAD", scripts.RELEASE.source)
                    await connection.call(load, ("EVALSHA", scripts.RELEASE.sha, 1, self.key, self._writer))
                finally:
                    await connection.close()
        except (FeedUnavailable, TimeoutError) as unavailable:
            logger.debug("the lease of %s was not released and will expire: %s", self._subject.name, unavailable)

    async def acquire(self) -> None:
        """Wait for the lease, without a timeout, also while Redis is down. The current holder is logged."""
        await retry_until_available(self._acquire, self._log_redis_down)

    async def renew(self, connection: RedisConnection) -> None:
        """Make sure that the lease is held: ask Redis if half a second has passed, or after `doubt`.

        Waits while the lease may still come back (Redis lost it, for example).

        Raises:
            LeaseLost: another producer has held the lease since.
            FeedUnavailable: the connection is broken.
        """
        if self.renew_due_in_s <= 0:
            await self._ask_until_held(connection)

    async def hold(self) -> NoReturn:
        """Renew the lease until it is lost, through outages of Redis. For a holder that has no publisher.

        Raises:
            LeaseLost: somebody else has held the lease since.
        """
        while True:
            await retry_until_available(self._hold, self._log_redis_down)

    async def _hold(self) -> NoReturn:
        connection = await self.open_connection()
        try:
            check_replies(await connection.call(("SCRIPT", "LOAD", scripts.LEASE.source)))
            while True:
                await self.renew(connection)
                await asyncio.sleep(self.renew_due_in_s)
        finally:
            await connection.close()

    def doubt(self, newer_fence: int) -> None:
        """Make the next `renew` ask Redis, because a symbol has a newer fence of this lease.

        Either another producer has taken over, or Redis has lost the newest fences: then `fence` rises above this one.
        """
        self._seen_fence = max(self._seen_fence, newer_fence)
        self._verdict = None

    async def wait_until_valid(self) -> None:
        """Wait until nobody else can hold the lease (see `is_valid`). Another task must renew it meanwhile."""
        while not self.is_valid:
            self._renewed.clear()
            await self._renewed.wait()

    @property
    def is_valid(self) -> bool:
        """Whether nobody else can hold the lease now, as far as the clocks run alike."""
        return self._verdict is LeaseVerdict.HELD and time.monotonic() - self._renewed_s < LEASE_S

    @property
    def renew_due_in_s(self) -> float:
        """Seconds until the next renewal is due; 0: it is due now."""
        if self._verdict is not LeaseVerdict.HELD:
            return 0.0
        period_s = _HANDOVER_POLL_S if self.succession.is_under_way else _RENEW_S
        return max(0.0, self._renewed_s + period_s - time.monotonic())

    async def open_connection(self) -> RedisConnection:
        """Connect to the server that holds the lease.

        Raises:
            FeedUnavailable: it does not answer.
        """
        return await open_connection(self._settings.redis_url, self.key)

    async def _acquire(self) -> None:
        connection = await self.open_connection()
        try:
            facts = ServerFacts.from_replies(await connection.call(*FACTS_COMMANDS))
            facts.check_kind(expects_cluster=self._settings.keys.is_sharded)
            await check_producer_rights(connection, self._subject.rights)
            check_replies(await connection.call(("SCRIPT", "LOAD", scripts.LEASE.source)))
            await self._ask_until_held(connection)
        finally:
            await connection.close()

    async def _ask_until_held(self, connection: RedisConnection) -> None:
        # Two steps, "ask" and then "take": the first answer may begin a grace period, and then nothing is taken. If
        # the lease changes hands between the two, the script refuses the "take".
        while await self._ask(connection, "ask") is not LeaseVerdict.HELD:
            take = "force" if self.succession.may_force else "take"
            if self._may_take and await self._ask(connection, take) is LeaseVerdict.HELD:
                return
            await asyncio.sleep(_HANDOVER_POLL_S if self.succession.is_under_way else _POLL_S)

    async def _ask(self, connection: RedisConnection, mode: str) -> LeaseVerdict:
        # The time before the call: Redis counts the lease from a later moment, so this side never overestimates it.
        asked_s = time.monotonic()
        own = (self._writer, self.fence, round(LEASE_S * 1000), self._description, mode, self.succession.stage)
        keys = (self.key, self._settings.keys.fence)
        command: Command = ("EVALSHA", scripts.LEASE.sha, len(keys), *keys, *own, self._seen_fence)
        name, fence, holder, stage = check_replies(await connection.call(command))[0]
        verdict = LeaseVerdict(name.decode())
        if verdict is LeaseVerdict.FENCED:
            subject = self._subject
            raise LeaseLost(f"another {subject.kind} has taken over {subject.name}: {holder.decode()}")
        self.succession.hear(HandoverStage(stage.decode()), is_holder=verdict is LeaseVerdict.HELD)
        self._record(verdict, holder.decode(), asked_s)
        if verdict is LeaseVerdict.HELD:
            self.fence, self._renewed_s = fence, asked_s
            self._renewed.set()
        return verdict

    def _record(self, verdict: LeaseVerdict, holder: str, asked_s: float) -> None:
        if self._redis_is_down:
            logger.warning("redis is reachable again: %s continues", self._subject.holder)
            self._redis_is_down = False
        now = time.monotonic()
        vanished = verdict is LeaseVerdict.ABSENT and self._verdict not in (None, verdict)
        if vanished or now - self._answered_s > _OUTAGE_S:
            self._grace_began_s = now
        self._answered_s = now
        self._may_take = self._is_free(verdict, asked_s)
        if verdict is LeaseVerdict.TAKEN and holder != self._other_holder:
            logger.info("%s is %s by %s: standing by", self._subject.name, self._subject.state, holder)
            self._other_holder = holder
        elif verdict is LeaseVerdict.HELD and self._other_holder:
            subject = self._subject
            logger.info("%s is now %s here, in place of %s", subject.name, subject.state, self._other_holder)
            self._other_holder = ""
        self._verdict = verdict

    def _is_free(self, verdict: LeaseVerdict, now: float) -> bool:
        """Return whether this producer may take a lease that Redis answers `verdict` for."""
        grace_is_over = now - self._grace_began_s >= _GRACE_S
        if verdict is LeaseVerdict.TAKEN:
            return self.succession.may_force
        if verdict is LeaseVerdict.ABSENT:
            if self.fence:
                # Redis lost the lease. Less than a lease's time ago it was ours, so nobody else can have taken it.
                return grace_is_over or now - self._renewed_s < LEASE_S
            # The very first answer: this source never had a producer, or Redis lost everything before we came.
            return grace_is_over or self._verdict is None
        return verdict is LeaseVerdict.RELEASED or grace_is_over or self.succession.stage is HandoverStage.CLAIMING

    def _log_redis_down(self, error: FeedUnavailable) -> None:
        line = describe_outage(error)
        if not self._redis_is_down or (isinstance(error, FeedRefused) and line != self._outage):
            logger.warning("%s: %s waits for it", line, self._subject.holder)
            self._outage = line
        self._redis_is_down = True
