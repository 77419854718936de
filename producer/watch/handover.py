"""From one page of a feed file to the next: the new one is complete before the old one falls silent.

Until then the old page publishes and the new one rehearses. No tick is lost, repeated or out of order across the
change, as far as both pages show the same (see `tickql.producer.quotes.alignment`), and the status knows nothing of it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from tickql.feed.status import ProducerReport, ProducerState
from tickql.feed.tick import Quote
from tickql.producer.quotes.alignment import Prices, align, prices_of
from tickql.producer.quotes.catch_up import CatchUp
from tickql.producer.quotes.quote_sink import QuoteSink
from tickql.producer.watch.feed_source import FeedSource

_REMEMBERED_QUOTES = 256
_MEET_S = 3.0
"""How long the old page, if it is behind, may take to show what the new one began with."""
_WELL = (ProducerState.LIVE, ProducerState.DEGRADED)


class Handover:
    """Overhears the page that publishes, and is the outlet of the one that rehearses: `successor`."""

    def __init__(self, source: FeedSource) -> None:
        self.successor = source.successor(self)
        self._source = source
        self._sink = source.sink
        self._old = {
            symbol: _memory([state.newest]) for symbol, state in source.quote_builder.symbols.items() if state.newest
        }
        self._new: dict[str, deque[Quote]] = {}
        self._changed = asyncio.Event()
        source.sink = _Overheard(self._sink, self._old, self._changed)

    def publish(self, quote: Quote) -> None:
        """A quote of the rehearsal."""
        self._new.setdefault(quote.symbol, _memory()).append(quote)
        self._changed.set()

    def report(self, report: ProducerReport) -> None:
        """How the new page is seen."""
        self._changed.set()

    async def ready(self) -> None:
        """Wait until the new page is seen as well as the old one in each symbol, and both have met."""
        await self._until(self._is_seen)
        apart = set(self._new)
        with suppress(TimeoutError):
            async with asyncio.timeout(_MEET_S):
                await self._until(lambda: self._have_met(apart))

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    def abandon(self) -> None:
        """Go on with the old page as if nothing had been."""
        self._source.sink = self._sink

    def complete(self) -> None:
        """Let the new page publish in place of the old one, which is to say nothing more."""
        self._source.sink = self._sink
        self.successor.succeed(self._source)
        behind: dict[str, Sequence[Prices]] = {}
        for symbol, quotes in self._new.items():
            old = self._old.get(symbol, ())
            join = align(list(old), list(quotes))
            for quote in join.ahead:
                # The pages need not agree on the time either; a symbol's does not go back.
                observed_us = max(quote.observed_us, old[-1].observed_us) if old else quote.observed_us
                self._sink.publish(quote._replace(observed_us=observed_us))
            if old:
                state = self.successor.quote_builder.symbols[symbol]
                state.observed_us = max(state.observed_us, old[-1].observed_us)
            if join.behind:
                behind[symbol] = join.behind
        self.successor.sink = CatchUp(self._sink, behind, self._level) if behind else self._sink

    def _level(self) -> None:
        # Unless the next handover overhears it already.
        if isinstance(self.successor.sink, CatchUp):
            self.successor.sink = self._sink

    def _have_met(self, apart: set[str]) -> bool:
        """Whether none is left in `apart`; a symbol is taken out once one page ends with what the other has shown."""
        for symbol in list(apart):
            old, new = self._old.get(symbol), self._new[symbol]
            if old is None or _ends_in(new, old) or _ends_in(old, new):
                apart.discard(symbol)
        return not apart

    def _is_seen(self) -> bool:
        old, new = self._source.page_status.latest, self.successor.page_status.latest
        # Of a page that is seen with less than promised some changes are missing, and so the common ground.
        if old is None or new is None or new.state not in (ProducerState.LIVE, old.state):
            return False
        seen = {symbol for symbol, each in new.symbols.items() if each.state in _WELL and self._is_whole(symbol)}
        return all(symbol in seen for symbol, each in old.symbols.items() if each.state in _WELL)

    def _is_whole(self, symbol: str) -> bool:
        """Whether all rules have told of a symbol on the new page that have on the old one."""
        old, new = (source.quote_builder.symbols.get(symbol) for source in (self._source, self.successor))
        return old is None or (new is not None and set(old.rules) <= set(new.rules))


class _Overheard:
    """The outlet of the old page."""

    def __init__(self, sink: QuoteSink, heard: dict[str, deque[Quote]], changed: asyncio.Event) -> None:
        self._sink = sink
        self._heard = heard
        self._changed = changed

    def publish(self, quote: Quote) -> None:
        self._heard.setdefault(quote.symbol, _memory()).append(quote)
        self._sink.publish(quote)
        self._changed.set()

    def report(self, report: ProducerReport) -> None:
        self._sink.report(report)
        self._changed.set()


def _ends_in(one: Sequence[Quote], other: Iterable[Quote]) -> bool:
    prices = prices_of(one[-1])
    return any(prices_of(quote) == prices for quote in other)


def _memory(quotes: Iterable[Quote] = ()) -> deque[Quote]:
    return deque(quotes, _REMEMBERED_QUOTES)
