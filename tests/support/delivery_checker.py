"""Checks a journal of generated quotes and received events against the two promises of the feed.

1. Each reader gets each tick once and in order, or a gap that counts the missing ones.
2. A cursor never names two different ticks.

A generated quote carries its running number as LAST, so the checker does not depend on what the feed reports.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from tickql.feed.tick import Cursor, Event, Quote, Tick


@dataclass(frozen=True, slots=True)
class Received:
    """One event that a reader received. `gap_after` and `lost` are `None` without a gap, or if the gap lacks them."""

    reader: str
    merging: bool
    """Whether this reader reads only the newest tick."""
    symbol: str
    cursor: str
    number: int
    content: str
    skipped: int
    gap: bool
    gap_after: str | None
    lost: int | None


class Journal:
    """A file of events, one line of JSON each. Every line is written at once: after a crash of the test it is there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def close(self) -> None:
        self._file.close()

    def generated(self, quote: Quote) -> None:
        self._write("generated", {"symbol": quote.symbol, "number": number_of(quote)})

    def received(self, reader: str, event: Event, merging: bool = False) -> None:
        tick, gap = event.tick, event.gap
        line = Received(
            reader=reader,
            merging=merging,
            symbol=tick.symbol,
            cursor=str(tick.cursor),
            number=number_of(tick),
            content=content_of(tick),
            skipped=event.skipped,
            gap=gap is not None,
            gap_after=None if gap is None or gap.after is None else str(gap.after),
            lost=None if gap is None else gap.lost,
        )
        self._write("received", asdict(line))

    def stored(self, ticks: Iterable[Tick]) -> None:
        """Record what Redis holds in the end: one more proof of what each cursor names."""
        for tick in ticks:
            self._write("stored", {"symbol": tick.symbol, "cursor": str(tick.cursor), "content": content_of(tick)})

    def _write(self, kind: str, fields: dict[str, object]) -> None:
        self._file.write(json.dumps({"kind": kind, **fields}) + "\n")


def number_of(tick: Tick | Quote) -> int:
    assert tick.last is not None
    return int(tick.last)


def content_of(tick: Tick) -> str:
    return f"{tick.ask} {tick.bid} {tick.last} {tick.observed_us} {tick.published_us}"


def violations(path: Path) -> list[str]:
    """Return a sentence for each broken promise in a journal."""
    generated: dict[str, list[int]] = {}
    readers: dict[tuple[str, str], list[Received]] = {}
    contents: dict[tuple[str, str], str] = {}
    stored: dict[str, set[str]] = {}
    faults: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = json.loads(line)
        kind = fields.pop("kind")
        if kind == "generated":
            generated.setdefault(fields["symbol"], []).append(fields["number"])
            continue
        name = (fields["symbol"], fields["cursor"])
        if contents.setdefault(name, fields["content"]) != fields["content"]:
            faults.append(f"{name} names {contents[name]} and {fields['content']}")
        if kind == "stored":
            stored.setdefault(fields["symbol"], set()).add(fields["cursor"])
        if kind == "received":
            event = Received(**fields)
            readers.setdefault((event.reader, event.symbol), []).append(event)
    for (reader, symbol), events in readers.items():
        faults += (f"{reader}: {fault}" for fault in _faults(events, generated[symbol], stored.get(symbol, set())))
    return faults


def _faults(events: list[Received], generated: list[int], stored: set[str]) -> Iterator[str]:
    seen = {events[0].cursor}
    for one, other in pairwise(events):
        before, after = Cursor.parse(one.cursor), Cursor.parse(other.cursor)
        if other.cursor in seen or (before.epoch == after.epoch and after.seq <= before.seq):
            yield f"{other.cursor} after {one.cursor}"
        elif other.gap:
            yield from _gap_faults(one, other, stored)
        elif after != before._replace(seq=before.seq + 1 + other.skipped):
            yield f"{other.cursor} after {one.cursor}, without a gap"
        elif other.number != one.number + 1 + other.skipped:
            yield f"tick {other.number} after {one.number}, without a gap"
        if other.skipped and not other.merging:
            yield f"{other.cursor} skips {other.skipped}"
        seen.add(other.cursor)
    if events[-1].number != generated[-1]:
        yield f"tick {generated[-1]} was not received; the last was {events[-1].number}"


def _gap_faults(one: Received, other: Received, stored: set[str]) -> Iterator[str]:
    before, after = Cursor.parse(one.cursor), Cursor.parse(other.cursor)
    begin = None if other.gap_after is None else Cursor.parse(other.gap_after)
    if begin is None or (begin != before and not (other.merging and is_between(before, begin, after))):
        yield f"the gap between {one.cursor} and {other.cursor} is after {other.gap_after}"
    if other.lost is not None and after != before._replace(seq=before.seq + 1 + other.lost + other.skipped):
        yield f"the gap between {one.cursor} and {other.cursor} is not of {other.lost}"
    if before.epoch == after.epoch and not other.merging:
        missing = (str(before._replace(seq=seq)) for seq in range(before.seq + 1, after.seq))
        yield from (f"{cursor} is reported lost, and Redis has it" for cursor in missing if cursor in stored)
    if other.number < one.number:
        yield f"tick {other.number} after {one.number}"


def is_between(before: Cursor, cursor: Cursor, after: Cursor) -> bool:
    """Whether a cursor may lie between two that were delivered one after the other. Epochs have no order."""
    return (cursor.epoch != before.epoch or cursor.seq > before.seq) and (
        cursor.epoch != after.epoch or cursor.seq < after.seq
    )
