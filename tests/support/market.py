"""A market for tests: it publishes ticks with the real publisher."""

import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Quote

_OBSERVED_US = 1_739_952_125_053_123


class Market:
    """Publishes ticks of any symbol. Tick n of a symbol has seq n and LAST `n.00`."""

    def __init__(self, publisher: Publisher) -> None:
        self.publisher = publisher
        self.seqs: Counter[str] = Counter()

    def tick(self, symbol: str = "ES", count: int = 1) -> None:
        """Publish the next `count` ticks of a symbol."""
        for _ in range(count):
            self.seqs[symbol] = n = self.seqs[symbol] + 1
            quote = Quote(symbol, f"{n}.50", f"{n - 1}.50", f"{n}.00", _OBSERVED_US + n * 1_000_000)
            self.publisher.publish(quote)

    @staticmethod
    def now_us() -> int:
        return time.time_ns() // 1000


@asynccontextmanager
async def open_market(settings: FeedSettings) -> AsyncIterator[Market]:
    """Yield a market. When the context ends, Redis has all its ticks."""
    async with Publisher(settings, "test") as publisher:
        yield Market(publisher)


async def publish(settings: FeedSettings, symbol: str = "ES", count: int = 1) -> None:
    """Publish ticks 1 to `count` and wait until Redis has them."""
    async with open_market(settings) as market:
        market.tick(symbol, count)
