"""Conversion and checks of the schema's arguments. Pure: no I/O.

Each function returns the converted value, or raises `BadUserInput` with the name of the argument and what is allowed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from strawberry import UNSET

from tickql.api.errors import BadUserInput
from tickql.api.limits.values import LIMITS
from tickql.feed.errors import InvalidCursor, InvalidSymbol
from tickql.feed.tick import Cursor, check_symbol

Value = TypeVar("Value")

MIN_RATE_HZ = 0.1
MAX_RATE_HZ = 1000.0
"""The timers of uvloop have a resolution of one millisecond."""
DEFAULT_PAGE_TICKS = 100
MAX_PAGE_TICKS = 1000
"""Limits what one query costs Redis and the server."""


@dataclass(frozen=True, slots=True)
class PageRange:
    """A requested page of history. One of `first` and `last` is set, the other one is `None`.

    `from_us` is included, `to_us` is not. Both are Unix microseconds.
    """

    first: int | None
    last: int | None
    after: Cursor | None
    before: Cursor | None
    from_us: int | None
    to_us: int | None


def given(value: Value | None) -> Value | None:
    """Return the value of an optional argument. An argument that is left out means the same as null."""
    return None if value is UNSET else value


def read_symbol(text: str, argument: str = "symbol") -> str:
    """Return the symbol, checked."""
    try:
        return check_symbol(text)
    except InvalidSymbol as error:
        raise BadUserInput(argument, str(error)) from error


def read_symbols(texts: Sequence[str] | None) -> list[str] | None:
    """Return the symbols, checked, without repeats, in the given order. `None`: all symbols."""
    if texts is not None and len(texts) > LIMITS.symbols:
        raise BadUserInput("symbols", f"has {len(texts)} symbols, not up to {LIMITS.symbols}")
    # A dictionary drops repeats and keeps the order.
    return None if texts is None else list(dict.fromkeys(read_symbol(text, "symbols") for text in texts))


def read_cursor(text: str | None, argument: str, symbol: str) -> Cursor | None:
    """Return the cursor of a tick of `symbol`, parsed. `None`: there is none."""
    try:
        return None if text is None else Cursor.parse(text).check_symbol(symbol)
    except InvalidCursor as error:
        raise BadUserInput(argument, str(error)) from error


def read_max_hz(max_hz: float) -> float:
    """Return the rate limit, checked."""
    if not (math.isfinite(max_hz) and MIN_RATE_HZ <= max_hz <= MAX_RATE_HZ):
        raise BadUserInput("maxHz", f"{max_hz:g} is not {MIN_RATE_HZ:g} to {MAX_RATE_HZ:g} events per second")
    return max_hz


def read_range(
    symbol: str,
    *,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
    from_us: int | None,
    to_us: int | None,
) -> PageRange:
    """Return the requested page, checked.

    Without `first` and `last` it is a default page: the first ticks if `after` or `from` is given, else the last ones.
    """
    if first is not None and last is not None:
        raise BadUserInput("last", "cannot be combined with `first`: a page starts at one end")
    low, high = read_cursor(after, "after", symbol), read_cursor(before, "before", symbol)
    # Epochs have no order: only cursors of the same epoch can contradict each other.
    if low is not None and high is not None and low.epoch == high.epoch and low >= high:
        raise BadUserInput("before", f"{high} is not greater than `after` {low}")
    if from_us is not None and to_us is not None and from_us > to_us:
        raise BadUserInput("to", "is earlier than `from`")
    # With a starting point the client reads on from there; without one, the newest ticks are the useful ones.
    forward = first is not None or (last is None and (after is not None or from_us is not None))
    return PageRange(
        first=_size(first, "first") if forward else None,
        last=None if forward else _size(last, "last"),
        after=low,
        before=high,
        from_us=from_us,
        to_us=to_us,
    )


def _size(value: int | None, argument: str) -> int:
    if value is None:
        return DEFAULT_PAGE_TICKS
    if not 1 <= value <= MAX_PAGE_TICKS:
        raise BadUserInput(argument, f"{value} is not 1 to {MAX_PAGE_TICKS} ticks")
    return value
