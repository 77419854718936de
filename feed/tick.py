"""The values that all parts of tickql share: symbols, cursors, quotes, ticks and gaps. No I/O."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, Self

from tickql.feed.errors import InvalidCursor, InvalidSymbol

MAX_UNIX_US = 253_402_300_799_999_999
"""9999-12-31 23:59:59.999999 UTC: the last time that `datetime` and the four-digit years of the message can hold."""
MAX_MERGED = 2**53 - 1
"""The greatest count of merged changes: what a number of JavaScript holds exactly."""
SYMBOL_RULE = "1 to 32 letters, digits or any of . _ - / = ^ :"
CURSOR_RULE = "<symbol>:<epoch>-<seq>, such as ES:1739952000000-812"
_SYMBOL = re.compile(r"[A-Za-z0-9._\-/=^:]{1,32}", re.ASCII)
_CURSOR = re.compile(rf"({_SYMBOL.pattern}):([1-9][0-9]{{0,15}})-(0|[1-9][0-9]{{0,15}})", re.ASCII)
"""A symbol may contain colons: the last colon ends it."""
# A price has at most 60 digits (see `codec.check_price`), so the sum and half the sum of two prices are exact.
_EXACT_DIGITS = 100


def check_symbol(text: str) -> str:
    """Return `text` if it is a valid symbol: symbols become part of the names of Redis keys and channels.

    Raises:
        InvalidSymbol: `text` does not follow `SYMBOL_RULE`.
    """
    if not _SYMBOL.fullmatch(text):
        raise InvalidSymbol(f"symbol {text[:40]!r} is not {SYMBOL_RULE}")
    return text


class Cursor(NamedTuple):
    """The name of one tick, written `<symbol>:<epoch>-<seq>`. No other tick of any symbol ever has the same name.

    `epoch` is the Unix time in milliseconds at which the numbering began, by the clock of a producer; `seq` rises by 1
    from tick to tick inside an epoch. Cursors of one symbol and epoch are ordered by `seq`. Epochs are not ordered: the
    clocks of two producers may differ, so a later epoch may have the lower number.
    """

    symbol: str
    epoch: int
    seq: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse `<symbol>:<epoch>-<seq>`.

        Raises:
            InvalidCursor: `text` has another form.
        """
        match = _CURSOR.fullmatch(text)
        if match is None:
            raise InvalidCursor(f"cursor {text[:64]!r} is not {CURSOR_RULE}")
        symbol, epoch, seq = match.groups()
        return cls(symbol, int(epoch), int(seq))

    def check_symbol(self, symbol: str) -> Self:
        """Return the cursor if it belongs to `symbol`.

        Raises:
            InvalidCursor: it belongs to another symbol.
        """
        if self.symbol != symbol:
            raise InvalidCursor(f"cursor {str(self)!r} belongs to symbol {self.symbol!r}, not to {symbol!r}")
        return self

    @property
    def stream_id(self) -> str:
        """The id of the tick's entry in the Redis stream of its symbol."""
        return f"{self.epoch}-{self.seq}"

    def __str__(self) -> str:
        return f"{self.symbol}:{self.epoch}-{self.seq}"


class Quote(NamedTuple):
    """One observation of one symbol, not yet numbered.

    Prices are exact decimal texts (`-?digits[.digits]`) with the digits that the page shows; `None`: the page does not
    show this price. `observed_us` is when the page showed the prices, in Unix microseconds. `merged` counts earlier
    changes of the page that this quote replaces: the producer did not run, or could not keep up.
    """

    symbol: str
    ask: str | None
    bid: str | None
    last: str | None
    observed_us: int
    merged: int = 0


class Tick(NamedTuple):
    """One numbered quote. `observed_us` and `published_us` (when it was sent to Redis) are Unix microseconds.

    `merged`: see `Quote`. `message`: the tick as it is in Redis, byte for byte; empty: it was not kept.
    """

    cursor: Cursor
    ask: str | None
    bid: str | None
    last: str | None
    observed_us: int
    published_us: int
    merged: int = 0
    message: bytes = b""

    @property
    def symbol(self) -> str:
        """The symbol of the tick."""
        return self.cursor.symbol

    @property
    def seq(self) -> int:
        """The number of the tick within its epoch."""
        return self.cursor.seq

    @property
    def mid(self) -> str | None:
        """The exact mean of ask and bid; `None` unless the page shows both."""
        if self.ask is None or self.bid is None:
            return None
        with localcontext(prec=_EXACT_DIGITS):
            return format((Decimal(self.ask) + Decimal(self.bid)) / 2, "f")

    @property
    def spread(self) -> str | None:
        """Ask minus bid, exact; `None` unless the page shows both; negative in a crossed market."""
        if self.ask is None or self.bid is None:
            return None
        with localcontext(prec=_EXACT_DIGITS):
            return format(Decimal(self.ask) - Decimal(self.bid), "f")

    @property
    def observed_at(self) -> datetime:
        """When the page showed the prices, in UTC."""
        return instant(self.observed_us)

    @property
    def published_at(self) -> datetime:
        """When the tick was sent to Redis, in UTC."""
        return instant(self.published_us)


class GapReason(StrEnum):
    """Why ticks could not be delivered."""

    TRIMMED = "TRIMMED"
    """Redis no longer keeps them: they are too old."""
    RESTARTED = "RESTARTED"
    """The numbering began a new epoch: Redis lost ticks that the producer no longer had."""
    UNKNOWN_CURSOR = "UNKNOWN_CURSOR"
    """The requested cursor names no tick: its number was never reached, or is below the first of its epoch.

    A reader says so after it has waited for a repair, and begins with the newest tick.
    """
    MERGED = "MERGED"
    """They never became ticks: the page changed while the producer did not run, or faster than it could keep up."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A run of ticks that could not be delivered.

    `after`: the last tick before the gap; `lost`: how many ticks are missing. `None`: not known.
    """

    after: Cursor | None
    reason: GapReason
    lost: int | None


class Event(NamedTuple):
    """One delivery to one reader: a tick, how many ticks it replaces (`skipped`), and the gap before it, if any."""

    tick: Tick
    skipped: int = 0
    gap: Gap | None = None


_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def instant(unix_us: int) -> datetime:
    """Return Unix microseconds as a UTC time, exactly."""
    return _UNIX_EPOCH + timedelta(microseconds=unix_us)


@lru_cache(maxsize=64)
def second_text(unix_s: int) -> str:
    """Return Unix seconds as `2025-02-19T08:02:05`, in UTC. Cached, as many ticks share a second."""
    return instant(unix_s * 1_000_000).isoformat()[:19]


def unix_us(at: datetime) -> int:
    """Return a time with a time zone as Unix microseconds, exactly."""
    return (at - _UNIX_EPOCH) // _MICROSECOND
