"""The status of one page, as the producer reports it. No I/O and no clock of its own.

A report is judged in three steps. The first step that finds something decides for the page and for every symbol:

1. a problem of the page as a whole, which events set and clear (below);
2. a site that gives no access (see `page_access`): STALE, or STARTING while that is not certain;
3. what the page and each symbol show (see `page_health`).

| event                                   | problem of the page as a whole afterwards                           |
| --------------------------------------- | ------------------------------------------------------------------- |
| the producer starts                     | STARTING                                                            |
| `mark_stale`: a fault, or silence       | STALE, with the reason                                              |
| `start_loading`                         | unchanged: a fault is reported until the page is seen to work       |
| `add_heartbeat`                         | none; STALE or DEGRADED if the page reloads itself again and again  |
| `mark_stopped`: the producer stops      | STOPPED                                                             |
"""

from collections import deque
from collections.abc import Mapping
from typing import Any

from tickql.feed.status import ProducerReport, ProducerState, SymbolReport
from tickql.producer.capture.messages import Heartbeat
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.markers import MarkerKind, page_markers
from tickql.producer.health.page_access import UNSURE, AccessProblem, PageAccess, judge_access
from tickql.producer.health.page_address import PageAddress
from tickql.producer.health.page_frames import PageFrames
from tickql.producer.health.page_health import PageHealth
from tickql.producer.health.symbol_health import LOADING, Health
from tickql.producer.login.page_login import PageLogin
from tickql.producer.quotes.quote_builder import QuoteBuilder
from tickql.producer.streams.stream_set import StreamSet
from tickql.producer.timings import DEFAULT_TIMINGS, Timings

UNPREPARED = "the page has loaded itself again: its steps are to be done again"
_MAX_REOPENINGS = 5
_REOPENINGS_US = 5_000_000
"""A page that opens itself 5 times in 5 s is reported: each time, its prices are away for a moment."""


class PageStatus:
    """Collects heartbeats and faults of a page; makes a report whenever something has changed.

    Lives as long as its source: pages are loaded and reloaded under it.
    """

    def __init__(
        self, feed: FeedFile, quote_builder: QuoteBuilder, login: PageLogin, timings: Timings = DEFAULT_TIMINGS
    ) -> None:
        self.access: PageAccess | None = None
        """Why no price of the page may be published, as of the newest report; `None`: prices may be published."""
        self.challenge: str | None = None
        """The challenge that the server's response contains, in a sentence; `None`: none. Valid for one document."""
        self.preparing: str | None = None
        """The step that is being done on the page before its prices count, for people; `None`: all are done."""
        self._address = PageAddress()
        self.streams = StreamSet(feed)
        self.frames = PageFrames()
        self.health = PageHealth(feed, quote_builder, self.streams, self.frames)
        self._feed = feed
        self._quote_builder = quote_builder
        self._login = login
        self._settle_us = timings.settle_s * 1e6
        self._markers = page_markers(feed.page)
        self._generation: int | None = None
        self._opened_us = 0
        self._reopened_us: deque[int] = deque(maxlen=_MAX_REOPENINGS)
        self._page_problem: Health | None = Health(ProducerState.STARTING)
        self._latest: ProducerReport | None = None

    def start_loading(self) -> None:
        """Forget what earlier pages showed: a page is being loaded. A fault is reported until the next heartbeat."""
        self.frames.remove(None)
        self.streams.reset()
        self._generation = None
        self._address.reset()
        self.preparing = "the steps are still to be done" if self._feed.page.steps else None
        self.challenge = None
        self.health.start_loading()
        self._require_proof_of_access()

    def set_response(self, challenge: str | None, media_type: str | None) -> None:
        """Note what the server sent for the document that is loading. `media_type`: `None` if it is HTML."""
        self.challenge, self.health.media_type = challenge, media_type

    def add_heartbeat(self, context: int, heartbeat: Heartbeat) -> None:
        """Take a heartbeat of a frame. It ends a fault that was reported."""
        self.frames.add_heartbeat(context, heartbeat)
        if heartbeat.top:
            self._address.move(heartbeat.href)
        if heartbeat.top and heartbeat.generation != self._generation:
            # Another document. The first one after `start_loading` is the one that the server's response was for.
            if self._generation is not None:
                self.challenge = self.health.media_type = None
                self._reopened_us.append(heartbeat.us)
                if self._feed.page.steps and self.preparing is None:
                    self.preparing = UNPREPARED
            self._generation = heartbeat.generation
            self._opened_us = heartbeat.us
            self.health.forget_found()
        self._page_problem = self._judge_reopenings(heartbeat.us)

    def move(self, url: str) -> None:
        """Note that the page has changed its address. Of another place of the site nothing is published."""
        self._address.move(url)
        self.access = self.access or self._judge_address()

    def remove_frame(self, context: int | None, *, is_hung: bool = False) -> None:
        """Remove a frame; `None`: all frames. `is_hung`: the frame still exists, but does not answer."""
        self.frames.remove(context, is_hung=is_hung)
        if self.frames.top is None:
            self._require_proof_of_access()

    def mark_stale(self, reason: str) -> None:
        """Report STALE until the next heartbeat: the page has failed, or sends nothing."""
        self._page_problem = Health(ProducerState.STALE, reason)

    def mark_stopped(self) -> None:
        """Report STOPPED: the producer ends on purpose."""
        self._page_problem = Health(ProducerState.STOPPED)

    def take_over_from(self, old: "PageStatus") -> None:
        """Continue in place of the old page's status: its newest report was the newest one of this status."""
        self._latest = old._latest

    @property
    def is_refused(self) -> bool:
        """Whether the site gives no access, or not to live prices."""
        return self.access is not None and self.access.kind is not AccessProblem.UNSURE

    @property
    def generation(self) -> int | None:
        """The number of the document that the page shows; `None`: it has not sent anything yet."""
        return self._generation

    @property
    def latest_report(self) -> ProducerReport | None:
        """The newest report; `None`: there is none yet."""
        return self._latest

    @property
    def heartbeats(self) -> Mapping[int, Heartbeat]:
        """The newest heartbeat of each frame that answers."""
        return self.frames.heartbeats

    @property
    def page_name(self) -> str:
        """The page as people know it: its title and address, without the query, which may hold a secret."""
        return self.frames.page_name

    @property
    def conflated(self) -> int:
        """Changes on the present page that came faster than the sample interval, and were merged into later ones."""
        return sum(heartbeat.conflated for heartbeat in self.heartbeats.values())

    @property
    def visible_dialogs(self) -> list[str]:
        """The selectors of what is to be clicked away now."""
        shown = [self._markers[index] for index in sorted(self.frames.markers)]
        return [marker.selector for marker in shown if marker.kind is MarkerKind.DIALOG]

    def new_report(self, now_us: int) -> ProducerReport | None:
        """Return the report as of now; `None`: the same as the newest one. Drops problems that are solved."""
        is_settling = now_us - self._opened_us < self._settle_us
        symbols = dict.fromkeys((*self._feed.named_symbols, *self._quote_builder.symbols))
        problem = self._page_problem or self._judge_access(is_settling=is_settling)
        if problem is not None:
            page, by_symbol = problem, dict.fromkeys(symbols, problem)
        else:
            basis = self.health.gather(symbols, now_us, is_settling=is_settling)
            page, by_symbol = self.health.judge_page(basis), dict(basis.symbols)
        # A text that was no price for a moment is in one report, even if the text is a price again by now.
        self._quote_builder.drop_solved_problems()
        self.streams.clear_message_faults()
        # The clock alone is no change: a status that stays the same is reported once.
        report = self._with_times(page, by_symbol, now_us)
        if self._latest is not None and _content(report) == _content(self._latest):
            return None
        self._latest = report
        return report

    def _require_proof_of_access(self) -> None:
        """Publish nothing before the next heartbeat of the page, if that may tell why no price of it counts."""
        self.access = UNSURE if self._needs_proof else None

    @property
    def _needs_proof(self) -> bool:
        """Whether a new document may turn out logged out, unprepared, not live, or one of another address."""
        page = self._feed.page
        has_left = self._address.is_settled and bool(self._feed.named_symbols)
        return page.login is not None or bool(page.stale or page.steps) or has_left

    def _judge_reopenings(self, now_us: int) -> Health | None:
        if len(self._reopened_us) < _MAX_REOPENINGS or now_us - self._reopened_us[0] > _REOPENINGS_US:
            return None
        # DEGRADED while prices are seen in between: some of their changes are missing.
        reason = f"the page reloads itself again and again: {_MAX_REOPENINGS} times in {_REOPENINGS_US // 1_000_000} s"
        return Health(ProducerState.STALE if self.health.is_blank else ProducerState.DEGRADED, reason)

    def _judge_access(self, *, is_settling: bool) -> Health | None:
        self.access = judge_access(
            self._markers, self.heartbeats, is_blank=self.health.is_blank, is_settling=is_settling,
            challenge=self.challenge,
        ) or self._judge_address()  # fmt: skip
        if self.access is None and self.frames.top is None and self._needs_proof:
            self.access = UNSURE
        if self.preparing is not None and self.access in (None, UNSURE):
            self.access = UNSURE
            return Health(ProducerState.STARTING, self.preparing)
        if self.access is None:
            # A page that leads on to its prices does so while it builds itself.
            if not (is_settling or self.health.is_blank):
                self._address.settle()
            return None
        if self.access.kind is AccessProblem.UNSURE:
            return LOADING
        if self.access.kind is AccessProblem.LOGGED_OUT:
            self.access = PageAccess(AccessProblem.LOGGED_OUT, f"{self.access.reason}; {self._login.advice}")
        return Health(ProducerState.STALE, self.access.reason)

    def _judge_address(self) -> PageAccess | None:
        """Judge where the page is. Symbols that the page itself names are right wherever it is."""
        departure = self._address.departure if self._feed.named_symbols else None
        if departure is None:
            return None
        why = "other prices may be in the same places there; if they are the ones, give that address as `url`"
        return PageAccess(AccessProblem.ELSEWHERE, f"{departure}: {why}")

    def _with_times(self, page: Health, by_symbol: Mapping[str, Health], now_us: int) -> ProducerReport:
        """The report, each part with the time since which it has its state."""
        latest = self._latest
        before = latest.symbols if latest is not None else {}
        symbols = {}
        for symbol, (state, reason) in by_symbol.items():
            old = before.get(symbol)
            since_us = old.since_us if old is not None and old.state is state else now_us
            symbols[symbol] = SymbolReport(state=state, reason=reason, since_us=since_us)
        since_us = latest.since_us if latest is not None and latest.state is page.state else now_us
        return ProducerReport(
            source=self._feed.name, state=page.state, reason=page.reason, since_us=since_us, heard_us=now_us,
            symbols=symbols,
        )  # fmt: skip


def _content(report: ProducerReport) -> dict[str, Any]:
    return report.model_dump(exclude={"heard_us"})
