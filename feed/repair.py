"""Waiting while Redis and a ring are in different states: Redis has lost ticks, or the ring has not got them yet."""

import asyncio
from collections.abc import Awaitable, Callable

from tenacity import AsyncRetrying, retry_if_result, stop_after_delay, wait_random_exponential

from tickql.feed.connection import retry_until_available
from tickql.feed.followed_symbol import FollowedSymbol
from tickql.feed.history import History
from tickql.feed.tick import Cursor, Tick


async def read_repaired(
    read: Callable[[Cursor], Awaitable[tuple[Tick, ...]]], cursor: Cursor, repair_wait_s: float
) -> tuple[Tick, ...]:
    """Read until Redis has the ticks after `cursor` again, or the time is over: then no ticks.

    Redis has lost ticks that the ring holds. The producer probably sends them again at this moment.
    """
    reading: AsyncRetrying = AsyncRetrying(
        wait=wait_random_exponential(multiplier=0.1, max=1.0),
        stop=stop_after_delay(repair_wait_s),
        retry=retry_if_result(lambda ticks: not ticks),
        retry_error_callback=lambda _: (),
    )
    ticks: tuple[Tick, ...] = await reading(read, cursor)
    return ticks


async def wait_while_lagging(followed: FollowedSymbol, history: History, cursor: Cursor, repair_wait_s: float) -> None:
    """Wait while Redis is in another epoch than the ring: it may be that of `cursor`, which the client has seen.

    Not for longer than a repair may take without a tick: Redis may have gone back to an earlier state.
    """
    ring = followed.ring
    while ring.newest is not None and ring.index_after(cursor) is None:
        state = await retry_until_available(lambda: history.head_state(followed.symbol))
        if state is None or state.epoch == ring.newest.cursor.epoch:
            return
        try:
            async with asyncio.timeout(repair_wait_s):
                await followed.wait_for_tick()
        except TimeoutError:
            return
