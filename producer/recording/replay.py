"""A recording as a live feed: quotes published again with the distances at which they were seen."""

import asyncio
import time
from collections.abc import Callable, Iterable

from tickql.feed.publisher import Publisher
from tickql.feed.tick import Quote

_AT_ONCE = 500
"""Quotes that may wait for Redis at a time: fewer than a publisher keeps of any symbol, so that none is dropped."""


async def replay(
    quotes: Iterable[Quote],
    publisher: Publisher,
    *,
    speed: float | None = 1.0,
    original_times: bool = False,
    on_quote: Callable[[Quote], None] | None = None,
) -> None:
    """Publish quotes in their order, every one with its digits, and return when Redis has confirmed them all.

    While Redis is away it waits, and then catches up.

    Args:
        quotes: such as `read_recording(path)`.
        publisher: entered.
        speed: by what the distances in time are divided; `None`: as fast as Redis takes them.
        original_times: publish each quote with the time at which it was recorded, not with that of its replay.
        on_quote: called after each.

    Raises:
        tickql.feed.errors.Fenced: another producer has taken over.
        RecordingError: from `quotes`, when the file is wrong.
    """
    clock = asyncio.get_running_loop().time
    begin_s, first_us, reached_us, now_us = clock(), -1, 0, 0
    for number, quote in enumerate(quotes, 1):
        first_us = quote.observed_us if first_us < 0 else first_us
        reached_us = max(reached_us, quote.observed_us)
        if speed is not None:
            wait_s = begin_s + (reached_us - first_us) / 1e6 / speed - clock()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
        # A clock that is set back does not take the feed's time back.
        now_us = max(now_us, time.time_ns() // 1000)
        publisher.publish(quote if original_times else quote._replace(observed_us=now_us))
        if on_quote is not None:
            on_quote(quote)
        if number % _AT_ONCE == 0:
            await publisher.flush()
    await publisher.flush()
