"""Turns of clients at a limited number of connections: a client that asks for much waits for itself."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from contextvars import ContextVar

from tickql.feed.errors import FeedBusy

current_client: ContextVar[Hashable | None] = ContextVar("current_client", default=None)
"""The client for which the running task works. `None`: for this process itself."""


class FairTurns:
    """`slots` callers have a turn at the same time. Of those that wait, one of each client is next, in rotation."""

    def __init__(self, slots: int, max_waiting: int) -> None:
        """`max_waiting`: how many callers of one client may wait. This process itself has no such limit."""
        self._free = slots
        self._max_waiting = max_waiting
        self._waiting: dict[Hashable | None, deque[asyncio.Future[None]]] = {}
        """Never an empty queue. The first client is next."""

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and have it.

        Raises:
            FeedBusy: too many callers of the current client wait already.
        """
        await self._take()
        try:
            yield
        finally:
            self._give()

    def fail_waiting(self, error: Callable[[], Exception]) -> None:
        """Let every caller that waits fail, each with an error of its own."""
        waiting, self._waiting = self._waiting, {}
        for ready in (each for queue in waiting.values() for each in queue):
            if not ready.done():
                ready.set_exception(error())

    async def _take(self) -> None:
        if self._free:
            self._free -= 1
            return
        client = current_client.get()
        queue = self._waiting.setdefault(client, deque())
        if client is not None and len(queue) >= self._max_waiting:
            raise FeedBusy(f"{len(queue)} calls of one client wait for redis")
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(ready)
        try:
            await ready
        except asyncio.CancelledError:
            # The turn may have come in the moment of the cancellation.
            if ready.done() and not ready.cancelled() and ready.exception() is None:
                self._give()
            raise

    def _give(self) -> None:
        while self._waiting:
            client = next(iter(self._waiting))
            queue = self._waiting.pop(client)
            ready = queue.popleft()
            if queue:
                self._waiting[client] = queue
            if not ready.done():
                ready.set_result(None)
                return
        self._free += 1
