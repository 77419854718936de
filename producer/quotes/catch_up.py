"""A page that took over while it was behind the one before it catches up: what is published already is left out."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping

from tickql.feed.status import ProducerReport
from tickql.feed.tick import Quote
from tickql.producer.quotes.alignment import Prices, prices_of
from tickql.producer.quotes.quote_sink import QuoteSink

_PATIENCE_S = 2.0


class CatchUp:
    """The outlet of such a page, until it is level in each symbol or two seconds are over; `end` is called then.

    A quote that the old page did not publish is held. If a published one follows it, it is old: the old page has left
    it out. If none does, the new page has left out the rest, and it is published, late but in order.
    """

    def __init__(self, sink: QuoteSink, behind: Mapping[str, Iterable[Prices]], end: Callable[[], None]) -> None:
        """`behind`: for each symbol what the new page has yet to show until it is level; not empty."""
        self._sink = sink
        self._behind = {symbol: deque(prices) for symbol, prices in behind.items()}
        self._held: defaultdict[str, list[Quote]] = defaultdict(list)
        self._end = end
        asyncio.get_running_loop().call_later(_PATIENCE_S, self._give_up)

    def publish(self, quote: Quote) -> None:
        """Publish it if the symbol is level."""
        published = self._behind.get(quote.symbol)
        if published is None:
            self._sink.publish(quote)
        elif prices_of(quote) not in published:
            self._held[quote.symbol].append(quote)
        else:
            self._held.pop(quote.symbol, None)
            while published.popleft() != prices_of(quote):
                pass
            if not published:
                del self._behind[quote.symbol]
                if not self._behind:
                    self._end()

    def report(self, report: ProducerReport) -> None:
        """Pass it on."""
        self._sink.report(report)

    def _give_up(self) -> None:
        if not self._behind:
            return
        self._behind.clear()
        for quotes in self._held.values():
            for quote in quotes:
                self._sink.publish(quote)
        self._held.clear()
        self._end()
