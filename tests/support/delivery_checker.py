"""Checks a journal of generated quotes and received events against the promises of the feed.

1. Each reader gets each tick once and in order, or a gap that counts the missing ones.
2. A cursor never names two different ticks.
3. A gap is reported only where ticks are missing.

A tick carries its running number and its producer's term, so the checker does not depend on what the feed reports.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.gap_rules import Allowed, gap_faults
from tests.support.journal import Received, parse_cursor
from tickql.feed.tick import Cursor

_Place = tuple[str, str]
"""A reader or a cursor, and the symbol."""


class DeliveryChecker:
    """Takes the lines of a journal one by one. `allowed`: the gaps that the faults of the run can explain.

    `kept_contents`: how many cursors of each symbol are compared with later ones; a soak has too many for all.
    """

    def __init__(self, allowed: Allowed | None = None, kept_contents: int | None = None) -> None:
        self.allowed = allowed or Allowed()
        self.gaps: Counter[str] = Counter()
        """Gaps received, by reason."""
        self._kept_contents = kept_contents
        self._faults: list[tuple[str, str]] = []
        self._contents: dict[str, dict[str, str]] = {}
        self._stored: dict[str, set[str]] = {}
        self._newest: dict[_Place, Received] = {}
        self._left_epochs: dict[_Place, set[int]] = {}
        self._epochs: dict[str, set[int]] = {}
        self._reported_lost: list[tuple[str, Cursor, Cursor]] = []
        self._last: dict[str, tuple[int, int]] = {}
        self._confirmed: dict[tuple[str, int], int] = {}
        self._term_ends: list[tuple[str, Received]] = []

    def take(self, kind: str, fields: dict[str, Any]) -> None:
        """Take in one line."""
        match kind:
            case "generated":
                self._last[fields["symbol"]] = (fields["term"], fields["number"])
            case "confirmed":
                place = (fields["symbol"], fields["term"])
                self._confirmed[place] = max(self._confirmed.get(place, 0), fields["number"])
            case "stored":
                self._check_content(fields["symbol"], fields["cursor"], fields["content"])
                self._stored.setdefault(fields["symbol"], set()).add(fields["cursor"])
            case "received":
                self._receive(Received(**fields))
            case "broken":
                self._faults.append((fields["reader"], fields["what"]))

    def faults(self, *readers: str) -> list[str]:
        """Return a sentence for each broken promise up to now; with `readers` only of these."""
        found = [*self._faults, *self._final_faults()]
        return [f"{reader}: {fault}" for reader, fault in found if not readers or reader in readers]

    def readers_behind(self) -> list[str]:
        """Return the readers that do not have the last generated tick of their symbol."""
        return [reader for reader, fault in self._missing_ends()]

    def _receive(self, event: Received) -> None:
        self._check_content(event.symbol, event.cursor, event.content)
        place = (event.reader, event.symbol)
        if event.gap:
            self.gaps[event.gap] += 1
        self._epochs.setdefault(event.symbol, set()).add(parse_cursor(event.cursor).epoch)
        one = self._newest.get(place)
        self._newest[place] = event
        if one is not None and not event.fresh:
            self._faults += ((event.reader, fault) for fault in self._step_faults(place, one, event))

    def _check_content(self, symbol: str, cursor: str, content: str) -> None:
        contents = self._contents.setdefault(symbol, {})
        if (known := contents.setdefault(cursor, content)) != content:
            self._faults.append(("all", f"{(symbol, cursor)} names {known} and {content}"))
        if self._kept_contents is not None and len(contents) > self._kept_contents:
            del contents[next(iter(contents))]

    def _step_faults(self, place: _Place, one: Received, other: Received) -> Iterator[str]:
        before, after = parse_cursor(one.cursor), parse_cursor(other.cursor)
        left = self._left_epochs.setdefault(place, set())
        if before.epoch != after.epoch:
            left.add(before.epoch)
        if after.epoch in left or (before.epoch == after.epoch and after.seq <= before.seq):
            yield f"{other.cursor} after {one.cursor}"
        elif other.gap:
            yield from gap_faults(one, other, self.allowed)
            if before.epoch == after.epoch and not other.merging:
                self._reported_lost.append((other.reader, before, after))
        else:
            yield from self._hole_faults(one, other)
        if other.skipped and not other.merging:
            yield f"{other.cursor} skips {other.skipped}"

    def _hole_faults(self, one: Received, other: Received) -> Iterator[str]:
        before, after = parse_cursor(one.cursor), parse_cursor(other.cursor)
        if after != before._replace(seq=before.seq + 1 + other.skipped):
            yield f"{other.cursor} after {one.cursor}, without a gap"
        elif one.term == other.term:
            if other.number != one.number + 1 + other.skipped:
                yield f"tick {other.number} after {one.number}, without a gap"
        elif not other.merging:
            if other.number != 1:
                yield f"term {other.term} begins with tick {other.number}, without a gap"
            self._term_ends.append((other.reader, one))

    def _final_faults(self) -> Iterator[tuple[str, str]]:
        for reader, before, after in self._reported_lost:
            stored = self._stored.get(before.symbol, set())
            missing = (str(before._replace(seq=seq)) for seq in range(before.seq + 1, after.seq))
            yield from (
                (reader, f"{cursor} is reported lost, and Redis has it") for cursor in missing if cursor in stored
            )
        for reader, end in self._term_ends:
            confirmed = self._confirmed.get((end.symbol, end.term), 0)
            if end.number < confirmed:
                yield reader, f"term {end.term} ended with tick {end.number}, and Redis had {confirmed}, without a gap"
        for symbol, epochs in self._epochs.items():
            if self.allowed.epochs is not None and len(epochs) > self.allowed.epochs:
                yield "all", f"{symbol} had {len(epochs)} numberings, and the faults explain {self.allowed.epochs}"
        yield from self._missing_ends()

    def _missing_ends(self) -> Iterator[tuple[str, str]]:
        for (reader, symbol), newest in self._newest.items():
            if symbol in self._last and (newest.term, newest.number) != self._last[symbol]:
                yield reader, f"tick {self._last[symbol][1]} was not received; the last was {newest.number}"


def violations(path: Path) -> list[str]:
    """Return a sentence for each broken promise in a journal."""
    checker = DeliveryChecker()
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = json.loads(line)
        checker.take(fields.pop("kind"), fields)
    return checker.faults()
