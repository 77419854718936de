"""What the producer sees of its page, as the status that it reports. No I/O and no clock of its own."""

from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Any

from tickql.feed.status import ProducerReport, ProducerState, SymbolReport
from tickql.producer.capture.messages import Heartbeat
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.markers import MarkerKind, page_markers
from tickql.producer.feedfile.stream_rules import StreamRule
from tickql.producer.health.page_access import UNSURE, AccessProblem, PageAccess, judge_access
from tickql.producer.health.stream_health import judge_stream_symbol, judge_streams
from tickql.producer.health.symbol_health import (
    LOADING,
    Health,
    Places,
    add_places,
    empty_groups,
    judge_symbol,
    slowness,
    worst,
)
from tickql.producer.login.page_login import PageLogin
from tickql.producer.quotes.quote_builder import QuoteBuilder, SymbolState
from tickql.producer.streams.stream_set import StreamSet

_RESTLESS = 5
_RESTLESS_US = 5_000_000
SETTLE_US = 3_000_000
"""How long after a page was opened what was not there yet may be missing without a word about it."""


class PageStatus:
    """Takes in beats and faults; gives a report whenever there is something new to say."""

    def __init__(self, feed: FeedFile, quote_builder: QuoteBuilder, login: PageLogin) -> None:
        self.access: PageAccess | None = None
        """Why no price that the page shows is to be published, as of the latest report; `None`: it may be."""
        self.refusal: str | None = None
        """What the server's answer says of a challenge, `None`: nothing. Holds for the document that it came with."""
        self.complaint: str | None = None
        """What else keeps the page from being seen well, in a sentence; `None`: nothing."""
        self.media_type: str | None = None
        """What the address gives, if that is no HTML, such as `application/json`. Holds like `refusal`."""
        self.streams = StreamSet(feed)
        self._feed = feed
        self._quote_builder = quote_builder
        self._login = login
        self._marks = page_markers(feed.page)
        self._heartbeats: dict[int, Heartbeat] = {}
        self._hung: dict[int, Heartbeat] = {}
        self._generation: int | None = None
        self._opened_us = 0
        self._renewals: deque[int] = deque(maxlen=_RESTLESS)
        self._found: set[str] = set()
        self._trouble: Health | None = Health(ProducerState.STARTING)
        self._last: ProducerReport | None = None

    def opening(self) -> None:
        """A page is being loaded: nothing that was seen holds any more. What was wrong is wrong until it beats."""
        self._heartbeats.clear()
        self._hung.clear()
        self.streams.reset()
        self._generation = None
        self.refusal = self.complaint = self.media_type = None
        self._doubt()

    def heartbeat(self, context: int, heartbeat: Heartbeat) -> None:
        """A frame of the page is alive."""
        self._heartbeats[context] = heartbeat
        self._hung.pop(context, None)
        if heartbeat.top and heartbeat.generation != self._generation:
            if self._generation is not None:
                self.refusal = self.media_type = None
                self._renewals.append(heartbeat.us)
            self._generation = heartbeat.generation
            self._opened_us = heartbeat.us
            self._found.clear()
        self._trouble = self._restlessness(heartbeat.us)

    def forget(self, context: int | None, *, is_hung: bool = False) -> None:
        """A frame is gone, or only hangs; `None`: all of them."""
        if context is None:
            self._heartbeats.clear()
            self._hung.clear()
        else:
            heartbeat = self._heartbeats.pop(context, None)
            self._hung.pop(context, None)
            if is_hung and heartbeat is not None and heartbeat.places:
                self._hung[context] = heartbeat
        if not any(heartbeat.top for heartbeat in self._heartbeats.values()):
            self._doubt()

    def _restlessness(self, now_us: int) -> Health | None:
        if len(self._renewals) < _RESTLESS or now_us - self._renewals[0] > _RESTLESS_US:
            return None
        reason = f"the page opens itself anew again and again, {_RESTLESS} times in {_RESTLESS_US // 1_000_000} s"
        return Health(ProducerState.STALE if self.blank else ProducerState.DEGRADED, reason)

    def lost(self, reason: str) -> None:
        """The page is not heard."""
        self._trouble = Health(ProducerState.STALE, reason)

    @property
    def latest(self) -> ProducerReport | None:
        """The newest report; `None`: there was none yet."""
        return self._last

    def succeed(self, other: "PageStatus") -> None:
        """Go on in place of another sight: what it reported was the newest word."""
        self._last = other._last

    def stopped(self) -> None:
        """The producer ends on purpose."""
        self._trouble = Health(ProducerState.STOPPED)

    @property
    def blank(self) -> bool:
        """Whether nothing of the feed file is on the page."""
        return not self.streams.is_connected and not any(heartbeat.places for heartbeat in self._heartbeats.values())

    @property
    def heartbeats(self) -> Mapping[int, Heartbeat]:
        """The newest beat of each frame."""
        return self._heartbeats

    @property
    def dialogs(self) -> list[str]:
        """The selectors of what is to be clicked away now."""
        seen = frozenset[int]().union(*(heartbeat.marks for heartbeat in self._heartbeats.values()))
        return [self._marks[index].selector for index in sorted(seen) if self._marks[index].kind is MarkerKind.DIALOG]

    @property
    def conflated(self) -> int:
        """Changes on the present page that came faster than the sample interval, and were merged into later ones."""
        return sum(heartbeat.conflated for heartbeat in self._heartbeats.values())

    @property
    def _other_page(self) -> str:
        """For a page that shows nothing of the feed file: which one it is, and what if it is no HTML."""
        return f" (on {self.page_name}" + (f", which is {self.media_type})" if self.media_type else ")")

    @property
    def page_name(self) -> str:
        """The page as people know it: its title and address, without the query, which may hold a secret."""
        top = next((heartbeat for heartbeat in self._heartbeats.values() if heartbeat.top), None)
        if top is None:
            return "the page"
        return f"{top.title!r} at {_address(top)}" if top.title else _address(top)

    def report(self, now_us: int) -> ProducerReport | None:
        """What is to be said now; `None`: the same as last time. Complaints that no longer hold are dropped."""
        seen = self.seen()
        settling = now_us - self._opened_us < SETTLE_US
        known = dict.fromkeys((*self._feed.named_symbols, *self._quote_builder.symbols))
        trouble = self._trouble or self._judge_standing(settling)
        unheard = judge_streams(self.streams, now_us)
        verdicts = {symbol: trouble or self._judge(symbol, seen.get(symbol), unheard, settling) for symbol in known}
        overall = trouble or self._judge_all(verdicts, seen, unheard, settling)
        for state in self._quote_builder.symbols.values():
            for field in state.fields.values():
                field.forgive()
        self.streams.clear_message_faults()
        report = self._since(overall, verdicts, now_us)
        if self._last is not None and _said(report) == _said(self._last):
            return None
        self._last = report
        return report

    def _doubt(self) -> None:
        """Of a page that may have to be logged in to, or not be live, nothing is believed before its first beat."""
        self.access = UNSURE if self._feed.page.login is not None or self._feed.page.stale else None

    def _judge_standing(self, settling: bool) -> Health | None:
        self.access = judge_access(
            self._marks, self._heartbeats, blank=self.blank, settling=settling, refusal=self.refusal
        )
        if self.access is None:
            return None
        if self.access.kind is AccessProblem.UNSURE:
            return LOADING
        if self.access.kind is AccessProblem.LOGGED_OUT:
            self.access = PageAccess(AccessProblem.LOGGED_OUT, f"{self.access.reason}; {self._login.advice}")
        return Health(ProducerState.STALE, self.access.reason)

    def seen(self) -> dict[str, Places]:
        """Where each field is, all frames together, as the rules see it that the symbol is taken from."""
        found: dict[str, Places] = defaultdict(dict)
        for heartbeat in self._heartbeats.values():
            for (rule, symbol), places in heartbeat.places.items():
                if any(rule == source for source, _ in self._quote_builder.sources(symbol)):
                    add_places(found[symbol], places)
        return found

    def judge_by(
        self, index: int, state: SymbolState | None, symbol: str, places: Places | None, unheard: dict[int, Health]
    ) -> Health:
        """A symbol as one of its rules has it. `unheard`: what is wrong with streams as a whole."""
        rule = self._feed.rules[index]
        if isinstance(rule, StreamRule):
            return unheard.get(index) or judge_stream_symbol(self.streams.reader(index), state)
        if places is None and (frame := self._hung_frame(symbol)) is not None:
            return Health(ProducerState.STALE, f"the frame that shows it does not answer: {_address(frame)}")
        if places is None and symbol not in rule.named_symbols:
            return Health(ProducerState.MISSING, f"{self._feed.rule_name(index)} does not show it now")
        return judge_symbol(rule, places or {}, state)

    def _judge(self, symbol: str, places: Places | None, unheard: dict[int, Health], settling: bool) -> Health:
        verdict = worst(
            [
                self.judge_by(index, state, symbol, places, unheard)
                for index, state in self._quote_builder.sources(symbol)
            ]
        )
        if verdict.state is ProducerState.LIVE:
            self._found.add(symbol)
        missing = verdict.state is ProducerState.MISSING
        return LOADING if missing and settling and symbol not in self._found else verdict

    def _judge_all(
        self, verdicts: dict[str, Health], seen: dict[str, Places], unheard: dict[int, Health], settling: bool
    ) -> Health:
        missing = [f"a frame of the page does not answer: {_address(frame)}" for frame in self._hung.values()]
        missing += [] if settling else [*empty_groups(self._feed, self._heartbeats), *self._said_of(unheard)]
        # Rows of a table come and go: that one of them is away is no fault of the page.
        missing += [
            f"{symbol}: {reason}"
            for symbol, (state, reason) in verdicts.items()
            if state is ProducerState.MISSING and self._is_due(symbol, seen.get(symbol), unheard)
        ]
        if missing:
            return Health(ProducerState.MISSING, _first(missing) + (self._other_page if self.blank else ""))
        if self.blank or any(verdict.state is ProducerState.STARTING for verdict in verdicts.values()):
            return LOADING
        if unheard:
            silent = self._said_of(unheard, ProducerState.STALE)
            return Health(ProducerState.STALE, _first(silent)) if silent else LOADING
        # What is not followed at all stays so, and goes before what is followed less well for the moment.
        lesser = [*([self.complaint] if self.complaint else []), *self._refusals()]
        lesser += slowness(self._feed, self._heartbeats, settling=settling)
        lesser += [f"{self._feed.rule_name(index)}: {why}" for index, why in self.streams.message_faults()]
        lesser += [f"{name}: {why}" for name, (state, why) in verdicts.items() if state is ProducerState.DEGRADED]
        return Health(ProducerState.DEGRADED, _first(lesser)) if lesser else Health(ProducerState.LIVE)

    def _hung_frame(self, symbol: str) -> Heartbeat | None:
        """The last beat of a frame that showed a symbol, and hangs; `None`: there is no such frame."""
        return next(
            (heartbeat for heartbeat in self._hung.values() if any(symbol == shown for _, shown in heartbeat.places)),
            None,
        )

    def _said_of(self, unheard: dict[int, Health], level: ProducerState = ProducerState.MISSING) -> list[str]:
        return [f"{self._feed.rule_name(index)}: {why}" for index, (state, why) in unheard.items() if state is level]

    def _is_due(self, symbol: str, places: Places | None, unheard: dict[int, Health]) -> bool:
        """Whether a symbol that is missing is a fault by itself."""
        for index, state in self._quote_builder.sources(symbol):
            is_stream = isinstance(self._feed.rules[index], StreamRule)
            is_due = index not in unheard if is_stream else places is not None or symbol in self._feed.named_symbols
            if is_due and self.judge_by(index, state, symbol, places, unheard).state is ProducerState.MISSING:
                return True
        return False

    def _refusals(self) -> list[str]:
        """Why some of what now stands in the place of a symbol is not taken for one."""
        shown = {
            symbol for heartbeat in self._heartbeats.values() for _, symbol in heartbeat.places
        } | self.streams.symbols_seen
        return [reason for symbol, reason in self._quote_builder.refused.items() if symbol in shown]

    def _since(self, overall: Health, verdicts: dict[str, Health], now_us: int) -> ProducerReport:
        """The report, each part with the time at which it got into its state."""
        last = self._last
        before = last.symbols if last is not None else {}
        symbols = {}
        for symbol, (state, reason) in verdicts.items():
            old = before.get(symbol)
            since_us = old.since_us if old is not None and old.state is state else now_us
            symbols[symbol] = SymbolReport(state=state, reason=reason, since_us=since_us)
        since_us = last.since_us if last is not None and last.state is overall.state else now_us
        return ProducerReport(
            source=self._feed.name, state=overall.state, reason=overall.reason, since_us=since_us, heard_us=now_us,
            symbols=symbols,
        )  # fmt: skip


def _address(heartbeat: Heartbeat) -> str:
    return heartbeat.href.partition("?")[0].partition("#")[0]


def _first(sentences: list[str]) -> str:
    return sentences[0] if len(sentences) == 1 else f"{sentences[0]} (and {len(sentences) - 1} more)"


def _said(report: ProducerReport) -> dict[str, Any]:
    return report.model_dump(exclude={"heard_us"})
