"""Which prices of messages a page shows: if it shows changing numbers, only these are prices of a feed. No I/O.

A price of a message counts as shown if a place of the page went through its values, in the same order.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from tickql.producer.discover.inference.figures import figures_of
from tickql.producer.discover.inference.notation import as_shown
from tickql.producer.discover.inference.records import FoundStream
from tickql.producer.discover.page.outline import Outline
from tickql.producer.feedfile.price_fields import FIELD_NAMES, FieldName

Pair = tuple[str, FieldName]
"""A symbol, and one of its prices."""

# A page may leave out some values of a fast price, but shows no others.
_MIN_SHARED = 0.8
_MIN_VALUES = 2
# Fewer digits are on a page by chance.
_MIN_DIGITS = 3
_SAMPLES = 2
# What may be decimals: `1,299` has three of them, or none.
_DECIMALS = re.compile(r"[.,']([0-9]+)[^0-9]*$")
_GROUP = 3


def shows_changing_numbers(outlines: Iterable[Outline], given_format: str | None = None) -> bool:
    """Return whether some number of the page has changed."""
    return any(each.spot.changes for outline in outlines for each in figures_of(outline, given_format))


def shown_streams(
    streams: Sequence[FoundStream], outlines: Sequence[Outline]
) -> tuple[tuple[FoundStream, ...], list[str]]:
    """Return the rules for the prices that the page shows, and a sentence for each rule about what is left out."""
    kept: list[FoundStream] = []
    notes: list[str] = []
    for stream in streams:
        shown = _shown_pairs(stream, outlines)
        kept += _limited(stream, shown)
        if left := [pair for pair in stream.texts if pair not in shown]:
            notes.append(_note(stream, left, is_all=not shown))
    return tuple(kept), notes


def _limited(stream: FoundStream, shown: set[Pair]) -> Iterator[FoundStream]:
    """Yield a rule for each set of prices that some symbols show."""
    groups: dict[tuple[FieldName, ...], list[str]] = defaultdict(list)
    for symbol in stream.names:
        fields = tuple(name for name in FIELD_NAMES if (symbol, name) in shown)
        if fields:
            groups[fields].append(symbol)
    for fields, symbols in groups.items():
        picks = {name: stream.picks[name] for name in fields}
        texts = {pair: each for pair, each in stream.texts.items() if pair[0] in symbols and pair[1] in fields}
        yield replace(stream, picks=picks, texts=texts, is_limited=True)


def _shown_pairs(stream: FoundStream, outlines: Sequence[Outline]) -> set[Pair]:
    values = {pair: _distinct(texts) for pair, texts in stream.texts.items()}
    pairs_of: dict[str, list[Pair]] = defaultdict(list)
    for pair, own in values.items():
        for value in own:
            pairs_of[value].append(pair)
    places = [_distinct(spot.texts) for outline in outlines for spot in outline.spots]
    shown = {pair for place in places for pair in _pairs_of_place(place, values, pairs_of)}
    # A price that has not changed yet is where its value is, if those of other symbols are shown.
    fields, still = {name for _, name in shown}, {value for place in places for value in place}
    for pair, own in values.items():
        newest = next(reversed(own), "")
        if (
            len(set(own.values())) < _MIN_VALUES
            and pair[1] in fields
            and len(newest) >= _MIN_DIGITS
            and newest in still
        ):
            shown.add(pair)
    return shown


def _pairs_of_place(
    place: Mapping[str, int], values: Mapping[Pair, Mapping[str, int]], pairs_of: Mapping[str, Sequence[Pair]]
) -> list[Pair]:
    """Return the price whose values a place went through; empty: there is none, or several fit as well."""
    shared: dict[Pair, list[int]] = defaultdict(list)
    for value in place:
        for pair in pairs_of.get(value, ()):
            shared[pair].append(values[pair][value])
    scores = {
        pair: _longest_rise(found) / min(len(set(place.values())), len(set(values[pair].values())))
        for pair, found in shared.items()
        if len(found) >= _MIN_VALUES
    }
    best = [pair for pair, score in scores.items() if score == max(scores.values()) and score >= _MIN_SHARED]
    return best if len(best) == 1 else []


def _distinct(texts: Iterable[str]) -> dict[str, int]:
    """Return the numbers that texts may be, each at its last place, the oldest first."""
    last = {value: number for number, text in enumerate(texts) for value in _values(as_shown(text))}
    return dict(sorted(last.items(), key=lambda each: each[1]))


def _values(text: str) -> Iterator[str]:
    """Yield the numbers that a text may be: `1,299` is 1299 or 1.299, and `1299.50` is 1299.5."""
    found = _DECIMALS.search(text)
    whole = re.sub("[^0-9]", "", text[: found.start()] if found is not None else text).lstrip("0")
    if found is None or len(found[1]) == _GROUP:
        yield whole + (found[1] if found is not None else "")
    if found is not None:
        yield f"{whole}.{found[1].rstrip('0')}".rstrip(".")


def _longest_rise(numbers: Sequence[int]) -> int:
    """Return the length of the longest rising part of a row of numbers."""
    ends: list[int] = []
    for number in numbers:
        place = bisect_left(ends, number)
        ends[place : place + 1] = [number]
    return len(ends)


def _note(stream: FoundStream, left: Sequence[Pair], *, is_all: bool) -> str:
    samples = ", ".join(f"{symbol} {name.upper()} {stream.texts[symbol, name][-1]}" for symbol, name in left[:_SAMPLES])
    where = f'messages of {stream.origin.kind} "{stream.origin.url}"'
    if is_all:
        return (
            f"{where} hold prices ({samples}), but the numbers that change on the page are others: none is in the file"
        )
    return f"{where} also hold prices that the page does not show ({samples}): not in the file"
