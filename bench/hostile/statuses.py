"""A page whose 3,000 symbols change their state: `python -m bench.hostile.statuses REDIS_URL NAMESPACE`."""

import asyncio
import sys
import time

from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState, SymbolReport

_SYMBOLS = 3000
_CHANGE_S = 0.5


def _report(state: ProducerState) -> ProducerReport:
    now_us = time.time_ns() // 1000
    symbol = SymbolReport(state=state, reason="the page shows no price here", since_us=now_us)
    symbols = {f"R{number}": symbol for number in range(_SYMBOLS)}
    return ProducerReport(source="statuses", state=state, since_us=now_us, heard_us=now_us, symbols=symbols)


async def _main(redis_url: str, namespace: str) -> None:
    settings = FeedSettings(redis_url=redis_url, namespace=namespace)
    async with Publisher(settings, "statuses") as publisher:
        while True:
            for state in (ProducerState.DEGRADED, ProducerState.MISSING):
                publisher.report(_report(state))
                await asyncio.sleep(_CHANGE_S)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:3]))
