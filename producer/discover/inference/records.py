"""The `[[stream]]` rules for the messages of a page that shows no prices as text. No I/O.

A record is an object with a symbol and at least one price, both under keys that name them. What the page itself does
with a record is not known; so a key that may mean something else is not used.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tickql.producer.discover.inference.documents import Origin, Record, jmespath_of, records_by_origin
from tickql.producer.discover.inference.notation import Notation, infer, reads_as_price
from tickql.producer.discover.inference.symbol_text import is_symbol
from tickql.producer.discover.inference.units import MAX_PRICE_RATIO, price_value
from tickql.producer.discover.page.received_messages import ReceivedStream
from tickql.producer.discover.page.vocabulary import Meaning, meaning_of
from tickql.producer.feedfile.json_number import JsonNumber
from tickql.producer.feedfile.price_fields import FIELD_NAMES, FieldName

# Short keys that exchanges use. One such key alone proves nothing: see `_is_quote`.
_SHORT_KEYS = {"s": Meaning.SYMBOL, "a": Meaning.ASK, "b": Meaning.BID, "ap": Meaning.ASK, "bp": Meaning.BID}

KeyPath = tuple[str, ...]


@dataclass(frozen=True)
class FoundStream:
    """One `[[stream]]` rule (see docs/feed-file.md), with what was seen of its symbols."""

    origin: Origin
    symbol: str
    """The JMESPath of the symbol in a record."""
    picks: Mapping[FieldName, KeyPath]
    notation: Notation
    texts: Mapping[tuple[str, FieldName], tuple[str, ...]]
    """By symbol and field: all texts, oldest first."""
    is_limited: bool = False
    """Whether the rule reads no other symbols than those that were seen."""

    @property
    def names(self) -> tuple[str, ...]:
        """The symbols that were seen."""
        return tuple(dict.fromkeys(symbol for symbol, _ in self.texts))

    @property
    def samples(self) -> Mapping[str, Mapping[FieldName, str]]:
        """By symbol and field: the newest text."""
        samples: dict[str, dict[FieldName, str]] = defaultdict(dict)
        for (symbol, name), shown in self.texts.items():
            samples[symbol][name] = shown[-1]
        return samples

    @property
    def changes(self) -> Mapping[tuple[str, FieldName], int]:
        """By symbol and field: how often the price changed."""
        return {price: sum(a != b for a, b in pairwise(shown)) for price, shown in self.texts.items()}


def find_streams(streams: Iterable[ReceivedStream]) -> tuple[FoundStream, ...]:
    """Return the rules that read the prices in these messages: no two for one symbol, those with most fields first."""
    found = [
        stream for origin, messages in records_by_origin(streams) if (stream := _stream(origin, messages)) is not None
    ]
    # The best stream of a symbol comes first, and excludes the others: two rules for one symbol would compete.
    found.sort(key=lambda each: (-len(each.picks), -sum(each.changes.values())))
    seen: set[str] = set()
    kept = []
    for stream in found:
        if seen.isdisjoint(stream.names):
            kept.append(stream)
        seen.update(stream.names)
    return tuple(kept)


def _stream(origin: Origin, messages: Sequence[Sequence[Record]]) -> FoundStream | None:
    """Return the rule for the records of one origin; `None`: they hold no symbol or price, or no price changes."""
    symbol = _symbol_key(messages)
    if symbol is None:
        return None
    records = [record for message in messages for record in message]
    picks = _picks(records)
    series: dict[tuple[str, FieldName], list[str]] = defaultdict(list)
    for record in records:
        for name, path in picks.items():
            if (value := _at(record, path)) is not None:
                series[record[symbol], name].append(str(value))
    shown = {price: tuple(texts) for price, texts in series.items()}
    texts = [value for record in records for path in picks.values() if isinstance(value := _at(record, path), str)]
    # JSON numbers need no format; without texts any format will do.
    notation = infer(texts, lang="en") if texts else Notation("1,234.56")
    if notation.format is None:
        return None
    stream = FoundStream(origin, jmespath_of([symbol]), picks, notation, shown)
    return stream if any(stream.changes.values()) else None


def _symbol_key(messages: Sequence[Sequence[Record]]) -> str | None:
    """Return the key of the symbol: present in all records, with a different value in each record of a message."""
    first = next((message[0] for message in messages if message), {})
    for key in first:
        if _meaning_of_key(re.sub(r"(?i)[-_]?id$", "", key)) is not Meaning.SYMBOL:
            continue
        values = [[record.get(key) for record in message] for message in messages]
        are_symbols = all(isinstance(value, str) and is_symbol(value) for each in values for value in each)
        if are_symbols and all(len(set(each)) == len(each) for each in values):
            return key
    return None


def _picks(records: Sequence[Record]) -> dict[FieldName, KeyPath]:
    """Return the paths of ask, bid and last in a record. Where two paths may be the same price, neither is used."""
    found: dict[Meaning, list[KeyPath]] = defaultdict(list)
    for path in dict.fromkeys(path for record in records for path in _numbers(record)):
        meanings = [meaning for key in path if (meaning := _meaning_of_key(key)) is not None]
        if meanings and Meaning.OTHER not in meanings:
            found[next((each for each in meanings if each is not Meaning.PRICE), Meaning.PRICE)].append(path)
    if Meaning.LAST not in found:
        found[Meaning.LAST] = found[Meaning.PRICE]
    picks = {name: found[Meaning(name)][0] for name in FIELD_NAMES if len(found[Meaning(name)]) == 1}
    return picks if all(_is_quote(record, picks) for record in records) else {}


def _is_quote(record: Record, picks: Mapping[FieldName, KeyPath]) -> bool:
    """Return whether the numbers of a record can be the prices of one symbol.

    They differ by `MAX_PRICE_RATIO` at most: otherwise one of them is a size. With short keys, ask and bid must both be
    there, and the ask must not be below the bid.
    """
    values = {name: price_value(str(value)) for name, path in picks.items() if (value := _at(record, path)) is not None}
    prices = [each for each in values.values() if each is not None]
    if prices and min(prices) > 0 and max(prices) > MAX_PRICE_RATIO * min(prices):
        return False
    if not any(path[-1] in _SHORT_KEYS for path in picks.values()):
        return True
    ask, bid = values.get("ask"), values.get("bid")
    return ask is not None and bid is not None and ask >= bid


def _numbers(record: Record) -> Iterator[KeyPath]:
    for key, value in record.items():
        if _is_price(value):
            yield (key,)
        elif isinstance(value, dict):
            yield from ((key, inner) for inner, each in value.items() if _is_price(each))


def _is_price(value: Any) -> bool:
    return isinstance(value, JsonNumber) or (isinstance(value, str) and reads_as_price(value))


def _meaning_of_key(key: str) -> Meaning | None:
    return _SHORT_KEYS.get(key) or meaning_of(key)


def _at(record: Record, path: KeyPath) -> Any:
    value: Any = record
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if _is_price(value) else None
