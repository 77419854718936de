"""The values that the client returns. All are immutable. Prices are exact decimals, times are in UTC."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from enum import StrEnum

# A price has at most 60 digits, so the sum and half the sum of two prices are exact.
_EXACT_DIGITS = 100


class GapReason(StrEnum):
    """Why ticks could not be delivered."""

    TRIMMED = "TRIMMED"
    """They are older than the stored history."""
    RESTARTED = "RESTARTED"
    """The numbering started again, because Redis lost ticks that the producer no longer had."""
    UNKNOWN_CURSOR = "UNKNOWN_CURSOR"
    """The cursor that was asked for names no tick."""
    MERGED = "MERGED"
    """They never became ticks: the producer did not run for a while, or could not keep up with the page."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A run of ticks that could not be delivered.

    `after`: cursor of the last tick before the gap; `None`: not known. `lost`: how many ticks are missing; `None`: not
    known.
    """

    after: str | None
    reason: GapReason
    lost: int | None


@dataclass(frozen=True, slots=True)
class Tick:
    """One change of the prices that the page shows for a symbol.

    `cursor` names the tick for ever: pass it as `after` to continue behind it. `seq` rises by exactly 1 from tick to
    tick, until the numbering begins a new epoch. `timestamp` is when the page showed the prices, `published_at` when
    they were sent to Redis. A price is `None` if the page shows none.

    `skipped` counts the ticks that were left out before this one because the caller asked for fewer. `gap` is not
    `None` if ticks before this one could not be delivered.
    """

    symbol: str
    cursor: str
    seq: int
    timestamp: datetime
    published_at: datetime
    ask: Decimal | None
    bid: Decimal | None
    last: Decimal | None
    skipped: int = 0
    gap: Gap | None = None

    @property
    def mid(self) -> Decimal | None:
        """The exact mean of ask and bid; `None` if one of them is."""
        if self.ask is None or self.bid is None:
            return None
        with localcontext(prec=_EXACT_DIGITS):
            return (self.ask + self.bid) / 2

    @property
    def spread(self) -> Decimal | None:
        """Ask minus bid, exact; `None` if one of them is. Negative in a crossed market."""
        if self.ask is None or self.bid is None:
            return None
        with localcontext(prec=_EXACT_DIGITS):
            return self.ask - self.bid


@dataclass(frozen=True, slots=True)
class Page:
    """Stored ticks of a symbol, oldest first, and whether the requested range has older and newer ones.

    `gap`: what is missing at the requested cursor, which names no stored tick; `None`: nothing is.
    """

    ticks: tuple[Tick, ...]
    has_previous: bool
    has_next: bool
    gap: Gap | None


class FeedState(StrEnum):
    """Whether prices arrive, and if not, why."""

    LIVE = "LIVE"
    """Prices arrive."""
    QUIET = "QUIET"
    """The page works and its prices do not change."""
    STALE = "STALE"
    """The page or its producer does not respond, or the page lacks its prices: prices may be old."""
    DOWN = "DOWN"
    """Redis cannot be reached."""


@dataclass(frozen=True, slots=True)
class SymbolStatus:
    """The state of one symbol. `reason`: a sentence; `None`: the state is normal. `last_tick_at`: `None`: no tick."""

    symbol: str
    state: FeedState
    reason: str | None
    since: datetime
    last_tick_at: datetime | None


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """The state of the feed, as a whole and of each symbol. `reason`: a sentence; `None`: the state is normal."""

    state: FeedState
    reason: str | None
    since: datetime
    symbols: tuple[SymbolStatus, ...]
