"""What the arguments of the schema take. Pure: each function returns the value meant or says what is wrong.

Every one of them raises `BadUserInput`, whose message names the argument and what it takes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from strawberry import UNSET

from tickql.api.errors import BadUserInput
from tickql.feed.errors import InvalidCursor, InvalidSymbol
from tickql.feed.tick import Cursor, check_symbol

Value = TypeVar("Value")

SLOWEST_HZ = 0.1
FASTEST_HZ = 1000.0
DEFAULT_PAGE = 100
LARGEST_PAGE = 1000


@dataclass(frozen=True, slots=True)
class PageRange:
    """A page of history asked for: exactly one of `first` and `last` is set; times are Unix microseconds."""

    first: int | None
    last: int | None
    after: Cursor | None
    before: Cursor | None
    from_us: int | None
    to_us: int | None


def given(value: Value | None) -> Value | None:
    """An optional argument; one that was left out is the same as null."""
    return None if value is UNSET else value


def read_symbol(text: str, argument: str = "symbol") -> str:
    """A symbol."""
    try:
        return check_symbol(text)
    except InvalidSymbol as error:
        raise BadUserInput(argument, str(error)) from error


def read_symbols(texts: Sequence[str] | None) -> list[str] | None:
    """Symbols, each once, in the order asked; `None`: all there are."""
    return None if texts is None else list(dict.fromkeys(read_symbol(text, "symbols") for text in texts))


def read_cursor(text: str | None, argument: str) -> Cursor | None:
    """A tick's place; `None`: none given."""
    try:
        return None if text is None else Cursor.parse(text)
    except InvalidCursor as error:
        raise BadUserInput(argument, str(error)) from error


def read_pace(max_hz: float) -> float:
    """Events per second at most."""
    if not (math.isfinite(max_hz) and SLOWEST_HZ <= max_hz <= FASTEST_HZ):
        raise BadUserInput("maxHz", f"{max_hz:g} is not {SLOWEST_HZ:g} to {FASTEST_HZ:g} events per second")
    return max_hz


def read_range(
    *,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
    from_us: int | None,
    to_us: int | None,
) -> PageRange:
    """A page of history. With neither `first` nor `last`: forward from where it begins, if that is given."""
    if first is not None and last is not None:
        raise BadUserInput("last", "not together with `first`: a page begins at one end only")
    low, high = read_cursor(after, "after"), read_cursor(before, "before")
    if low is not None and high is not None and low >= high:
        raise BadUserInput("before", f"{high} is not behind `after` {low}")
    if from_us is not None and to_us is not None and from_us > to_us:
        raise BadUserInput("to", "is before `from`")
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
        return DEFAULT_PAGE
    if not 1 <= value <= LARGEST_PAGE:
        raise BadUserInput(argument, f"{value} is not 1 to {LARGEST_PAGE} ticks")
    return value
