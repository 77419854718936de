"""A quote sink that records quotes and reports, and waits for them."""

from collections.abc import Callable
from typing import TypeVar

from tests.support.waiting import DEADLINE_S, Changes
from tickql.feed.status import ProducerReport, ProducerState, SymbolReport
from tickql.feed.tick import Quote

T = TypeVar("T")


class Recorder:
    def __init__(self) -> None:
        self.quotes: list[Quote] = []
        self.reports: list[ProducerReport] = []
        self.quotes_before: list[int] = []
        """The number of quotes before each report."""
        self._changes = Changes()

    def publish(self, quote: Quote) -> None:
        self.quotes.append(quote)
        self._changes.notify()

    def report(self, report: ProducerReport) -> None:
        self.reports.append(report)
        self.quotes_before.append(len(self.quotes))
        self._changes.notify()

    def prices(self, symbol: str = "ES") -> list[tuple[str | None, str | None, str | None]]:
        return [(quote.ask, quote.bid, quote.last) for quote in self.quotes if quote.symbol == symbol]

    def lasts(self, symbol: str = "ES") -> list[str | None]:
        return [quote.last for quote in self.quotes if quote.symbol == symbol]

    async def until(self, condition: Callable[[], T], deadline_s: float = DEADLINE_S) -> T:
        """Wait until a quote or report makes `condition` true. Returns its value."""
        try:
            return await self._changes.until(condition, deadline_s)
        except TimeoutError:
            raise AssertionError(f"not within {deadline_s} s: {self.quotes[-5:]} {self.reports[-3:]}") from None

    async def until_last(self, price: str | None, symbol: str = "ES") -> None:
        await self.until(lambda: self.lasts(symbol)[-1:] == [price])

    async def until_prices(self, *prices: str | None, symbol: str = "ES") -> None:
        await self.until(lambda: self.prices(symbol)[-1:] == [prices])

    async def until_state(self, state: ProducerState, symbol: str | None = None, reason: str = "") -> str:
        """Wait until the newest report has this state and a reason that begins with `reason`. Returns the reason."""

        def is_reached() -> bool:
            newest = self._newest_status(symbol)
            return newest is not None and newest.state is state and (newest.reason or "").startswith(reason)

        await self.until(is_reached)
        newest = self._newest_status(symbol)
        return (newest and newest.reason) or ""

    async def until_reason(self, part: str) -> None:
        """Wait until the reason of the newest report contains `part`."""
        await self.until(lambda: bool(self.reports) and part in (self.reports[-1].reason or ""))

    def _newest_status(self, symbol: str | None) -> ProducerReport | SymbolReport | None:
        if not self.reports:
            return None
        return self.reports[-1] if symbol is None else self.reports[-1].symbols.get(symbol)

    async def until_count(self, count: int) -> None:
        await self.until(lambda: len(self.quotes) >= count)
