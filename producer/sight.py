"""What the producer sees of its page, as the status that it reports. No I/O and no clock of its own."""

from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Any

from feed.status import ProducerReport, ProducerState, SymbolReport
from producer.feedfile import FeedFile
from producer.login import Login
from producer.marks import Sign, marks_of
from producer.messages import Beat
from producer.quoter import Quoter, SymbolState
from producer.standing import UNSURE, Kind, Standing, judge_standing
from producer.streams.rule import StreamRule
from producer.streams.streams import Streams
from producer.verdicts import (
    LOADING,
    Places,
    Verdict,
    add_places,
    empty_groups,
    judge_symbol,
    slowness,
    worst,
)

_RESTLESS = 5
_RESTLESS_US = 5_000_000
SETTLE_US = 3_000_000
"""How long after a page was opened what was not there yet may be missing without a word about it."""


class Sight:
    """Takes in beats and faults; gives a report whenever there is something new to say."""

    def __init__(self, feed: FeedFile, quoter: Quoter, login: Login) -> None:
        self.standing: Standing | None = None
        """Why no price that the page shows is to be published, as of the latest report; `None`: it may be."""
        self.refusal: str | None = None
        """What the server's answer says of a challenge, `None`: nothing. Holds for the document that it came with."""
        self.complaint: str | None = None
        """What else keeps the page from being seen well, in a sentence; `None`: nothing."""
        self.media_type: str | None = None
        """What the address gives, if that is no HTML, such as `application/json`. Holds like `refusal`."""
        self.streams = Streams(feed)
        self._feed = feed
        self._quoter = quoter
        self._login = login
        self._marks = marks_of(feed.page)
        self._beats: dict[int, Beat] = {}
        self._hung: dict[int, Beat] = {}
        self._generation: int | None = None
        self._opened_us = 0
        self._renewals: deque[int] = deque(maxlen=_RESTLESS)
        self._found: set[str] = set()
        self._trouble: Verdict | None = Verdict(ProducerState.STARTING)
        self._last: ProducerReport | None = None

    def opening(self) -> None:
        """A page is being loaded: nothing that was seen holds any more. What was wrong is wrong until it beats."""
        self._beats.clear()
        self._hung.clear()
        self.streams.restart()
        self._generation = None
        self.refusal = self.complaint = self.media_type = None
        self._doubt()

    def beat(self, context: int, beat: Beat) -> None:
        """A frame of the page is alive."""
        self._beats[context] = beat
        self._hung.pop(context, None)
        if beat.top and beat.generation != self._generation:
            if self._generation is not None:
                self.refusal = self.media_type = None
                self._renewals.append(beat.us)
            self._generation = beat.generation
            self._opened_us = beat.us
            self._found.clear()
        self._trouble = self._restlessness(beat.us)

    def forget(self, context: int | None, *, is_hung: bool = False) -> None:
        """A frame is gone, or only hangs; `None`: all of them."""
        if context is None:
            self._beats.clear()
            self._hung.clear()
        else:
            beat = self._beats.pop(context, None)
            self._hung.pop(context, None)
            if is_hung and beat is not None and beat.places:
                self._hung[context] = beat
        if not any(beat.top for beat in self._beats.values()):
            self._doubt()

    def _restlessness(self, now_us: int) -> Verdict | None:
        if len(self._renewals) < _RESTLESS or now_us - self._renewals[0] > _RESTLESS_US:
            return None
        reason = f"the page opens itself anew again and again, {_RESTLESS} times in {_RESTLESS_US // 1_000_000} s"
        return Verdict(ProducerState.STALE if self.blank else ProducerState.DEGRADED, reason)

    def lost(self, reason: str) -> None:
        """The page is not heard."""
        self._trouble = Verdict(ProducerState.STALE, reason)

    @property
    def latest(self) -> ProducerReport | None:
        """The newest report; `None`: there was none yet."""
        return self._last

    def succeed(self, other: "Sight") -> None:
        """Go on in place of another sight: what it reported was the newest word."""
        self._last = other._last

    def stopped(self) -> None:
        """The producer ends on purpose."""
        self._trouble = Verdict(ProducerState.STOPPED)

    @property
    def blank(self) -> bool:
        """Whether nothing of the feed file is on the page."""
        return not self.streams.heard and not any(beat.places for beat in self._beats.values())

    @property
    def beats(self) -> Mapping[int, Beat]:
        """The newest beat of each frame."""
        return self._beats

    @property
    def dialogs(self) -> list[str]:
        """The selectors of what is to be clicked away now."""
        seen = frozenset[int]().union(*(beat.marks for beat in self._beats.values()))
        return [self._marks[index].selector for index in sorted(seen) if self._marks[index].sign is Sign.DIALOG]

    @property
    def conflated(self) -> int:
        """Changes on the present page that came faster than the sample interval, and were merged into later ones."""
        return sum(beat.conflated for beat in self._beats.values())

    @property
    def _other_page(self) -> str:
        """For a page that shows nothing of the feed file: which one it is, and what if it is no HTML."""
        return f" (on {self.page_name}" + (f", which is {self.media_type})" if self.media_type else ")")

    @property
    def page_name(self) -> str:
        """The page as people know it: its title and address, without the query, which may hold a secret."""
        top = next((beat for beat in self._beats.values() if beat.top), None)
        if top is None:
            return "the page"
        return f"{top.title!r} at {_address(top)}" if top.title else _address(top)

    def report(self, now_us: int) -> ProducerReport | None:
        """What is to be said now; `None`: the same as last time. Complaints that no longer hold are dropped."""
        seen = self.seen()
        settling = now_us - self._opened_us < SETTLE_US
        known = dict.fromkeys((*self._feed.symbols, *self._quoter.symbols))
        trouble = self._trouble or self._judge_standing(settling)
        unheard = self.streams.troubles(now_us)
        verdicts = {symbol: trouble or self._judge(symbol, seen.get(symbol), unheard, settling) for symbol in known}
        overall = trouble or self._judge_all(verdicts, seen, unheard, settling)
        for state in self._quoter.symbols.values():
            for field in state.fields.values():
                field.forgive()
        self.streams.forgive()
        report = self._since(overall, verdicts, now_us)
        if self._last is not None and _said(report) == _said(self._last):
            return None
        self._last = report
        return report

    def _doubt(self) -> None:
        """Of a page that may have to be logged in to, or not be live, nothing is believed before its first beat."""
        self.standing = UNSURE if self._feed.page.login is not None or self._feed.page.stale else None

    def _judge_standing(self, settling: bool) -> Verdict | None:
        self.standing = judge_standing(
            self._marks, self._beats, blank=self.blank, settling=settling, refusal=self.refusal
        )
        if self.standing is None:
            return None
        if self.standing.kind is Kind.UNSURE:
            return LOADING
        if self.standing.kind is Kind.LOGGED_OUT:
            self.standing = Standing(Kind.LOGGED_OUT, f"{self.standing.reason}; {self._login.advice}")
        return Verdict(ProducerState.STALE, self.standing.reason)

    def seen(self) -> dict[str, Places]:
        """Where each field is, all frames together, as the rules see it that the symbol is taken from."""
        found: dict[str, Places] = defaultdict(dict)
        for beat in self._beats.values():
            for (rule, symbol), places in beat.places.items():
                if any(rule == source for source, _ in self._quoter.sources(symbol)):
                    add_places(found[symbol], places)
        return found

    def judge_by(
        self, index: int, state: SymbolState | None, symbol: str, places: Places | None, unheard: dict[int, Verdict]
    ) -> Verdict:
        """A symbol as one of its rules has it. `unheard`: what is wrong with streams as a whole."""
        rule = self._feed.rules[index]
        if isinstance(rule, StreamRule):
            return unheard.get(index) or self.streams.judge(index, state)
        if places is None and (frame := self._hung_frame(symbol)) is not None:
            return Verdict(ProducerState.STALE, f"the frame that shows it does not answer: {_address(frame)}")
        if places is None and symbol not in rule.known:
            return Verdict(ProducerState.MISSING, f"{self._feed.place(index)} does not show it now")
        return judge_symbol(rule, places or {}, state)

    def _judge(self, symbol: str, places: Places | None, unheard: dict[int, Verdict], settling: bool) -> Verdict:
        verdict = worst(
            [self.judge_by(index, state, symbol, places, unheard) for index, state in self._quoter.sources(symbol)]
        )
        if verdict.state is ProducerState.LIVE:
            self._found.add(symbol)
        missing = verdict.state is ProducerState.MISSING
        return LOADING if missing and settling and symbol not in self._found else verdict

    def _judge_all(
        self, verdicts: dict[str, Verdict], seen: dict[str, Places], unheard: dict[int, Verdict], settling: bool
    ) -> Verdict:
        missing = [f"a frame of the page does not answer: {_address(frame)}" for frame in self._hung.values()]
        missing += [] if settling else [*empty_groups(self._feed, self._beats), *self._said_of(unheard)]
        # Rows of a table come and go: that one of them is away is no fault of the page.
        missing += [
            f"{symbol}: {reason}"
            for symbol, (state, reason) in verdicts.items()
            if state is ProducerState.MISSING and self._is_due(symbol, seen.get(symbol), unheard)
        ]
        if missing:
            return Verdict(ProducerState.MISSING, _first(missing) + (self._other_page if self.blank else ""))
        if self.blank or any(verdict.state is ProducerState.STARTING for verdict in verdicts.values()):
            return LOADING
        if unheard:
            silent = self._said_of(unheard, ProducerState.STALE)
            return Verdict(ProducerState.STALE, _first(silent)) if silent else LOADING
        # What is not followed at all stays so, and goes before what is followed less well for the moment.
        lesser = [*([self.complaint] if self.complaint else []), *self._refusals()]
        lesser += slowness(self._feed, self._beats, settling=settling)
        lesser += [f"{self._feed.place(index)}: {why}" for index, why in self.streams.complaints()]
        lesser += [f"{name}: {why}" for name, (state, why) in verdicts.items() if state is ProducerState.DEGRADED]
        return Verdict(ProducerState.DEGRADED, _first(lesser)) if lesser else Verdict(ProducerState.LIVE)

    def _hung_frame(self, symbol: str) -> Beat | None:
        """The last beat of a frame that showed a symbol, and hangs; `None`: there is no such frame."""
        return next((beat for beat in self._hung.values() if any(symbol == shown for _, shown in beat.places)), None)

    def _said_of(self, unheard: dict[int, Verdict], level: ProducerState = ProducerState.MISSING) -> list[str]:
        return [f"{self._feed.place(index)}: {why}" for index, (state, why) in unheard.items() if state is level]

    def _is_due(self, symbol: str, places: Places | None, unheard: dict[int, Verdict]) -> bool:
        """Whether a symbol that is missing is a fault by itself."""
        for index, state in self._quoter.sources(symbol):
            is_stream = isinstance(self._feed.rules[index], StreamRule)
            is_due = index not in unheard if is_stream else places is not None or symbol in self._feed.symbols
            if is_due and self.judge_by(index, state, symbol, places, unheard).state is ProducerState.MISSING:
                return True
        return False

    def _refusals(self) -> list[str]:
        """Why some of what now stands in the place of a symbol is not taken for one."""
        shown = {symbol for beat in self._beats.values() for _, symbol in beat.places} | self.streams.symbols
        return [reason for symbol, reason in self._quoter.refused.items() if symbol in shown]

    def _since(self, overall: Verdict, verdicts: dict[str, Verdict], now_us: int) -> ProducerReport:
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


def _address(beat: Beat) -> str:
    return beat.href.partition("?")[0].partition("#")[0]


def _first(sentences: list[str]) -> str:
    return sentences[0] if len(sentences) == 1 else f"{sentences[0]} (and {len(sentences) - 1} more)"


def _said(report: ProducerReport) -> dict[str, Any]:
    return report.model_dump(exclude={"heard_us"})
