"""What this process knows of the feed: what producers say of themselves, and whether Redis is reachable."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping

from tickql.feed.errors import FeedUnavailable, InvalidMessage
from tickql.feed.health import FeedStatus, assess, carry_since
from tickql.feed.status import ProducerReport

logger = logging.getLogger("tickql.feed")

_ASSESS_S = 0.5


class Monitor:
    """Judges the feed whenever something is heard, and each half second, as silence is news too.

    `last_tick_us` tells when the newest tick of each symbol seen here was observed.
    """

    def __init__(self, last_tick_us: Callable[[], Mapping[str, int]]) -> None:
        self._last_tick_us = last_tick_us
        self._reports: dict[str, ProducerReport] = {}
        self._down: str | None = "not connected yet"
        self._changed = asyncio.Event()
        self.status = self._assess(None)
        """How the feed is, as of the last half second."""

    def hear(self, said: bytes) -> None:
        """Take in what a producer says of itself; nonsense is skipped."""
        try:
            report = ProducerReport.decode(said)
        except InvalidMessage as error:
            logger.warning("skipped a status that is none: %s", error)
            return
        self._reports[report.source] = report
        self.reassess()

    def found(self) -> None:
        """Redis has answered."""
        if self._down is not None:
            logger.info("redis answers")
        self._down = None
        self.reassess()

    def lost(self, error: FeedUnavailable) -> None:
        """Redis could not be reached."""
        if self._down is None:
            logger.warning("redis is not reachable: %s", error)
        self._down = "redis is not reachable"
        self.reassess()

    async def change(self, since: FeedStatus) -> FeedStatus:
        """Wait until a state or a reason is not as in `since`."""
        while _essence(self.status) == _essence(since):
            changed = self._changed
            await changed.wait()
        return self.status

    async def run(self) -> None:
        """Judge the feed each half second, for ever."""
        while True:
            self.reassess()
            await asyncio.sleep(_ASSESS_S)

    def reassess(self) -> None:
        """Judge the feed now."""
        status = self._assess(self.status)
        changed = _essence(status) != _essence(self.status)
        self.status = status
        if changed:
            self._changed.set()
            self._changed = asyncio.Event()

    def _assess(self, before: FeedStatus | None) -> FeedStatus:
        now_us = time.time_ns() // 1000
        return carry_since(assess(now_us, self._reports.values(), self._last_tick_us(), self._down), before)


def _essence(status: FeedStatus) -> object:
    """What of a status is worth telling: not that another tick has come."""
    return (status.state, status.reason, [(each.symbol, each.state, each.reason) for each in status.symbols])
