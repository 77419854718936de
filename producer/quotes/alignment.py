"""Where the quotes of a new page go on after those of the old one: two pages show one market, not at the same moment.

Told by content: the longest stretch that both have shown, and of several the one that lies nearest in time. No I/O.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tickql.feed.tick import Quote

Prices = tuple[str | None, str | None, str | None]


class Alignment(NamedTuple):
    """What comes after the old page's newest quote of a symbol."""

    ahead: Sequence[Quote]
    """Quotes that the new page has shown beyond it."""
    behind: Sequence[Prices]
    """What the new page has yet to show until it is level: published already."""


class _Match(NamedTuple):
    """`new[at_new]` is `old[at_old]`, and so are the `length - 1` before them. Better ones are greater."""

    is_whole: bool
    """As far back as both reach."""
    nearness_us: int
    length: int
    at_old: int
    at_new: int


def align(old: Sequence[Quote], new: Sequence[Quote]) -> Alignment:
    """Join two views of one symbol, each in order; `new` begins with what its page showed when it was opened.

    Where nothing fits (pages that show different things), the new page's newest quote comes next.
    """
    if not new:
        return Alignment((), ())
    if not old:
        return Alignment(new[-1:], ())
    best = max(_matches(old, new), default=None)
    if best is None:
        return Alignment(new[-1:], ())
    return Alignment(new[best.at_new + 1 :], [prices_of(quote) for quote in old[best.at_old + 1 :]])


def prices_of(quote: Quote) -> Prices:
    """Ask, bid and last."""
    return quote.ask, quote.bid, quote.last


def _matches(old: Sequence[Quote], new: Sequence[Quote]) -> Iterator[_Match]:
    """Every way in which one of the two ends within the other."""
    last_old, last_new = len(old) - 1, len(new) - 1
    for at_new in range(len(new)):
        yield from _match(old, new, last_old, at_new)
    for at_old in range(last_old):
        yield from _match(old, new, at_old, last_new)


def _match(old: Sequence[Quote], new: Sequence[Quote], at_old: int, at_new: int) -> Iterator[_Match]:
    reach = min(at_old, at_new) + 1
    length = 0
    while length < reach and prices_of(old[at_old - length]) == prices_of(new[at_new - length]):
        length += 1
    if length:
        yield _Match(length == reach, -_apart_us(old, new, at_old, at_new), length, at_old, at_new)


def _apart_us(old: Sequence[Quote], new: Sequence[Quote], at_old: int, at_new: int) -> int:
    shown_us, seen_us = old[at_old].observed_us, new[at_new].observed_us
    if at_new:
        return abs(seen_us - shown_us)
    # What a page shows when it is opened may have stood there for long.
    until_us = old[at_old + 1].observed_us if at_old + 1 < len(old) else seen_us
    return max(0, shown_us - seen_us, seen_us - until_us)
