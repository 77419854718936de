"""The catch-up after a handover: a new page that is behind the old page repeats quotes that are published already."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping

from tickql.feed.status import ProducerReport
from tickql.feed.tick import Quote
from tickql.producer.quotes.alignment import Prices, prices_of
from tickql.producer.quotes.quote_sink import QuoteSink

_TIMEOUT_S = 2.0
"""A page that is further behind, or skips a published quote for good, is published as it is."""


class CatchUp:
    """The sink of a new page until it has caught up in every symbol, or for two seconds. Then `end` is called.

    Quotes of a symbol that has not caught up:

    | quote of the new page                      | what is done                                                     |
    | ------------------------------------------ | ---------------------------------------------------------------- |
    | the old page has published it              | dropped, with the held quotes: the old page had skipped those    |
    | the old page has not published it          | held until it is clear which of the two pages has skipped quotes |
    | two seconds are over                       | the held quotes are published: late, but in order                |
    """

    def __init__(
        self,
        sink: QuoteSink,
        behind: Mapping[str, Iterable[Prices]],
        end: Callable[[], None],
        dropped: Callable[[Quote], None] = lambda quote: None,
    ) -> None:
        """`behind`: for each symbol the published prices that the new page has not shown yet; not empty.

        `dropped` is called with each quote that is dropped: a later one must tell what it says of lost changes.
        """
        self._dropped = dropped
        self._sink = sink
        self._behind = {symbol: deque(prices) for symbol, prices in behind.items()}
        self._held: defaultdict[str, list[Quote]] = defaultdict(list)
        self._end = end
        asyncio.get_running_loop().call_later(_TIMEOUT_S, self._on_timeout)

    def publish(self, quote: Quote) -> None:
        """Publish a quote, if its symbol has caught up."""
        published = self._behind.get(quote.symbol)
        if published is None:
            self._sink.publish(quote)
        elif prices_of(quote) not in published:
            self._held[quote.symbol].append(quote)
        else:
            for each in (*self._held.pop(quote.symbol, ()), quote):
                self._dropped(each)
            # The new page has skipped the published prices before this one: it will not show them any more.
            while published.popleft() != prices_of(quote):
                pass
            if not published:
                del self._behind[quote.symbol]
                if not self._behind:
                    self._end()

    def report(self, report: ProducerReport) -> None:
        """Pass a report on."""
        self._sink.report(report)

    def _on_timeout(self) -> None:
        if not self._behind:
            return
        self._behind.clear()
        for quotes in self._held.values():
            for quote in quotes:
                self._sink.publish(quote)
        self._held.clear()
        self._end()
