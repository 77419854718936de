"""The health of a page that answers and gives access, and of each of its symbols. Pure judgement, no I/O, no clock.

The page as a whole is judged in this order. The first line that applies decides:

| what is found                                                                         | state    |
| ------------------------------------------------------------------------------------- | -------- |
| a frame with symbols hangs                                                            | MISSING  |
| after the grace period: a table is empty, or a stream is not open or has no record    | MISSING  |
| a symbol that should be there is missing                                              | MISSING  |
| nothing of the feed file is on the page, or a symbol has no price yet                 | STARTING |
| a stream was silent for longer than its `max_silence`                                 | STALE    |
| any other problem of a stream (only in the grace period)                              | STARTING |
| something is observed less well than promised: see `_degradations`                    | DEGRADED |
| nothing of the above; the reason is what `dismiss` does not get rid of, if anything   | LIVE     |

The grace period is the time after a page was opened: see `Timings.settle_s`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from tickql.feed.status import ProducerState
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.stream_rules import StreamRule
from tickql.producer.health.page_frames import PageFrames, address
from tickql.producer.health.stream_health import judge_stream_symbol, judge_streams
from tickql.producer.health.symbol_health import (
    LOADING,
    Health,
    Places,
    add_places,
    empty_groups,
    judge_symbol,
    refusals,
    slowness,
    worst,
)
from tickql.producer.quotes.quote_builder import QuoteBuilder
from tickql.producer.quotes.symbol_state import SymbolState
from tickql.producer.streams.stream_set import StreamSet

StreamProblems = Mapping[int, Health]
"""What is wrong with whole stream rules, by the rule's index in the feed file."""


class ReportBasis(NamedTuple):
    """What one report is based on: all of it as of the same moment."""

    places: Mapping[str, Places]
    """Where each field of each symbol is (see `PageHealth.field_places`)."""
    stream_problems: StreamProblems
    is_settling: bool
    """Whether the page is in its grace period."""
    symbols: Mapping[str, Health]
    """The health of each symbol."""


class PageHealth:
    """Judges a page by its frames, its streams and the quotes that were built of it."""

    def __init__(self, feed: FeedFile, quote_builder: QuoteBuilder, streams: StreamSet, frames: PageFrames) -> None:
        self.keep_alive_problem: str | None = None
        """Why the `keep_alive` setting does not work, in a sentence; `None`: it works."""
        self.dialog_problem: str | None = None
        """What `dismiss` does not get rid of, in a sentence; `None`: nothing. No price is read worse for it."""
        self.list_problem: str | None = None
        """Which list does not hold all its rows (`scroll`), in a sentence; `None`: all do."""
        self.media_type: str | None = None
        """What the server sent in place of HTML, such as `application/json`; `None`: HTML."""
        self._feed = feed
        self._quote_builder = quote_builder
        self._streams = streams
        self._frames = frames
        self._found: set[str] = set()

    def start_loading(self) -> None:
        """Forget what was wrong with the page before: a page is being loaded."""
        self.keep_alive_problem = self.dialog_problem = self.list_problem = self.media_type = None

    def forget_found(self) -> None:
        """Start over with a new document, in which no symbol was found yet."""
        self._found.clear()

    @property
    def is_blank(self) -> bool:
        """Whether nothing of the feed file is on the page, and no stream is open."""
        return not self._streams.is_connected and self._frames.is_blank

    def field_places(self) -> dict[str, Places]:
        """Where each field of each symbol is, all frames together, by those rules that the symbol is taken from."""
        found: dict[str, Places] = defaultdict(dict)
        for heartbeat in self._frames.heartbeats.values():
            for (rule, symbol), places in heartbeat.places.items():
                if any(rule == source for source, _ in self._quote_builder.rules_of(symbol)):
                    add_places(found[symbol], places)
        return found

    def gather(self, symbols: Iterable[str], now_us: int, *, is_settling: bool) -> ReportBasis:
        """Judge each symbol, and return that with all that `judge_page` needs."""
        basis = ReportBasis(self.field_places(), judge_streams(self._streams, now_us), is_settling, {})
        return basis._replace(symbols={symbol: self._judge_symbol(symbol, basis) for symbol in symbols})

    def judge_page(self, basis: ReportBasis) -> Health:
        """Judge the page as a whole, in the order of the table above."""
        missing = [*self._missing(basis)]
        if missing:
            return Health(ProducerState.MISSING, _first(missing) + (self._other_page if self.is_blank else ""))
        is_starting = any(health.state is ProducerState.STARTING for health in basis.symbols.values())
        if self.is_blank or is_starting:
            return LOADING
        # Until the grace period is over, a stream that is not open yet belongs to a page that is loading.
        if basis.stream_problems:
            silent = self._stream_reasons(basis.stream_problems, ProducerState.STALE)
            return Health(ProducerState.STALE, _first(silent)) if silent else LOADING
        degradations = [*self._degradations(basis)]
        if degradations:
            return Health(ProducerState.DEGRADED, _first(degradations))
        return Health(ProducerState.LIVE, self.dialog_problem)

    def judge_rule(
        self,
        index: int,
        state: SymbolState | None,
        symbol: str,
        places: Places | None,
        stream_problems: StreamProblems,
    ) -> Health:
        """Judge a symbol by one of its rules alone. `state`: `None` if the rule has read nothing of the symbol yet."""
        rule = self._feed.rules[index]
        if isinstance(rule, StreamRule):
            return stream_problems.get(index) or judge_stream_symbol(self._streams.reader(index), state)
        if places is None and (frame := self._frames.hung_frame(symbol)) is not None:
            return Health(ProducerState.STALE, f"the frame that shows it does not answer: {address(frame)}")
        if places is None and symbol not in rule.named_symbols:
            return Health(ProducerState.MISSING, f"{self._feed.rule_name(index)} does not show it now")
        return judge_symbol(rule, places or {}, state)

    def _judge_symbol(self, symbol: str, basis: ReportBasis) -> Health:
        places = basis.places.get(symbol)
        health = worst(
            [
                self.judge_rule(index, state, symbol, places, basis.stream_problems)
                for index, state in self._quote_builder.rules_of(symbol)
            ]
        )
        if health.state is ProducerState.LIVE:
            self._found.add(symbol)
        # What was found and is gone again is missing at once; what was never found may still be loading.
        is_loading = basis.is_settling and symbol not in self._found
        return LOADING if health.state is ProducerState.MISSING and is_loading else health

    def _missing(self, basis: ReportBasis) -> Iterator[str]:
        for frame in self._frames.hung.values():
            yield f"a frame of the page does not answer: {address(frame)}"
        if not basis.is_settling:
            yield from empty_groups(self._feed, self._frames.heartbeats)
            yield from self._stream_reasons(basis.stream_problems, ProducerState.MISSING)
        for symbol, (state, reason) in basis.symbols.items():
            if state is ProducerState.MISSING and self._is_expected(symbol, basis):
                yield f"{symbol}: {reason}"

    def _is_expected(self, symbol: str, basis: ReportBasis) -> bool:
        """Whether a missing symbol is a fault of the page. Rows of a table come and go: an absent row is none."""
        places = basis.places.get(symbol)
        for index, state in self._quote_builder.rules_of(symbol):
            if isinstance(self._feed.rules[index], StreamRule):
                is_expected = index not in basis.stream_problems
            else:
                is_expected = places is not None or symbol in self._feed.named_symbols
            health = self.judge_rule(index, state, symbol, places, basis.stream_problems) if is_expected else None
            if health is not None and health.state is ProducerState.MISSING:
                return True
        return False

    def _degradations(self, basis: ReportBasis) -> Iterator[str]:
        """What is observed less well than promised: first what stays so, then what may pass."""
        if self.keep_alive_problem:
            yield self.keep_alive_problem
        if self.list_problem:
            yield self.list_problem
        shown = self._frames.symbols | self._streams.symbols_seen
        yield from refusals(self._quote_builder, shown)
        yield from slowness(self._feed, self._frames.heartbeats, is_settling=basis.is_settling)
        for index, why in self._streams.message_faults():
            yield f"{self._feed.rule_name(index)}: {why}"
        for symbol, (state, reason) in basis.symbols.items():
            if state is ProducerState.DEGRADED:
                yield f"{symbol}: {reason}"

    def _stream_reasons(self, problems: StreamProblems, wanted: ProducerState) -> list[str]:
        return [f"{self._feed.rule_name(index)}: {why}" for index, (state, why) in problems.items() if state is wanted]

    @property
    def _other_page(self) -> str:
        """For a page that shows nothing of the feed file: which page it is, and what it is if it is not HTML."""
        return f" (on {self._frames.page_name}" + (f", which is {self.media_type})" if self.media_type else ")")


def _first(sentences: list[str]) -> str:
    return sentences[0] if len(sentences) == 1 else f"{sentences[0]} (and {len(sentences) - 1} more)"
