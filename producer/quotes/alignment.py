"""Alignment of the quotes of two pages: where the quotes of a new page continue those of the old page. No I/O.

Both pages show one market, but not at the same moment. They are aligned by content: by the longest sequence of prices
that both have shown, and of several such sequences by that whose times are nearest.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tickql.feed.tick import Quote

Prices = tuple[str | None, str | None, str | None]


class Alignment(NamedTuple):
    """What comes after the old page's newest quote of a symbol. At most one of the two is not empty."""

    ahead: Sequence[Quote]
    """Quotes that the new page has shown after it, and the old page has not shown."""
    behind: Sequence[Prices]
    """Published prices that the new page has not shown yet."""


class _Match(NamedTuple):
    """A common sequence: `new[at_new]` equals `old[at_old]`, and so do the `length - 1` before them.

    The greater match is the better match, compared field by field.
    """

    # First of all: a sequence that a difference breaks off is more often a coincidence than one that is whole.
    is_whole: bool
    """Whether the sequence reaches back to the first quote of one of the pages."""
    nearness_us: int
    """0 if the times agree; the further apart the times are, the less."""
    length: int
    at_old: int
    at_new: int


def align(old: Sequence[Quote], new: Sequence[Quote]) -> Alignment:
    """Align the quotes that two pages have shown of one symbol, each in order.

    `new` begins with what its page showed when it was opened. If the pages have nothing in common (they show different
    prices), the new page's newest quote comes next.
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
    """All common sequences at the end of one of the two."""
    last_old, last_new = len(old) - 1, len(new) - 1
    for at_new in range(len(new)):
        yield from _match(old, new, last_old, at_new)
    for at_old in range(last_old):
        yield from _match(old, new, at_old, last_new)


def _match(old: Sequence[Quote], new: Sequence[Quote], at_old: int, at_new: int) -> Iterator[_Match]:
    max_length = min(at_old, at_new) + 1
    length = 0
    while length < max_length and prices_of(old[at_old - length]) == prices_of(new[at_new - length]):
        length += 1
    if length:
        yield _Match(length == max_length, -_distance_us(old, new, at_old, at_new), length, at_old, at_new)


def _distance_us(old: Sequence[Quote], new: Sequence[Quote], at_old: int, at_new: int) -> int:
    """How far apart the times of two equal quotes are."""
    old_us, new_us = old[at_old].observed_us, new[at_new].observed_us
    if at_new:
        return abs(new_us - old_us)
    # The first quote of a new page may be old: the old page has shown it from `old_us` until its next quote.
    until_us = old[at_old + 1].observed_us if at_old + 1 < len(old) else new_us
    return max(0, old_us - new_us, new_us - until_us)
