"""The market of the tests: numbered quotes, published with the real publisher."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tests.support.waiting import PATIENT
from tickql.feed.history import History
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor, Quote, Tick
from tickql.feed.writer import now_us

_BEGIN_US = 1_739_952_125_053_123
"""2025-02-19 08:02:05.053123 UTC. Quote n is observed n seconds later."""


def quote(number: int, symbol: str = "ES") -> Quote:
    """Return quote `number`: LAST is the number, and the time is `number` seconds after the beginning."""
    return Quote(symbol, f"{number}.50", f"{number}.25", str(number), _BEGIN_US + number * 1_000_000)


def number_of(tick: Tick) -> int:
    """Return the number of the quote that became a tick."""
    assert tick.last is not None
    return int(tick.last)


def publish(publisher: Publisher, *numbers: int, symbol: str = "ES") -> None:
    """Publish quotes by their numbers."""
    for number in numbers:
        publisher.publish(quote(number, symbol))


class Market:
    """Publishes quotes 1, 2, 3, ... of each symbol. In an empty feed, quote n becomes the tick with seq n."""

    def __init__(self, publisher: Publisher) -> None:
        self.publisher = publisher
        self.seqs: Counter[str] = Counter()
        """The number of quotes published so far, by symbol."""

    def tick(self, symbol: str = "ES", count: int = 1) -> None:
        """Publish the next `count` quotes of a symbol."""
        for _ in range(count):
            self.seqs[symbol] += 1
            publish(self.publisher, self.seqs[symbol], symbol=symbol)


def skewed_clock(ahead_s: int) -> Callable[[], int]:
    """Return the clock of a host that is ahead of the true time."""
    return lambda: now_us() + ahead_s * 1_000_000


@asynccontextmanager
async def open_market(settings: FeedSettings) -> AsyncIterator[Market]:
    """Yield a market. When the context ends, Redis has all its ticks."""
    async with Publisher(settings, "test") as publisher:
        yield Market(publisher)


async def fill(settings: FeedSettings, *numbers: int, symbol: str = "ES", clock_ahead_s: int = 0) -> Cursor:
    """Publish quotes with a producer that then stops. Returns the cursor of the last quote.

    `clock_ahead_s`: how far the clock of the producer's host is ahead of the true time.
    """
    clock = skewed_clock(clock_ahead_s)
    async with (
        Publisher(settings, "test", clock_us=clock) as publisher,
        History(settings, PATIENT) as history,
    ):
        publish(publisher, *numbers, symbol=symbol)
        await publisher.flush()
        tick = await history.latest(symbol)
    assert tick is not None
    return tick.cursor
