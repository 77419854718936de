"""Replay: publishes the quotes of a recording again, with their original distances in time."""

import asyncio
import time
from collections.abc import Callable, Iterable

from tickql.feed.publisher import Publisher
from tickql.feed.tick import Quote

_MAX_UNCONFIRMED = 500
"""Quotes that may wait for Redis: fewer than a publisher keeps of one symbol, so that none is dropped."""


async def replay(
    quotes: Iterable[Quote],
    publisher: Publisher,
    *,
    speed: float | None = 1.0,
    original_times: bool = False,
    on_quote: Callable[[Quote], None] | None = None,
) -> None:
    """Publish quotes in their order, each with its own digits, and return when Redis has confirmed all of them.

    During an outage of Redis the replay waits. It then catches up as fast as Redis allows.

    Args:
        quotes: such as `read_recording(path)`.
        publisher: a publisher whose `async with` block has been entered.
        speed: divisor of the distances in time; `None`: publish as fast as Redis accepts quotes.
        original_times: publish each quote with the time of the recording in place of the present time.
        on_quote: called after each quote.

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
        # The times of a feed never go back, even if the clock of this machine is set back.
        now_us = max(now_us, time.time_ns() // 1000)
        publisher.publish(quote if original_times else quote._replace(observed_us=now_us))
        if on_quote is not None:
            on_quote(quote)
        if number % _MAX_UNCONFIRMED == 0:
            await publisher.flush()
    await publisher.flush()
