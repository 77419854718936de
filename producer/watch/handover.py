"""Handover from an old page of a feed file to a new page, without a gap in the ticks.

Both pages run side by side. The old page publishes; quotes of the new page are only recorded. Once the new page shows
all that the old page shows, the new page publishes instead. No tick is lost, repeated or out of order across the
change, as far as both pages show the same (see `tickql.producer.quotes.alignment`). The status does not change.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from tickql.feed.status import ProducerReport, ProducerState
from tickql.feed.tick import Quote
from tickql.producer.quotes.alignment import prices_of
from tickql.producer.quotes.catch_up import CatchUp
from tickql.producer.quotes.quote_sink import QuoteSink
from tickql.producer.quotes.splice import splice
from tickql.producer.watch.feed_source import FeedSource

_REMEMBERED_QUOTES = 256
"""Quotes of a symbol that are compared. At 20 quotes a second these are the last 13 seconds."""
_COMMON_QUOTE_S = 3.0
"""How long the old page, if it is behind the new page, may take to show the first quotes of the new page."""
_SEEN_STATES = (ProducerState.LIVE, ProducerState.DEGRADED)


class Handover:
    """One handover: records the quotes of the old page, and is the sink of the new page's source, `new_source`.

    The watchers of both pages call `publish` and `report`; `ready` waits for them in the recycler's task. `complete`
    runs without an `await`, so neither page publishes in the middle of the change.
    """

    def __init__(self, source: FeedSource) -> None:
        self.new_source = source.for_new_page(self)
        self._source = source
        self._sink = source.sink
        self._old_quotes = {
            symbol: _record([state.newest]) for symbol, state in source.quote_builder.symbols.items() if state.newest
        }
        self._new_quotes: dict[str, deque[Quote]] = {}
        self._changed = asyncio.Event()
        source.sink = _RecordingSink(self._sink, self._old_quotes, self._changed)

    def publish(self, quote: Quote) -> None:
        """Record a quote of the new page."""
        self._new_quotes.setdefault(quote.symbol, _record()).append(quote)
        self._changed.set()

    def report(self, report: ProducerReport) -> None:
        """Note that the status of the new page has changed."""
        self._changed.set()

    async def ready(self) -> None:
        """Wait until the new page shows each symbol as well as the old page, and both have a quote in common.

        The wait for a common quote ends after 3 s: pages that show different prices have none.
        """
        await self._until(self._is_complete)
        waiting_for = set(self._new_quotes)
        with suppress(TimeoutError):
            async with asyncio.timeout(_COMMON_QUOTE_S):
                await self._until(lambda: self._have_common_quotes(waiting_for))

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    def abandon(self) -> None:
        """Keep the old page."""
        self._source.sink = self._sink

    def complete(self) -> None:
        """Let the new page publish in place of the old page. The old page must not publish any more."""
        self._source.sink = self._sink
        self.new_source.take_over_from(self._source)
        old = {symbol: list(quotes) for symbol, quotes in self._old_quotes.items()}
        new = {symbol: list(quotes) for symbol, quotes in self._new_quotes.items()}
        states = self.new_source.quote_builder.symbols
        self.new_source.sink = splice(old, new, states, self._sink, self._end_catch_up)

    def _end_catch_up(self) -> None:
        # The next handover may have begun meanwhile: then the sink is that handover's, around the catch-up.
        if isinstance(self.new_source.sink, CatchUp):
            self.new_source.sink = self._sink

    def _have_common_quotes(self, waiting_for: set[str]) -> bool:
        """Remove the symbols for which one page ends with what the other has shown. Returns whether none is left."""
        for symbol in list(waiting_for):
            old, new = self._old_quotes.get(symbol), self._new_quotes[symbol]
            if old is None or _ends_within(new, old) or _ends_within(old, new):
                waiting_for.discard(symbol)
        return not waiting_for

    def _is_complete(self) -> bool:
        """Whether the new page shows each symbol that the old page shows."""
        old, new = self._source.page_status.latest_report, self.new_source.page_status.latest_report
        # A page that is observed worse than the old one misses changes, and so the quotes both have in common.
        if old is None or new is None or new.state not in (ProducerState.LIVE, old.state):
            return False
        seen = {symbol for symbol, each in new.symbols.items() if each.state in _SEEN_STATES and self._is_whole(symbol)}
        return all(symbol in seen for symbol, each in old.symbols.items() if each.state in _SEEN_STATES)

    def _is_whole(self, symbol: str) -> bool:
        """Whether the new page has read a symbol by each rule by which the old page has, and each price that it has."""
        old, new = (source.quote_builder.symbols.get(symbol) for source in (self._source, self.new_source))
        if old is None:
            return True
        if new is None or not set(old.rules) <= set(new.rules):
            return False
        # A page that has just been opened may show empty cells for a moment.
        shown, newly = ((None,) * 3 if each.newest is None else prices_of(each.newest) for each in (old, new))
        return all(after is not None for before, after in zip(shown, newly, strict=True) if before is not None)


class _RecordingSink:
    """The sink of the old page during a handover: records each quote, then passes it on."""

    def __init__(self, sink: QuoteSink, quotes: dict[str, deque[Quote]], changed: asyncio.Event) -> None:
        self._sink = sink
        self._quotes = quotes
        self._changed = changed

    def publish(self, quote: Quote) -> None:
        self._quotes.setdefault(quote.symbol, _record()).append(quote)
        self._sink.publish(quote)
        self._changed.set()

    def report(self, report: ProducerReport) -> None:
        self._sink.report(report)
        self._changed.set()


def _ends_within(quotes: Sequence[Quote], others: Iterable[Quote]) -> bool:
    prices = prices_of(quotes[-1])
    return any(prices_of(quote) == prices for quote in others)


def _record(quotes: Iterable[Quote] = ()) -> deque[Quote]:
    return deque(quotes, _REMEMBERED_QUOTES)
