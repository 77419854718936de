"""Succession: how the lease passes from its holder to its standby without a tick lost.

The holder goes on publishing until the standby shows what the holder shows. Each side tells the other its stage with
every call that asks for the lease or renews it:

| the holder                                   | the standby                                                         |
| -------------------------------------------- | ------------------------------------------------------------------- |
| is about to end, says LEAVING and goes on    | is WAITING; it prepares now                                         |
| hears READY, sends its last tick, releases   | says READY; takes the lease and continues after the last tick       |
| hears CLAIMING, sends its last tick, releases | prepared by itself, to replace the holder; says CLAIMING when ready |

No side depends on the other: a holder ends after a deadline, and a lease that is not renewed expires.
"""

import asyncio
import time
from contextlib import suppress

from tickql.feed.scripts import HandoverStage

_SILENCE_S = 1.5
"""A holder that cannot renew its lease for this long does not wait for its standby: Redis is not reachable."""
_ANSWER_S = 0.5
"""How long a holder that ends waits for the next answer of Redis, which says whether there is a standby."""
_FORCE_S = 15.0
"""A holder that renews its lease and does not answer a claim for this long is replaced without its help."""
_CLAIMS = (HandoverStage.READY, HandoverStage.CLAIMING)


class Succession:
    """The stage of one producer of a source, and what it has heard of the other side.

    `replaces_holder`: the producer is to replace the holder, and does not wait until the holder ends.
    """

    def __init__(self, *, replaces_holder: bool = False) -> None:
        self.is_ready = False
        """Set by a standby that shows what the holder shows."""
        self.wanted = asyncio.Event()
        """Set: this standby is to prepare, because the holder is about to end or is to be replaced."""
        self._replaces_holder = replaces_holder
        self._is_holder = False
        self._is_leaving = False
        self._standby = HandoverStage.NONE
        self._heard_s = float("-inf")
        self._news = asyncio.Event()
        self._claims_since_s: float | None = None
        if replaces_holder:
            self.wanted.set()

    @property
    def stage(self) -> HandoverStage:
        """What this producer tells the other side."""
        if self._is_holder:
            return HandoverStage.LEAVING if self._is_leaving else HandoverStage.NONE
        if self.is_ready:
            return HandoverStage.CLAIMING if self._replaces_holder else HandoverStage.READY
        return HandoverStage.WAITING

    @property
    def is_under_way(self) -> bool:
        """Whether a handover is going on: both sides then ask more often."""
        return self._is_leaving or (self.wanted.is_set() and not self._is_holder)

    @property
    def may_force(self) -> bool:
        """Whether a claim has been without an answer for so long that the lease may be taken without it."""
        return self._claims_since_s is not None and time.monotonic() - self._claims_since_s > _FORCE_S

    def hear(self, stage: HandoverStage, *, is_holder: bool) -> None:
        """Note the stage of the other side, from an answer of Redis."""
        self._is_holder, self._heard_s = is_holder, time.monotonic()
        if is_holder:
            self._standby = stage
        elif stage is HandoverStage.LEAVING:
            self.wanted.set()
        if self.stage is HandoverStage.CLAIMING and self._claims_since_s is None:
            self._claims_since_s = self._heard_s
        self._news.set()

    async def wait_for_claim(self) -> None:
        """Wait until a standby that is ready is to replace this holder."""
        while self._standby is not HandoverStage.CLAIMING:
            await self._next_news()

    async def leave(self, timeout_s: float) -> bool:
        """Wait until a standby is ready, for at most `timeout_s`. If there is none, one answer of Redis is awaited.

        Returns whether no standby was ready, though there is one.
        """
        if time.monotonic() - self._heard_s > _SILENCE_S:
            return False
        self._is_leaving = True
        with suppress(TimeoutError):
            async with asyncio.timeout(_ANSWER_S):
                # A standby may have come since the last answer.
                await self._next_news()
            async with asyncio.timeout(timeout_s):
                while self._standby is HandoverStage.WAITING:
                    async with asyncio.timeout(_SILENCE_S):
                        await self._next_news()
        return self._standby is HandoverStage.WAITING

    @property
    def has_successor(self) -> bool:
        """Whether a standby is ready to hold the lease next."""
        return self._standby in _CLAIMS

    async def _next_news(self) -> None:
        self._news.clear()
        await self._news.wait()
