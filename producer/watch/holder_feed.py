"""What the holder of a lease has published, as its standby reads it: to compare with the page, and to continue it."""

import asyncio
import time
from collections.abc import Collection, Mapping
from types import TracebackType
from typing import Self

from tickql.feed.errors import FeedUnavailable, InvalidMessage
from tickql.feed.history import History
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState
from tickql.feed.tick import Quote, Tick
from tickql.producer.quotes.alignment import Prices, prices_of

_NEWEST_TICKS = 256
"""Published ticks of a symbol that are compared. At 20 ticks a second these are the last 13 seconds."""
_COMMON_QUOTE_S = 3.0
"""Pages without a quote in common for this long count as pages that show different prices."""
_RETRY_S = 0.1
_SEEN_STATES = (ProducerState.LIVE, ProducerState.DEGRADED)


class HolderFeed:
    """The published quotes and the newest report of `source`. An async context manager."""

    def __init__(self, settings: FeedSettings, source: str) -> None:
        self._history = History(settings)
        self._source = source
        self._published: dict[str, set[Prices]] = {}
        """The prices that the holder has shown since the first comparison."""
        self._compared_since_s: float | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._history.close()

    async def compare(self, own: ProducerReport, recorded: Mapping[str, Collection[Quote]]) -> str | None:
        """Say what the own page lacks of that of the holder, as part of a sentence; an empty text: nothing.

        `None`: that cannot be said, because Redis does not answer.
        """
        try:
            report = await self._report()
            ticks = {symbol: tick for symbol, tick in await self._newest_ticks(recorded) if tick is not None}
        except FeedUnavailable:
            return None
        if own.state is not ProducerState.LIVE and (report is None or own.state is not report.state):
            return f"the page is {own.state}" + (f": {own.reason}" if own.reason else "")
        if report is not None:
            for symbol, each in report.symbols.items():
                if each.state in _SEEN_STATES and not (symbol in own.symbols and _is_seen(own, symbol)):
                    return f"{symbol} is not shown"
        for symbol, tick in ticks.items():
            if _lacks_prices(recorded[symbol], tick):
                return f"{symbol} has not every price"
        return self._compare_quotes(ticks, recorded)

    async def newest_quotes(self, symbols: Collection[str]) -> dict[str, list[Quote]]:
        """Return the newest published quotes of each symbol, in order. A symbol without one is left out.

        Waits while Redis does not answer.
        """
        while True:
            try:
                pages = await asyncio.gather(*(self._history.page(symbol, last=_NEWEST_TICKS) for symbol in symbols))
            except FeedUnavailable:
                await asyncio.sleep(_RETRY_S)
                continue
            quotes = {
                symbol: [_quote(symbol, tick) for tick in page.ticks]
                for symbol, page in zip(symbols, pages, strict=True)
            }
            return {symbol: each for symbol, each in quotes.items() if each}

    @staticmethod
    def is_live(report: ProducerReport | None) -> bool:
        """Whether a page shows prices."""
        return report is not None and report.state in _SEEN_STATES

    async def _report(self) -> ProducerReport | None:
        reports = await self._history.producer_reports()
        try:
            return ProducerReport.decode(reports[self._source]) if self._source in reports else None
        except InvalidMessage:
            return None

    async def _newest_ticks(self, symbols: Collection[str]) -> list[tuple[str, Tick | None]]:
        return list(zip(symbols, await self._history.latest_of(list(symbols)), strict=True))

    def _compare_quotes(self, ticks: Mapping[str, Tick], recorded: Mapping[str, Collection[Quote]]) -> str:
        """Say which symbol has no quote that both pages have shown. The one that is ahead has shown it before."""
        if self._compared_since_s is None:
            self._compared_since_s = time.monotonic()
        if time.monotonic() - self._compared_since_s > _COMMON_QUOTE_S:
            return ""
        for symbol, tick in ticks.items():
            self._published.setdefault(symbol, set()).add(prices_of(_quote(symbol, tick)))
        for symbol, published in self._published.items():
            if symbol in recorded and not any(prices_of(quote) in published for quote in recorded[symbol]):
                return f"{symbol} shows other prices"
        return ""


def _is_seen(report: ProducerReport, symbol: str) -> bool:
    return report.symbols[symbol].state in _SEEN_STATES


def _lacks_prices(quotes: Collection[Quote], tick: Tick) -> bool:
    newest = list(quotes)[-1]
    shown = prices_of(newest), (tick.ask, tick.bid, tick.last)
    return any(mine is None and theirs is not None for mine, theirs in zip(*shown, strict=True))


def _quote(symbol: str, tick: Tick) -> Quote:
    return Quote(symbol, tick.ask, tick.bid, tick.last, tick.observed_us)
