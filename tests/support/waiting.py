"""Waiting for what no event tells of."""

from collections.abc import Awaitable, Callable

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from tests.support.patience import PATIENCE_S


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until a condition holds."""
    async for attempt in AsyncRetrying(
        wait=wait_fixed(0.02),
        stop=stop_after_delay(PATIENCE_S),
        retry=retry_if_exception_type(AssertionError),
        reraise=True,
    ):
        with attempt:
            assert await holds()
