"""An outlet that keeps what the producer says, and waits for it."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from tests.support.patience import PATIENCE_S
from tickql.feed.status import ProducerReport, ProducerState, SymbolReport
from tickql.feed.tick import Quote

T = TypeVar("T")

DEADLINE_S = PATIENCE_S


class Recorder:
    def __init__(self) -> None:
        self.quotes: list[Quote] = []
        self.reports: list[ProducerReport] = []
        self.quotes_before: list[int] = []
        """How many quotes had come when each report came."""
        self._changed = asyncio.Event()

    def publish(self, quote: Quote) -> None:
        self.quotes.append(quote)
        self._changed.set()

    def report(self, report: ProducerReport) -> None:
        self.reports.append(report)
        self.quotes_before.append(len(self.quotes))
        self._changed.set()

    def prices(self, symbol: str = "ES") -> list[tuple[str | None, str | None, str | None]]:
        return [(quote.ask, quote.bid, quote.last) for quote in self.quotes if quote.symbol == symbol]

    def lasts(self, symbol: str = "ES") -> list[str | None]:
        return [quote.last for quote in self.quotes if quote.symbol == symbol]

    async def until(self, condition: Callable[[], T], deadline_s: float = DEADLINE_S) -> T:
        """Wait until something that was said makes `condition` true. Returns its value."""
        try:
            async with asyncio.timeout(deadline_s):
                while not (value := condition()):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"in {deadline_s} s only: {self.quotes[-5:]} {self.reports[-3:]}") from None
        return value

    async def until_last(self, price: str | None, symbol: str = "ES") -> None:
        await self.until(lambda: self.lasts(symbol)[-1:] == [price])

    async def until_prices(self, *prices: str | None, symbol: str = "ES") -> None:
        await self.until(lambda: self.prices(symbol)[-1:] == [prices])

    async def until_state(self, state: ProducerState, symbol: str | None = None, reason: str = "") -> str:
        """Wait until the newest report says so, with a reason that begins so. Returns the reason."""

        def said() -> bool:
            told = self._told(symbol)
            return told is not None and told.state is state and (told.reason or "").startswith(reason)

        await self.until(said)
        told = self._told(symbol)
        return (told and told.reason) or ""

    async def until_reason(self, part: str) -> None:
        """Wait until the newest report gives a reason that has this in it."""
        await self.until(lambda: bool(self.reports) and part in (self.reports[-1].reason or ""))

    def _told(self, symbol: str | None) -> ProducerReport | SymbolReport | None:
        if not self.reports:
            return None
        return self.reports[-1] if symbol is None else self.reports[-1].symbols.get(symbol)

    async def until_count(self, count: int) -> None:
        await self.until(lambda: len(self.quotes) >= count)
