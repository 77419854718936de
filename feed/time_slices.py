"""Long computations in slices of a millisecond, with the rest of the event loop between them.

A document that nobody has sent before, or a page of a thousand ticks, takes many milliseconds to compute. In one piece
it would hold up every subscriber. Such code calls `pause` at many places; `TimeSlices.run` lets it run in a greenlet of
its own, which a pause leaves and the next slice enters again. So code of libraries, too, can be interrupted, wherever
it calls a function of ours.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Hashable
from contextvars import ContextVar, copy_context
from time import monotonic
from typing import Any, Generic, TypeVar

from greenlet import greenlet

from tickql.feed.fair_turns import current_client

_SLICE_S = 0.001
"""Seconds of one slice: by about so much one computation delays a tick."""
_TURNS_BETWEEN_SLICES = 4
"""Turns of the event loop between two slices. A tick passes from the socket of Redis to the subscribers in so many."""
_SHARE, _MAX_SLICE_S = 0.2, 0.005
"""A slice lasts at least this share of the time since the last one, up to so many seconds. On a busy process the turns
between two slices take long: without a share of the time a computation would take many times as long as the rest."""

Result = TypeVar("Result")


def pause() -> None:
    """Let everything else run if the slice of the running computation is over. Does nothing outside of `run`."""
    computation = _current.get()
    if computation is not None and monotonic() >= computation.end_s:
        computation.leave()


class TimeSlices:
    """The computations of one process. Of each client one runs at a time, and the clients have slices in rotation."""

    def __init__(self, slice_s: float = _SLICE_S) -> None:
        """`slice_s`: the length of a slice in seconds. 0: every `pause` ends one."""
        self._slice_s = slice_s
        self._waiting: dict[Hashable | None, deque[_Computation[Any]]] = {}
        """By client, the next one first. Never an empty queue. The first computation of a queue has begun, or is next:
        what a client asks for at once must not be in memory half done at once."""
        self._is_between_slices = False
        self._ended_s = math.inf
        """When the last slice ended, by the monotonic clock. Infinite: there was none a moment ago."""

    async def run(self, compute: Callable[[], Result]) -> Result:
        """Return the result of a computation, or raise its exception.

        It sees the context variables of the caller. If this call is cancelled, `GreenletExit` ends it at its pause.
        """
        computation = _Computation(compute)
        self._waiting.setdefault(current_client.get(), deque()).append(computation)
        if not self._is_between_slices:
            self._slice()
        return await computation.result

    async def turn(self) -> None:
        """Wait for the next slice of the current client, which the code behind this call takes the place of."""
        await self.run(_nothing)

    def _slice(self) -> None:
        """Run one slice, of the client that has waited longest."""
        if not self._waiting:
            self._is_between_slices, self._ended_s = False, math.inf
            return
        self._is_between_slices = True
        asyncio.get_running_loop().call_soon(self._rest, _TURNS_BETWEEN_SLICES)
        client = next(iter(self._waiting))
        queue = self._waiting.pop(client)
        if queue[0].advance(self._end_of_slice()):
            queue.popleft()
        self._ended_s = monotonic()
        if queue:
            self._waiting[client] = queue

    def _end_of_slice(self) -> float:
        if not self._slice_s:
            return 0.0
        now_s = monotonic()
        share_s = _SHARE * max(0.0, now_s - self._ended_s)
        return now_s + max(self._slice_s, min(share_s, _MAX_SLICE_S))

    def _rest(self, turns: int) -> None:
        if turns:
            asyncio.get_running_loop().call_soon(self._rest, turns - 1)
        else:
            self._slice()


class _Computation(Generic[Result]):
    """A computation and the greenlet that it runs in."""

    __slots__ = ("_compute", "_greenlet", "end_s", "result")

    def __init__(self, compute: Callable[[], Result]) -> None:
        self.result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self.end_s = math.inf
        """The end of its slice, by the monotonic clock. Infinite while it has none."""
        self._compute = compute
        self._greenlet = greenlet(self._run)
        self._greenlet.gr_context = copy_context()

    def advance(self, end_s: float) -> bool:
        """Run until a pause after `end_s`, or to the end if nobody waits for the result. Returns whether it is done."""
        if self.result.done():
            self._greenlet.throw()
            return True
        self.end_s = end_s
        try:
            self._greenlet.switch()
        finally:
            self.end_s = math.inf
        return bool(self._greenlet.dead)

    def leave(self) -> None:
        """Return to the event loop until the next slice."""
        self._greenlet.parent.switch()

    def _run(self) -> None:
        token = _current.set(self)
        try:
            result = self._compute()
        except Exception as error:  # noqa: BLE001 - the caller gets it
            self.result.set_exception(error)
        else:
            self.result.set_result(result)
        finally:
            # The context may outlive this computation, in tasks that it has started.
            _current.reset(token)


_current: ContextVar[_Computation[Any] | None] = ContextVar("computation", default=None)
"""The computation that this context belongs to. `None`: this code runs in no slice."""


def _nothing() -> None: ...
