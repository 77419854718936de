"""Publishes ticks of many symbols, evenly: `python -m bench.relay_market REDIS NAMESPACE SYMBOLS RATE`."""

import asyncio
import sys
import time

from bench.ticker import quotes, symbol
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings

_PERIOD_S = 0.01
_LATEST_S = 1.0
"""What is later than this is not caught up with."""


async def main(redis_url: str, namespace: str, symbols: int, rate: int) -> None:
    """Publish `rate` ticks a second of all symbols together, a few of them each 10 ms, until SIGTERM."""
    names = [symbol(number) for number in range(symbols)]
    async with Publisher(FeedSettings(redis_url=redis_url, namespace=namespace), "bench") as publisher:
        sent, due = 0, time.monotonic()
        while True:
            now_s, now_us = time.monotonic(), time.time_ns() // 1000
            due = max(due, now_s - _LATEST_S)
            count = max(0, round((now_s - due) * rate))
            for number in range(sent, sent + count):
                round_, place = divmod(number, symbols)
                publisher.publish(quotes(names[place : place + 1], round_, now_us)[0])
            sent += count
            due += count / rate
            await asyncio.sleep(_PERIOD_S)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
