"""The values that the whole of tickql passes around: symbols, cursors, quotes and ticks. No I/O."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, Self

from tickql.feed.errors import InvalidCursor, InvalidSymbol

SYMBOL_RULE = "1 to 32 letters, digits or any of . _ - / = ^ :"
_SYMBOL = re.compile(r"[A-Za-z0-9._\-/=^:]{1,32}", re.ASCII)
_CURSOR = re.compile(r"([1-9][0-9]{0,15})-(0|[1-9][0-9]{0,15})", re.ASCII)
# Room for any price a page shows, so that the sum and half of two such prices are exact.
_EXACT_DIGITS = 100


def check_symbol(text: str) -> str:
    """Return `text` if it can name a symbol: it becomes part of Redis keys and channels.

    Raises:
        InvalidSymbol: anything but `SYMBOL_RULE`.
    """
    if not _SYMBOL.fullmatch(text):
        raise InvalidSymbol(f"symbol {text[:40]!r} is not {SYMBOL_RULE}")
    return text


class Cursor(NamedTuple):
    """A tick's place in its symbol's stream, written `<epoch>-<seq>`. Cursors of one symbol are ordered.

    `epoch` is the Unix time in milliseconds at which the numbering was opened; `seq` counts ticks without a gap
    inside the epoch. A pair names one content for ever.
    """

    epoch: int
    seq: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `<epoch>-<seq>`.

        Raises:
            InvalidCursor: any other text.
        """
        match = _CURSOR.fullmatch(text)
        if match is None:
            raise InvalidCursor(f"cursor {text[:40]!r} is not <epoch>-<seq>, such as 1739952000000-812")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.epoch}-{self.seq}"


class Quote(NamedTuple):
    """One observation of one symbol, not yet numbered.

    Prices are exact decimal texts (`-?digits[.digits]`) with the digits that the page shows; `None` is a price
    that the page does not show. `observed_us` is when the page showed it, in Unix microseconds.
    """

    symbol: str
    ask: str | None
    bid: str | None
    last: str | None
    observed_us: int


class Tick(NamedTuple):
    """One numbered quote. `observed_us` and `published_us` (handed to Redis) are Unix microseconds."""

    symbol: str
    cursor: Cursor
    ask: str | None
    bid: str | None
    last: str | None
    observed_us: int
    published_us: int

    @property
    def seq(self) -> int:
        """The symbol's gap-free tick count."""
        return self.cursor.seq

    @property
    def mid(self) -> str | None:
        """The exact middle of ask and bid; `None` unless both are shown."""
        if self.ask is None or self.bid is None:
            return None
        with localcontext(prec=_EXACT_DIGITS):
            return format((Decimal(self.ask) + Decimal(self.bid)) / 2, "f")

    @property
    def spread(self) -> str | None:
        """Ask less bid, exact; `None` unless both are shown; negative in a crossed market."""
        if self.ask is None or self.bid is None:
            return None
        with localcontext(prec=_EXACT_DIGITS):
            return format(Decimal(self.ask) - Decimal(self.bid), "f")

    @property
    def observed_at(self) -> datetime:
        """When the page showed the prices, UTC."""
        return instant(self.observed_us)

    @property
    def published_at(self) -> datetime:
        """When the tick was handed to Redis, UTC."""
        return instant(self.published_us)


class GapReason(StrEnum):
    """Why ticks could not be delivered."""

    TRIMMED = "TRIMMED"
    """They are older than what Redis keeps."""
    RESTARTED = "RESTARTED"
    """The numbering had to start anew: Redis lost ticks that the producer no longer had."""
    UNKNOWN_CURSOR = "UNKNOWN_CURSOR"
    """The cursor asked for names no tick of this symbol."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of ticks that could not be delivered.

    `after` is the last tick before it (`None`: not known); `lost` how many are missing (`None`: not known).
    """

    after: Cursor | None
    reason: GapReason
    lost: int | None


class Event(NamedTuple):
    """One delivery to one reader: a tick, how many ticks were merged into it, and the gap before it, if any."""

    tick: Tick
    skipped: int = 0
    gap: Gap | None = None


_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def instant(unix_us: int) -> datetime:
    """Unix microseconds as a UTC time, exact."""
    return _UNIX_EPOCH + timedelta(microseconds=unix_us)


@lru_cache(maxsize=64)
def second_text(unix_s: int) -> str:
    """Unix seconds as `2025-02-19T08:02:05`, UTC. Ticks come many to a second, so it is kept."""
    return instant(unix_s * 1_000_000).isoformat()[:19]


def unix_us(at: datetime) -> int:
    """A time with a zone as Unix microseconds, exact."""
    return (at - _UNIX_EPOCH) // _MICROSECOND
