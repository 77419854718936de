"""The journal of a run: what was generated, confirmed, received and stored, for the delivery checker.

A line is a JSON object with its `kind`. Ticks are named by their cursor, and by their number in a term. A term is one
life of a producer; each begins with number 1. A test with one producer has only term 0.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from tickql.feed.tick import Cursor, Event, Quote, Tick


@dataclass(frozen=True)
class Received:
    """One event that a reader received. `gap` is its reason; `gap_after` and `lost` are `None` if the gap lacks them.

    `fresh`: the first event of a subscription that did not resume, so that ticks before it are not missing.
    `merging`: whether this reader reads only the newest tick.
    """

    reader: str
    merging: bool
    symbol: str
    cursor: str
    number: int
    content: str
    skipped: int = 0
    gap: str | None = None
    gap_after: str | None = None
    lost: int | None = None
    term: int = 0
    fresh: bool = False


class Journal:
    """Passes lines on to `take`, as they come, and writes them to a file.

    Every line is written at once: after a crash of the test it is there. `path`: `None` writes no file.
    """

    def __init__(
        self, path: Path | None, take: Callable[[str, dict[str, Any]], None] = lambda kind, fields: None
    ) -> None:
        self.path = path
        self._take = take
        self._file = None if path is None else path.open("a", encoding="utf-8", buffering=1)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def generated(self, quote: Quote) -> None:
        self.write("generated", {"symbol": quote.symbol, "term": 0, "number": number_of(quote)})

    def received(self, reader: str, event: Event, merging: bool = False) -> None:
        tick, gap = event.tick, event.gap
        self.write_received(
            Received(
                reader=reader,
                merging=merging,
                symbol=tick.symbol,
                cursor=str(tick.cursor),
                number=number_of(tick),
                content=content_of(tick),
                skipped=event.skipped,
                gap=None if gap is None else gap.reason,
                gap_after=None if gap is None or gap.after is None else str(gap.after),
                lost=None if gap is None else gap.lost,
            )
        )

    def write_received(self, event: Received) -> None:
        # `asdict` takes ten times as long, which is most of what a client costs.
        self.write("received", vars(event))

    def stored(self, ticks: Iterable[Tick]) -> None:
        """Record what Redis holds in the end: one more proof of what each cursor names."""
        for tick in ticks:
            self.write("stored", {"symbol": tick.symbol, "cursor": str(tick.cursor), "content": content_of(tick)})

    def write(self, kind: str, fields: dict[str, Any]) -> None:
        if self._file is not None:
            self._file.write(orjson.dumps({"kind": kind, **fields}).decode() + "\n")
        self._take(kind, fields)


def number_of(tick: Tick | Quote) -> int:
    assert tick.last is not None
    return int(tick.last)


def content_of(tick: Tick) -> str:
    return f"{tick.ask} {tick.bid} {tick.last} {tick.observed_us} {tick.published_us}"


@lru_cache(maxsize=1 << 16)
def parse_cursor(text: str) -> Cursor:
    """Parse a cursor. Cached, as every reader has the same ones."""
    return Cursor.parse(text)
