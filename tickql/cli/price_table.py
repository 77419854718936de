"""The live table of `tickql watch`. It is updated with values of the client and rendered by rich. No I/O."""

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from rich.console import Group
from rich.table import Table
from rich.text import Text

from tickql.client import FeedState, FeedStatus, SymbolStatus, Tick

_PRICES = ("bid", "ask", "last")
_FLASH_S = 0.6
"""How long a changed price is bold."""
_RATE_WINDOW_S = 3.0
"""Ticks per second are counted over this time."""
_MIN_RATE_S = 0.5
"""A shorter time gives no rate: two ticks that arrive together would count as thousands a second."""
_STATE_STYLES = {
    FeedState.LIVE: "green",
    FeedState.QUIET: "yellow",
    FeedState.STALE: "red",
    FeedState.DOWN: "bold red",
}


@dataclass(slots=True)
class _Row:
    prices: dict[str, Decimal | None] = field(default_factory=dict)
    direction: dict[str, int] = field(default_factory=dict)
    changed_at: dict[str, float] = field(default_factory=dict)
    seqs: deque[tuple[float, int]] = field(default_factory=deque)

    def update(self, tick: Tick, now: float) -> None:
        for name, new in zip(_PRICES, (tick.bid, tick.ask, tick.last), strict=True):
            old = self.prices.get(name)
            if old is not None and new is not None and old != new:
                self.direction[name] = 1 if new > old else -1
                self.changed_at[name] = now
            self.prices[name] = new
        # Ticks that the pace of the subscription has skipped count too: the rate is taken from the sequence numbers.
        self.seqs.append((now, tick.seq))

    def rate(self, now: float) -> float:
        """Return the ticks per second over the last seconds; 0 if that is not known yet."""
        while len(self.seqs) > 1 and self.seqs[0][0] < now - _RATE_WINDOW_S:
            self.seqs.popleft()
        if not self.seqs:
            return 0.0
        (start, first), (_, last) = self.seqs[0], self.seqs[-1]
        return (last - first) / (now - start) if now - start > _MIN_RATE_S else 0.0


class PriceTable:
    """A table of prices with colours for changes, and a status line below it."""

    def __init__(self, url: str, symbols: Sequence[str] = ()) -> None:
        self._url = url
        self._rows: dict[str, _Row] = {symbol: _Row() for symbol in symbols}
        self._broken: str | None = "not connected yet"
        self._status: FeedStatus | None = None
        self._symbols: dict[str, SymbolStatus] = {}

    def update(self, ticks: Sequence[Tick]) -> None:
        """Show new ticks."""
        now = time.monotonic()
        for tick in ticks:
            self._rows.setdefault(tick.symbol, _Row()).update(tick, now)

    def update_connection(self, broken: str | None) -> None:
        """Show why the API cannot be reached; `None`: it is connected."""
        self._broken = broken

    def update_status(self, status: FeedStatus) -> None:
        """Show the status of the feed."""
        self._status = status
        self._symbols = {each.symbol: each for each in status.symbols}

    def __rich__(self) -> Group:
        now = time.monotonic()
        table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2))
        table.add_column("symbol", style="bold")
        for name in (*_PRICES, "ticks/s"):
            table.add_column(name, justify="right", min_width=10)
        table.add_column("")
        for symbol, row in sorted(self._rows.items()):
            prices = [_price(row, name, now) for name in _PRICES]
            style = "" if self._is_fresh(symbol) else "dim"
            table.add_row(symbol, *prices, f"{row.rate(now):.0f}", self._remark(symbol), style=style)
        return Group(table, Text(), self._status_line())

    def _is_fresh(self, symbol: str) -> bool:
        health = self._symbols.get(symbol)
        return self._broken is None and health is not None and health.state in (FeedState.LIVE, FeedState.QUIET)

    def _remark(self, symbol: str) -> Text:
        health = self._symbols.get(symbol)
        if health is None:
            remark = "no producer reports it" if self._rows[symbol].prices else "no price yet"
            return Text(remark if self._status is not None else "", style="yellow")
        if health.state is FeedState.LIVE:
            return Text(health.reason or "", style="yellow")
        return Text(f"{health.state.lower()} {health.reason or ''}", style=_STATE_STYLES[health.state])

    def _status_line(self) -> Text:
        if self._broken is not None:
            return Text.assemble(
                (" NOT REACHABLE ", "reverse red"),
                f"  {self._url}  ({self._broken})  trying again  ",
                ("Ctrl-C ends", "dim"),
            )
        if self._status is None:
            return Text(f"waiting for {self._url}", style="yellow")
        state, reason = self._status.state, self._status.reason
        line = Text.assemble((f" {state} ", f"reverse {_STATE_STYLES[state]}"), f"  {self._url}")
        if not self._rows:
            line.append("  no tick yet", style="yellow")
        if reason:
            line.append(f"  {reason}", style=_STATE_STYLES[state])
        return line.append("  Ctrl-C ends", style="dim")


def _price(row: _Row, name: str, now: float) -> Text:
    price = row.prices.get(name)
    if price is None:
        return Text("-", style="dim")
    direction = row.direction.get(name, 0)
    style = {1: "green", -1: "red", 0: ""}[direction]
    if now - row.changed_at.get(name, 0.0) < _FLASH_S:
        style = f"bold {style}"
    return Text({1: "▲ ", -1: "▼ ", 0: ""}[direction] + f"{price:f}", style=style)
