"""Proves a feed file on the page: the producer's own observer reads it, and must read what was found."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from tickql.producer.capture.messages import Flush, Heartbeat
from tickql.producer.capture.observer_client import FrameMessage, ObserverClient
from tickql.producer.discover.inference.findings import Findings, FoundField, FoundRule
from tickql.producer.errors import PageFault, UnparsedPrice
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.price_fields import FIELD_NAMES

_ORDER = ("symbol", "table", "labelled")
_SETTLED_S = 1.2

Key = tuple[int, str]
"""A rule of the feed file, and a symbol."""


class Reader:
    """What the observer of a page tells, the newest of each symbol."""

    def __init__(self, observer: ObserverClient) -> None:
        self._observer = observer
        self.texts: dict[Key, dict[str, list[str]]] = {}
        """Of each rule and symbol, all texts of each price."""
        self.candidates: dict[Key, dict[str, int | None]] = {}
        """Which candidate was taken for each price; `None`: none matched exactly once."""
        self.refused: list[str] = []

    async def read(self, enough: Callable[[], bool], seconds: float) -> None:
        """Listen until there is enough, and a little longer for the rest; at most so long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                    await self._observer.arrived.wait()
            except TimeoutError:
                return
            for item in self._observer.drain():
                if isinstance(item, PageFault):
                    raise item
                if isinstance(item, FrameMessage):
                    self._note(item)
            if enough():
                deadline = min(deadline, time.monotonic() + _SETTLED_S)
            await asyncio.sleep(0)

    def _note(self, heard: FrameMessage) -> None:
        match heard.message:
            case Flush(readings):
                for reading in readings:
                    kept = self.texts.setdefault((reading.rule, reading.symbol), {})
                    for name, text in zip(FIELD_NAMES, reading.texts, strict=True):
                        if text is not None:
                            kept.setdefault(name, []).append(text)
            case Heartbeat() as heartbeat:
                self.refused = [f"{selector}: {why}" for selector, why in heartbeat.invalid]
                for key, places in heartbeat.places.items():
                    for name, place in zip(FIELD_NAMES, places, strict=True):
                        if place is not None:
                            candidate = place.candidate if place.matches == 1 else None
                            self.candidates.setdefault(key, {})[name] = candidate


def in_file_order(findings: Findings) -> list[FoundRule]:
    """The settled rules in the order in which a `FeedFile` numbers them."""
    return sorted(findings.settled, key=lambda rule: _ORDER.index(rule.kind))


def is_enough(findings: Findings, reader: Reader) -> bool:
    """Whether the observer has read each price of each rule for most symbols: rows may have gone meanwhile."""
    for number, rule in enumerate(in_file_order(findings)):
        for each in rule.fields:
            read = sum(bool(reader.texts.get((number, symbol), {}).get(each.name)) for symbol in each.spots)
            if 2 * read <= len(each.spots):
                return False
    return True


def judge(
    findings: Findings, feed: FeedFile, reader: Reader, shown: Mapping[str, list[str]] | None
) -> tuple[Findings, list[str]]:
    """Take back what the observer does not confirm: a selector that misses in most rows or finds something else.

    `shown` is what asks, bids and lasts have shown lately, to compare; `None`: another visit to the page, with other
    prices; then a text must only read as a price. Returns what is left, and what was wrong, for people.
    """
    left: list[FoundRule] = [rule for rule in findings.rules if not rule.settled]
    wrong: list[str] = []
    for number, rule in enumerate(in_file_order(findings)):
        for each in rule.fields:
            # What changes in silence is looked at now and then: two lookers need not see the same prices.
            seen = shown[each.name] if shown is not None and each.read == "text" else None
            fault = _fault_of_field(feed, number, rule, each, reader, seen)
            if fault is not None:
                wrong.append(f"{each.name.upper()} of {rule.names[0]} by {each.selectors[0].text}: {fault}")
                rule = rule.without_first(each.name)
        if rule.fields:
            left.append(rule)
    return replace(findings, rules=tuple(left)), wrong


def _fault_of_field(
    feed: FeedFile,
    number: int,
    rule: FoundRule,
    found: FoundField,
    reader: Reader,
    shown: list[str] | None,
) -> str | None:
    """What is wrong with one price of a rule; `None`: nothing. Rows may have gone meanwhile, and others have come."""
    symbols = {symbol for key, symbol in reader.texts if key == number}
    there = [symbol for symbol in (symbols if rule.kind == "table" else found.spots) if symbol in symbols]
    told = (_fault(feed, number, symbol, found.name, reader, shown) for symbol in there)
    faults = [fault for fault in told if fault is not None]
    if not there or 2 * len(faults) > len(there):
        return faults[0] if faults else "not found"
    used = [reader.candidates.get((number, symbol), {}).get(found.name) for symbol in there]
    later = sum(candidate is not None and candidate > 0 for candidate in used)
    return "matches no more, the next selector does" if 2 * later > len(used) else None


def _fault(feed: FeedFile, number: int, symbol: str, name: str, reader: Reader, shown: list[str] | None) -> str | None:
    """What is wrong with what was read of one price; `None`: nothing."""
    texts = reader.texts.get((number, symbol), {}).get(name)
    if not texts:
        return "not found"
    for text in texts:
        try:
            feed.rules[number].price_format(name).parse(text)  # type: ignore[arg-type]
        except UnparsedPrice as error:
            return str(error)
    if shown is not None and not set(shown) & set(texts):
        return f"shows {texts[-1]!r}, not {shown[-1] if shown else 'what was found'!r}"
    return None
