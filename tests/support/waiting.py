"""Waiting in tests: one deadline for everything, and functions that wait until a condition holds."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from tickql.feed.timings import Timings

T = TypeVar("T")

DEADLINE_S = 50.0
"""Deadline for an event that must come. Far longer than any event takes: machines can be slow and busy."""
PATIENT = Timings(redis_call_s=DEADLINE_S)
"""For tests in which Redis is not away: it may stand still together with the machine."""
TIMEOUTS_S = (1.0, 4.0, 16.0)
"""For what has to end in a timeout with one reason: if the machine stands still just then, the reason is another one.

A test tries one after the other, until the reason is the expected one (see `tries`).
"""
_POLL_S = 0.02


class Changes:
    """Wakes the tasks that wait for a condition, each time that the state behind the condition has changed."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def notify(self) -> None:
        """Check the conditions again."""
        self._changed.set()

    async def until(self, condition: Callable[[], T], deadline_s: float = DEADLINE_S) -> T:
        """Wait until a condition holds. Returns its value.

        Raises:
            TimeoutError: the condition does not hold after `deadline_s`.
        """
        async with asyncio.timeout(deadline_s):
            while not (value := condition()):
                self._changed.clear()
                await self._changed.wait()
        return value


async def tries(attempt: Callable[[float], Awaitable[None]]) -> None:
    """Call `attempt` with longer and longer timeouts, until nothing fails in it and no connection ends early."""
    for timeout_s in TIMEOUTS_S[:-1]:
        with suppress(AssertionError, EOFError, OSError):
            return await attempt(timeout_s)
    return await attempt(TIMEOUTS_S[-1])


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until a condition holds whose changes no event announces: poll it."""
    async for attempt in AsyncRetrying(
        wait=wait_fixed(_POLL_S),
        stop=stop_after_delay(DEADLINE_S),
        retry=retry_if_exception_type(AssertionError),
        reraise=True,
    ):
        with attempt:
            assert await holds()
