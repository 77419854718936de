"""The outbox of a publisher: the spools of its symbols, and what else is to be sent to Redis."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection

from tickql.feed.announcer import Announcer
from tickql.feed.errors import FeedRefused, FeedUnavailable, describe_outage
from tickql.feed.keys import Keys
from tickql.feed.log_damping import LogDamper
from tickql.feed.publisher_stats import PublisherStats
from tickql.feed.spool import Spool
from tickql.feed.spool_memory import SpoolMemory
from tickql.feed.tracing.publish_tracer import PublishTracer

logger = logging.getLogger("tickql.feed")


class Outbox:
    """What the publisher puts in, and its sender takes out. Both run on one event loop.

    `clock_us`: in Unix microseconds. `tracer`: writes the traces of ticks, if anybody asks for them.
    """

    def __init__(
        self, keys: Keys, capacity: int, clock_us: Callable[[], int], tracer: PublishTracer | None = None
    ) -> None:
        """`capacity`: how many ticks are kept, of all symbols together."""
        self.stats = PublisherStats()
        self.memory = SpoolMemory(capacity)
        self.announcer = Announcer(keys)
        self.clock_us = clock_us
        self.tracer = tracer
        self.spools: dict[str, Spool] = {}
        self.unconfirmed: dict[str, Spool] = {}
        """The spools that may have ticks that Redis has not confirmed."""
        self.work = asyncio.Event()
        """Set: there may be something to open or to send."""
        self.idle = asyncio.Event()
        """Set: Redis has confirmed every tick, and the newest reports are sent."""
        self._damper = LogDamper()
        self._was_down = False

    def wake(self) -> None:
        """Have the sender look at once whether anything is due."""
        self.idle.clear()
        self.work.set()

    @property
    def unconfirmed_ticks(self) -> int:
        """Number of ticks that Redis has not confirmed yet."""
        return sum(spool.unconfirmed for spool in self.unconfirmed.values())

    # For the sender.

    def opened(self, spools: Collection[Spool], rotations: int) -> None:
        """Take note of symbols that were opened, some of them perhaps in vain. `rotations`: how many began anew."""
        self.stats.rotations += rotations
        self.memory.take_back(spools)
        # To open a symbol again may take back what was confirmed.
        self.unconfirmed.update((spool.symbol, spool) for spool in spools if spool.unconfirmed)

    def sent(self, spools: Collection[Spool], confirmed: int) -> None:
        """Take note of spools that were sent, and of how many ticks Redis has confirmed."""
        self.stats.published += confirmed
        if self.tracer is not None:
            self.tracer.confirmed(spools, self.clock_us())
        for spool in spools:
            if not spool.unconfirmed:
                self.unconfirmed.pop(spool.symbol, None)

    def redis_up(self) -> None:
        """Take note that Redis takes what is sent."""
        self.stats.redis_down = None
        # Asked at each turn: what is the case in the end is logged, even if it was logged a moment ago.
        if self._was_down and self._damper.is_due("up", time.monotonic()):
            logger.warning("redis is reachable again: %d ticks to send", self.unconfirmed_ticks)

    def redis_down(self, error: FeedUnavailable) -> None:
        """Take note that Redis cannot be reached, or refuses what is sent."""
        self._was_down = True
        # A refusal that gives way to another one: the operator has allowed the first, and needs to know the next.
        line = str(error) if isinstance(error, FeedRefused) else "down"
        if self._damper.is_due(line, time.monotonic()):
            logger.warning("%s: keeping ticks in memory until it is well again", describe_outage(error))
        self.stats.redis_down = str(error)
