"""From the objects in a page's messages to `[[stream]]` rules. No I/O.

A record is an object that names a symbol and at least one price, both called so. What the page makes of it is not seen.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tickql.producer.discover.inference.documents import Origin, Record, jmespath_of, origins_of
from tickql.producer.discover.inference.naming import is_symbol
from tickql.producer.discover.inference.notation import Notation, infer, reads_as_price
from tickql.producer.discover.inference.units import level_of
from tickql.producer.discover.page.received_messages import ReceivedStream
from tickql.producer.discover.page.vocabulary import Meaning, meaning_of
from tickql.producer.feedfile.json_number import JsonNumber
from tickql.producer.feedfile.price_fields import FIELD_NAMES, FieldName

# What exchanges call it in short. One such letter alone says nothing.
_SHORT = {"s": Meaning.SYMBOL, "a": Meaning.ASK, "b": Meaning.BID, "ap": Meaning.ASK, "bp": Meaning.BID}

KeyPath = tuple[str, ...]


@dataclass(frozen=True)
class FoundStream:
    """One `[[stream]]` (see docs/feed-file.md)."""

    origin: Origin
    symbol: str
    picks: Mapping[FieldName, KeyPath]
    notation: Notation
    samples: Mapping[str, Mapping[FieldName, str]]
    """By symbol: the newest text of each price."""
    changes: Mapping[tuple[str, FieldName], int]

    @property
    def names(self) -> tuple[str, ...]:
        """The symbols seen."""
        return tuple(self.samples)


def find_streams(flows: Iterable[ReceivedStream]) -> tuple[FoundStream, ...]:
    """The rules that read the prices in these messages, the fullest first; each symbol is read by one of them."""
    found = [stream for origin, messages in origins_of(flows) if (stream := _stream(origin, messages)) is not None]
    found.sort(key=lambda each: (-len(each.picks), -sum(each.changes.values())))
    seen: set[str] = set()
    kept = []
    for stream in found:
        if seen.isdisjoint(stream.names):
            kept.append(stream)
        seen.update(stream.names)
    return tuple(kept)


def _stream(origin: Origin, messages: Sequence[Sequence[Record]]) -> FoundStream | None:
    """The rule for the records of one place; `None`: they are none, or nothing in them changes."""
    symbol = _symbol(messages)
    if symbol is None:
        return None
    records = [record for message in messages for record in message]
    picks = _picks(records)
    series: dict[tuple[str, FieldName], list[str]] = defaultdict(list)
    for record in records:
        for name, path in picks.items():
            if (value := _at(record, path)) is not None:
                series[record[symbol], name].append(str(value))
    changes = {price: sum(a != b for a, b in pairwise(shown)) for price, shown in series.items()}
    if not any(changes.values()):
        return None
    samples: dict[str, dict[FieldName, str]] = defaultdict(dict)
    for (named, name), shown in series.items():
        samples[named][name] = shown[-1]
    texts = [value for record in records for path in picks.values() if isinstance(value := _at(record, path), str)]
    # A number of JSON is one, whatever the format.
    notation = infer(texts, lang="en") if texts else Notation("1,234.56")
    if notation.format is None:
        return None
    return FoundStream(origin, jmespath_of([symbol]), picks, notation, samples, changes)


def _symbol(messages: Sequence[Sequence[Record]]) -> str | None:
    """The key that names the symbol: in all records, and another one in each record of a message."""
    first = next((message[0] for message in messages if message), {})
    for key in first:
        if _means(re.sub(r"(?i)[-_]?id$", "", key)) is not Meaning.SYMBOL:
            continue
        named = [[record.get(key) for record in message] for message in messages]
        fine = all(isinstance(name, str) and is_symbol(name) for names in named for name in names)
        if fine and all(len(set(names)) == len(names) for names in named):
            return key
    return None


def _picks(records: Sequence[Record]) -> dict[FieldName, KeyPath]:
    """Where ask, bid and last are in a record. Of two that may be one of them, none is taken."""
    found: dict[Meaning, list[KeyPath]] = defaultdict(list)
    for path in dict.fromkeys(path for record in records for path in _numbers(record)):
        said = [meaning for key in path if (meaning := _means(key)) is not None]
        if said and Meaning.OTHER not in said:
            found[next((each for each in said if each is not Meaning.PRICE), Meaning.PRICE)].append(path)
    if Meaning.LAST not in found:
        found[Meaning.LAST] = found[Meaning.PRICE]
    picks = {name: found[Meaning(name)][0] for name in FIELD_NAMES if len(found[Meaning(name)]) == 1}
    return picks if all(_is_quote(record, picks) for record in records) else {}


def _is_quote(record: Record, picks: Mapping[FieldName, KeyPath]) -> bool:
    """Whether the prices are of one height, as they are not if one is a size; of short names the ask is the higher."""
    levels = {name: level_of(str(value)) for name, path in picks.items() if (value := _at(record, path)) is not None}
    prices = [level for level in levels.values() if level is not None]
    if prices and min(prices) > 0 and max(prices) > 3 * min(prices):
        return False
    if not any(path[-1] in _SHORT for path in picks.values()):
        return True
    ask, bid = levels.get("ask"), levels.get("bid")
    return ask is not None and bid is not None and ask >= bid


def _numbers(record: Record) -> Iterator[KeyPath]:
    for key, value in record.items():
        if _is_price(value):
            yield (key,)
        elif isinstance(value, dict):
            yield from ((key, inner) for inner, each in value.items() if _is_price(each))


def _is_price(value: Any) -> bool:
    return isinstance(value, JsonNumber) or (isinstance(value, str) and reads_as_price(value))


def _means(key: str) -> Meaning | None:
    return _SHORT.get(key) or meaning_of(key)


def _at(record: Record, path: KeyPath) -> Any:
    value: Any = record
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if _is_price(value) else None
