"""Fills the rings of followed symbols from their streams, beside the task that receives live messages."""

import asyncio
import time
from dataclasses import dataclass

from tickql.feed.followed_symbol import FollowedSymbol
from tickql.feed.head import Head
from tickql.feed.history import History
from tickql.feed.tick import Cursor

_READ_TICKS = 500
"""Ticks read from the stream in one call, so that one call stays far below its timeout."""
FILLERS = 8
"""Symbols that are filled at the same time: as many as `History` has connections."""


@dataclass(frozen=True, slots=True)
class _Suspicion:
    """A head in an epoch with a lower number than the ring's: an earlier state of Redis, or a new numbering."""

    epoch: int
    since_s: float


class StreamFiller:
    """Reads the streams of the symbols that `request` names. `run` may run several times, for as many symbols.

    A symbol is filled by one task at a time. A request during that starts another turn: it may concern ticks that the
    running call has not seen.
    """

    def __init__(self, history: History, repair_wait_s: float) -> None:
        self._history = history
        self._repair_wait_s = repair_wait_s
        self._queue: asyncio.Queue[FollowedSymbol] = asyncio.Queue()
        self._requested: dict[FollowedSymbol, bool] = {}
        """The symbols that are queued or being filled, and whether they are to be filled once more."""
        self._suspicions: dict[FollowedSymbol, _Suspicion] = {}

    def request(self, followed: FollowedSymbol) -> None:
        """Fill the ring of a symbol soon."""
        if followed in self._requested:
            self._requested[followed] = True
        else:
            self._requested[followed] = False
            self._queue.put_nowait(followed)

    def clear(self) -> None:
        """Forget all requests: their connection is gone, and the next one fills every symbol."""
        self._requested.clear()
        self._suspicions.clear()
        self._queue = asyncio.Queue()

    async def run(self) -> None:
        """Fill what is requested, one symbol after the other, until cancelled.

        Raises:
            FeedUnavailable: Redis does not answer.
        """
        while True:
            followed = await self._queue.get()
            # A request before this moment is served by the call below; one that comes during the call is not.
            again = True
            while again:
                self._requested[followed] = False
                await self._fill(followed)
                again = self._requested[followed]
            del self._requested[followed]

    async def _fill(self, followed: FollowedSymbol) -> None:
        """Read the stream after the ring's newest tick to its end; for an empty ring, as many ticks as fit."""
        while True:
            newest = followed.ring.newest
            count = followed.ring.capacity if newest is None else _READ_TICKS
            head = await self._read(followed, None if newest is None else newest.cursor, count)
            if head is not None and newest is not None and head.top.epoch < newest.cursor.epoch:
                # A stream is ordered by number: the ticks of such an epoch do not come after the ring's.
                head = await self._read_restarted(followed, head.top.epoch, count)
            if head is not None:
                followed.base = head.top._replace(seq=head.base)
            ticks = head.ticks if head is not None else ()
            for tick in ticks:
                followed.append(tick)
            if len(ticks) < count or newest is None:
                break
        followed.set_synced()

    async def _read(self, followed: FollowedSymbol, after: Cursor | None, count: int) -> Head | None:
        return await self._history.read_stream(followed.symbol, after, count, or_newest=True)

    async def _read_restarted(self, followed: FollowedSymbol, epoch: int, count: int) -> Head | None:
        """Read the ticks of an epoch with a lower number; `None`: it may be an earlier state that is repaired soon.

        Proofs of a new numbering: a producer that sends live messages of this epoch, or a head that has stayed in it
        for the time that a repair may take.
        """
        suspicion = self._suspicions.get(followed)
        if suspicion is None or suspicion.epoch != epoch:
            suspicion = self._suspicions[followed] = _Suspicion(epoch, time.monotonic())
            asyncio.get_running_loop().call_later(self._repair_wait_s, self._look_again, followed, suspicion)
        is_old = time.monotonic() - suspicion.since_s >= self._repair_wait_s
        if followed.claimed_epoch != epoch and not is_old:
            return None
        self._suspicions.pop(followed, None)
        return await self._read(followed, Cursor(followed.symbol, epoch, followed.ring.last_seq(epoch)), count)

    def _look_again(self, followed: FollowedSymbol, suspicion: _Suspicion) -> None:
        if self._suspicions.get(followed) is suspicion:
            self.request(followed)
