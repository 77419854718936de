"""One writer at a time: the lease of a source. Whoever does not hold it waits for it, as a standby.

The lease is a record in Redis: its holder, a fence that rises from holder to holder, and a time by Redis's clock. The
holder keeps it by asking every half second. The scripts that open and publish compare fences with it, at once with the
writing: a holder that was paused, and replaced meanwhile, writes nothing more, however late it learns of it.

A lease that ran out may be taken by another, but is not lost before: the holder that comes back first goes on.
"""

import asyncio
import logging
import os
import socket
import time
import uuid
from types import TracebackType
from typing import Self

from tickql.feed import scripts
from tickql.feed.connection import Command, RedisConnection, succeeded, until_redis_answers
from tickql.feed.errors import FeedUnavailable, LeaseLost
from tickql.feed.scripts import LeaseVerdict
from tickql.feed.settings import FeedSettings

logger = logging.getLogger("tickql.feed")

LEASE_S = 2.0
"""How long a holder may be silent before another may take its place."""
_KEEP_S = 0.5
_ASK_S = 0.25
_STEADY_S = 2.0
"""Redis was away, or has lost the lease: its holder, who may have ticks to send, has so long to come back first."""
_UNBROKEN_S = 1.0


class Lease:
    """The right to write what `source` shows. An async context manager: entered once it is held, left when given up.

    `take_over`: do not wait for the holder to end, replace it.
    """

    def __init__(self, settings: FeedSettings, source: str, *, take_over: bool = False) -> None:
        self.fence = 0
        """The fence that goes with it; 0 before it is held."""
        self.key = settings.keys.lease(source)
        self._settings = settings
        self._source = source
        self._take_over = take_over
        self._writer = uuid.uuid4().hex
        self._who = f"process {os.getpid()} on {socket.gethostname()}"
        self._verdict: LeaseVerdict | None = None
        self._may_take = False
        self._holder = ""
        self._kept_s = float("-inf")
        self._answered_s = float("-inf")
        self._steady_since_s = 0.0
        self._away = False

    async def __aenter__(self) -> Self:
        """Wait until it is held, for as long as that takes, with or without Redis. Who holds it is logged."""
        await until_redis_answers(self._wait, self._redis_is_away)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give it up, so that a standby need not wait. Without Redis it runs out by itself."""
        try:
            wire = await RedisConnection.open(self._settings.redis_url)
            try:
                await wire.call(("EVAL", scripts.RELEASE.source, 1, self.key, self._writer))
            finally:
                await wire.close()
        except FeedUnavailable as unavailable:
            logger.debug("the lease of %s runs out by itself: %s", self._source, unavailable)

    async def keep(self, wire: RedisConnection) -> None:
        """Make sure that it is held; asks Redis if half a second has passed, or if there is a `doubt`.

        Raises:
            LeaseLost: another has held it since.
            FeedUnavailable: the connection is of no more use.
        """
        if self.due_s <= 0:
            await self._ask_until_held(wire)

    def doubt(self) -> None:
        """Redis does not know the lease as ours: ask before anything else is sent."""
        self._verdict = None

    @property
    def due_s(self) -> float:
        """Seconds until it must be kept."""
        return 0.0 if self._verdict is not LeaseVerdict.HELD else max(0.0, self._kept_s + _KEEP_S - time.monotonic())

    async def _wait(self) -> None:
        wire = await RedisConnection.open(self._settings.redis_url)
        try:
            succeeded(await wire.call(("SCRIPT", "LOAD", scripts.LEASE.source)))
            await self._ask_until_held(wire)
        finally:
            await wire.close()

    async def _ask_until_held(self, wire: RedisConnection) -> None:
        while await self._ask(wire, "ask") is not LeaseVerdict.HELD:
            if self._may_take and await self._ask(wire, self._wish) is LeaseVerdict.HELD:
                return
            await asyncio.sleep(_ASK_S)

    async def _ask(self, wire: RedisConnection, wish: str) -> LeaseVerdict:
        asked_s = time.monotonic()
        me = (self._writer, self.fence, round(LEASE_S * 1000), self._who)
        command: Command = ("EVALSHA", scripts.LEASE.sha, 2, self.key, self._settings.keys.fence, *me, wish)
        name, fence, who = succeeded(await wire.call(command))[0]
        verdict = LeaseVerdict(name.decode())
        if verdict is LeaseVerdict.FENCED:
            raise LeaseLost(f"another producer has taken over {self._source}: {who.decode()}")
        self._note(verdict, who.decode(), asked_s)
        if verdict is LeaseVerdict.HELD:
            self.fence, self._kept_s = fence, asked_s
        return verdict

    def _note(self, verdict: LeaseVerdict, who: str, asked_s: float) -> None:
        if self._away:
            logger.warning("redis is back: the producer of %s waits for it no longer", self._source)
            self._away = False
        now = time.monotonic()
        vanished = verdict is LeaseVerdict.ABSENT and self._verdict not in (None, verdict)
        if vanished or now - self._answered_s > _UNBROKEN_S:
            self._steady_since_s = now
        self._answered_s = now
        self._may_take = self._judge(verdict, asked_s)
        if verdict is LeaseVerdict.TAKEN and who != self._holder:
            logger.info("%s is produced by %s: standing by", self._source, who)
            self._holder = who
        elif verdict is LeaseVerdict.HELD and self._holder:
            logger.info("%s is ours to produce now, in place of %s", self._source, self._holder)
            self._holder = ""
        self._verdict = verdict

    def _judge(self, verdict: LeaseVerdict, now: float) -> bool:
        """Whether a lease that stands so may be taken now."""
        steady = now - self._steady_since_s >= _STEADY_S
        if verdict is LeaseVerdict.TAKEN:
            return self._take_over
        if verdict is LeaseVerdict.ABSENT:
            return steady or (now - self._kept_s < LEASE_S if self.fence else self._verdict is None)
        return verdict is LeaseVerdict.RELEASED or steady or self._take_over

    @property
    def _wish(self) -> str:
        return "force" if self._take_over else "take"

    def _redis_is_away(self, error: FeedUnavailable) -> None:
        if not self._away:
            logger.warning("redis is not reachable (%s): the producer of %s waits for it", error, self._source)
        self._away = True
