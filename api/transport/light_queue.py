"""A queue and an event of few bytes: a server may hold tens of thousands of idle connections.

`asyncio.Event` and `asyncio.Queue` take 0.7 and 3 KB each, because every deque in them allocates a block at once.
"""

import asyncio
from typing import Generic, TypeVar

T = TypeVar("T")


class LightEvent:
    """An event that tasks wait for. Implements the part of `asyncio.Event` that uvicorn uses."""

    __slots__ = ("_is_set", "_waiters")

    def __init__(self) -> None:
        self._is_set = False
        self._waiters: list[asyncio.Future[None]] = []

    def is_set(self) -> bool:
        """Whether the event is set."""
        return self._is_set

    def set(self) -> None:
        """Set the event and wake every task that waits for it."""
        self._is_set = True
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    def clear(self) -> None:
        """Reset the event. A task that `set` has woken still continues."""
        self._is_set = False

    async def wait(self) -> None:
        """Wait until the event is set."""
        if self._is_set:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        finally:
            self._waiters.remove(waiter)


class LightQueue(Generic[T]):
    """An unbounded first-in, first-out queue. Implements the part of `asyncio.Queue` that uvicorn uses.

    uvicorn bounds its length: it stops reading from a connection whose messages nobody takes.
    """

    __slots__ = ("_filled", "_messages")

    def __init__(self) -> None:
        self._messages: list[T] = []
        self._filled = LightEvent()

    def put_nowait(self, message: T) -> None:
        """Add a message."""
        self._messages.append(message)
        self._filled.set()

    def empty(self) -> bool:
        """Whether the queue is empty."""
        return not self._messages

    async def get(self) -> T:
        """Wait for a message, then remove and return it."""
        # A loop: of several tasks that a message wakes, only the first finds it.
        while not self._messages:
            self._filled.clear()
            await self._filled.wait()
        return self._messages.pop(0)
