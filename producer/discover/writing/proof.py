"""The proof of discovered rules: the producer's own observer reads the page and must find the same prices."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from tickql.producer.capture.messages import Flush, Heartbeat
from tickql.producer.capture.observer_client import ObserverClient
from tickql.producer.capture.observer_events import FrameMessage
from tickql.producer.discover.inference.findings import Findings, FoundField, FoundRule
from tickql.producer.errors import PageFault, UnparsedPrice
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.price_fields import FIELD_NAMES
from tickql.producer.prices.seen_text import plain_words
from tickql.producer.quotes.symbol_texts import SymbolTexts

# The order in which a `FeedFile` numbers its rules.
_KIND_ORDER = ("symbol", "table", "labelled")
# Rows of a table come one after another: after most of them, the others get this time.
_LATE_ROWS_S = 1.2

Shown = Mapping[tuple[str, str], list[str]]
"""By symbol and field: the texts that discovery itself has seen lately."""
RowKey = tuple[int, str]
"""The index of a rule in the feed file, and a symbol."""


class ObserverReader:
    """Collects what the observer of one page reports."""

    def __init__(self, observer: ObserverClient, feed: FeedFile) -> None:
        self._observer = observer
        self._symbols = SymbolTexts(feed)
        self.texts: dict[RowKey, dict[str, list[str]]] = {}
        """By rule and symbol: all texts of each field, oldest first."""
        self.candidates: dict[RowKey, dict[str, int | None]] = {}
        """By rule and symbol: which of a field's selectors is in use; `None`: none matches exactly once."""

    async def read(self, is_enough: Callable[[], bool], seconds: float) -> None:
        """Collect until `is_enough`, and 1.2 s longer for the remaining rows; at most `seconds` in all.

        Raises:
            PageFault: the page crashed or is gone.
        """
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
                    self._collect(item)
            if is_enough():
                deadline = min(deadline, time.monotonic() + _LATE_ROWS_S)
            # `wait` does not yield while the flag is set: a page that changes fast must not starve other tasks.
            await asyncio.sleep(0)

    def _collect(self, received: FrameMessage) -> None:
        match received.message:
            case Flush(readings):
                for reading in readings:
                    symbol, _ = self._symbols.read(reading.rule, reading.symbol)
                    if symbol is None:
                        continue
                    texts = self.texts.setdefault((reading.rule, symbol), {})
                    for name, text in zip(FIELD_NAMES, reading.texts, strict=True):
                        if text is not None:
                            texts.setdefault(name, []).append(text)
            case Heartbeat() as heartbeat:
                for key, places in self._symbols.translate(heartbeat.places).items():
                    for name, place in zip(FIELD_NAMES, places, strict=True):
                        if place is not None:
                            candidate = place.candidate if place.matches == 1 else None
                            self.candidates.setdefault(key, {})[name] = candidate


def in_file_order(findings: Findings) -> list[FoundRule]:
    """Return the complete rules in the order in which a `FeedFile` numbers them."""
    return sorted(findings.complete_rules, key=lambda rule: _KIND_ORDER.index(rule.kind))


def has_read_enough(findings: Findings, reader: ObserverReader) -> bool:
    """Return whether each field of each rule was read for most symbols; not for all, since rows may disappear."""
    for number, rule in enumerate(in_file_order(findings)):
        for each in rule.fields:
            read = sum(bool(reader.texts.get((number, symbol), {}).get(each.name)) for symbol in each.spots)
            if 2 * read <= len(each.spots):
                return False
    return True


def remove_unproved(
    findings: Findings, feed: FeedFile, reader: ObserverReader, shown: Shown | None
) -> tuple[Findings, list[str]]:
    """Remove the selectors that the observer does not confirm: those that miss most rows or find something else.

    `shown` are the texts that discovery itself has seen; the observer must have read one of the same row. `None`: a
    new visit, where prices differ; then the texts only have to be prices. Returns the remaining findings, and the
    faults of the removed selectors, for people.
    """
    proved: list[FoundRule] = [rule for rule in findings.rules if not rule.has_format]
    faults: list[str] = []
    for number, rule in enumerate(in_file_order(findings)):
        for each in rule.fields:
            # Values that change without a mutation are polled: observer and collector may poll different prices. Of a
            # number that counts to each price, the collector sees mostly what is none.
            seen = shown if each.read == "text" and not each.is_animated else None
            fault = _fault_of_field(feed, number, rule, each, reader, seen)
            if fault is not None:
                more = f" and {len(rule.names) - 1} more" if len(rule.names) > 1 else ""
                faults.append(f"{each.name.upper()} of {rule.names[0]}{more} by {each.place}: {fault}")
                rule = rule.without_first_selector(each.name)
        if rule.fields:
            proved.append(rule)
    return replace(findings, rules=tuple(proved)), faults


def _fault_of_field(
    feed: FeedFile,
    number: int,
    rule: FoundRule,
    found: FoundField,
    reader: ObserverReader,
    shown: Shown | None,
) -> str | None:
    """Return what is wrong with a field of a rule; `None`: nothing. Rows may come and go: most of them count."""
    symbols = {symbol for key, symbol in reader.texts if key == number}
    present = [symbol for symbol in (symbols if rule.kind == "table" else found.spots) if symbol in symbols]
    found_faults = (_fault(feed, number, symbol, found.name, reader, shown) for symbol in present)
    faults = [fault for fault in found_faults if fault is not None]
    if not present or 2 * len(faults) > len(present):
        return faults[0] if faults else "not found"
    used = [reader.candidates.get((number, symbol), {}).get(found.name) for symbol in present]
    later = sum(candidate is not None and candidate > 0 for candidate in used)
    return "no longer matches, but the next selector does" if 2 * later > len(used) else None


def _fault(
    feed: FeedFile, number: int, symbol: str, name: str, reader: ObserverReader, shown: Shown | None
) -> str | None:
    """Return what is wrong with the texts of one field of one symbol; `None`: nothing."""
    texts = reader.texts.get((number, symbol), {}).get(name)
    if not texts:
        return "not found"
    for text in texts:
        try:
            feed.rules[number].parsers[name].parse(text)  # type: ignore[index]
        except UnparsedPrice as error:
            return f"{error.shown}: {error.why}"
    # A row that came only now has no texts to be compared with.
    own = shown.get((symbol, name)) if shown is not None else None
    if own and not set(own) & set(texts):
        return f"shows {plain_words(texts[-1])!r}, not {plain_words(own[-1])!r}"
    return None
