"""Fills the rings of followed symbols from their streams, beside the task that receives live messages.

When a connection is new, all followed symbols are requested at once. Most of thousands of symbols have few ticks, and
then a call for each costs more than its ticks. So many symbols are read in one call, a few ticks of each, and only
those that have more in calls of their own.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tickql.feed.followed_symbol import FollowedSymbol
from tickql.feed.head import Head
from tickql.feed.history import History
from tickql.feed.stream_reader import StreamRequest
from tickql.feed.tick import Cursor

_READ_TICKS = 500
"""Ticks read in one call of a ring that has ticks, so that one call stays far below its timeout."""
_SHARED_SYMBOLS = 64
"""Symbols read in one call at most."""
_SHARED_TICKS = 4096
"""Ticks read in one call for several symbols, at most: as many as the ring of one symbol of the API has. A message has
less than a KB."""
FILLERS = 8
"""Calls at the same time: as many as `History` has connections."""


@dataclass(frozen=True, slots=True)
class _Suspicion:
    """A head in an epoch with a lower number than the ring's: an earlier state of Redis, or a new numbering."""

    epoch: int
    since_s: float


class StreamFiller:
    """Reads the streams of the symbols that `request` names. `run` may run several times, for as many calls.

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
        """Fill what is requested until cancelled.

        Raises:
            FeedUnavailable: Redis does not answer.
        """
        while True:
            symbols = await self._take()
            for followed in await self._fill_together(symbols) if len(symbols) > 1 else symbols:
                await self._fill_alone(followed)

    async def _take(self) -> list[FollowedSymbol]:
        """Wait for requests, and return as many of them as leave an equal part to each of the other tasks."""
        symbols = [await self._queue.get()]
        count = min(1 + self._queue.qsize() // FILLERS, _SHARED_SYMBOLS)
        while len(symbols) < count:
            symbols.append(self._queue.get_nowait())
        return symbols

    async def _fill_together(self, symbols: Sequence[FollowedSymbol]) -> list[FollowedSymbol]:
        """Read a few ticks of each symbol in one call. Return the symbols that are to be filled alone."""
        count = _SHARED_TICKS // len(symbols)
        # A request before this moment is served by the call below; one that comes during the call is not.
        self._requested.update(dict.fromkeys(symbols, False))
        requests = [_next_ticks(followed, count) for followed in symbols]
        heads = await self._history.read_streams(requests)
        rest = []
        for followed, request, head in zip(symbols, requests, heads, strict=True):
            is_whole = head is None or (len(head.ticks) < request.count and not _is_restarted(followed, head))
            if is_whole:
                _append(followed, head)
                followed.set_synced()
            if is_whole and not self._requested[followed]:
                del self._requested[followed]
            else:
                rest.append(followed)
        return rest

    async def _fill_alone(self, followed: FollowedSymbol) -> None:
        """Fill one ring, and again if that is requested meanwhile."""
        again = True
        while again:
            # As above: a request that comes during the call is not served by it.
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
            if head is not None and _is_restarted(followed, head):
                # A stream is ordered by number: the ticks of such an epoch do not come after the ring's.
                head = await self._read_restarted(followed, head.top.epoch, count)
            _append(followed, head)
            if head is None or len(head.ticks) < count or newest is None:
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


def _next_ticks(followed: FollowedSymbol, count: int) -> StreamRequest:
    """Return the request of the next ticks of a ring; of an empty one, of the newest that it holds."""
    newest = followed.ring.newest
    after, fitting = (None, followed.ring.capacity) if newest is None else (newest.cursor, count)
    return StreamRequest(followed.symbol, after, min(count, fitting), or_newest=True)


def _is_restarted(followed: FollowedSymbol, head: Head) -> bool:
    """Return whether the head of a symbol is in an epoch with a lower number than the ring's."""
    newest = followed.ring.newest
    return newest is not None and head.top.epoch < newest.cursor.epoch


def _append(followed: FollowedSymbol, head: Head | None) -> None:
    """Append what was read of a symbol; `None`: nothing."""
    if head is None:
        return
    followed.base = head.top._replace(seq=head.base)
    for tick in head.ticks:
        followed.append(tick)
