"""The supervisor of one feed file: watches its page for days, and answers each fault with a restart and a retry."""

import logging
import time
from typing import NamedTuple, NoReturn

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from tickql.producer.browser.robots import check_robots
from tickql.producer.browser.shared_browser import SharedBrowser
from tickql.producer.capture.observer_client import ObserverClient
from tickql.producer.errors import (
    BrowserGone,
    LoggedOut,
    PageBlank,
    PageBlocked,
    PageFault,
    PageHung,
    PageLeft,
    PageStale,
    PageUnreachable,
    StepFailed,
)
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.symbol_owners import SymbolOwners
from tickql.producer.quotes.quote_sink import QuoteSink
from tickql.producer.tally import tallies
from tickql.producer.timings import DEFAULT_TIMINGS, Timings
from tickql.producer.watch.feed_source import FeedSource
from tickql.producer.watch.page_lifecycle import RestartLevel
from tickql.producer.watch.page_recycler import PageRecycler

logger = logging.getLogger("tickql.producer")

_short_wait = wait_random_exponential(multiplier=0.5, exp_base=1.5, max=30.0)
"""Seconds between attempts. Grows slowly: after an outage of 5 s the next attempt must not be 15 s away."""
_FIRST_LEVEL = {
    PageUnreachable: RestartLevel.RELOAD,
    PageBlank: RestartLevel.RELOAD,
    StepFailed: RestartLevel.RELOAD,
    PageLeft: RestartLevel.RELOAD,
    PageHung: RestartLevel.PAGE,
    BrowserGone: RestartLevel.BROWSER,
}
"""Where the restarts after a fault begin; every other fault begins at PAGE."""
# The site itself decides these. A higher level does not help, and a new browser would be a way around the decision.
_ONLY_LEVEL = {LoggedOut: RestartLevel.CONTEXT, PageBlocked: RestartLevel.RELOAD, PageStale: RestartLevel.RELOAD}
_NEW_BROWSER_EVERY = 10
"""Every tenth failure in a row gets a new browser, in case the browser is what fails."""
_LONG_WAIT_S = 60.0
"""A wait from this length on is logged as a warning: otherwise nobody would know why nothing happens."""


def restart_level(fault: PageFault, failures: int, *, has_neighbours: bool = False) -> RestartLevel:
    """Return what to restart after a fault, the `failures`-th (from 1) in a row.

    | fault                               | 1st     | 2nd     | 3rd     | 4th     | 10th, 20th, ... |
    | ----------------------------------- | ------- | ------- | ------- | ------- | --------------- |
    | `PageUnreachable`, `PageBlank`,     | RELOAD  | PAGE    | PAGE    | PAGE    | BROWSER         |
    | `StepFailed`, `PageLeft`            |         |         |         |         |                 |
    | `PageHung`, `PageCrashed`           | PAGE    | CONTEXT | BROWSER | BROWSER | BROWSER         |
    | the same, if `has_neighbours`       | PAGE    | CONTEXT | CONTEXT | CONTEXT | BROWSER         |
    | `BrowserGone`                       | BROWSER | BROWSER | BROWSER | BROWSER | BROWSER         |
    | `PageBlocked`, `PageStale`          | RELOAD  | RELOAD  | RELOAD  | RELOAD  | RELOAD          |
    | `LoggedOut`                         | CONTEXT | CONTEXT | CONTEXT | CONTEXT | CONTEXT         |

    `has_neighbours`: other pages are in the same browser. Each of them notices by itself when the browser is gone.
    """
    if type(fault) in _ONLY_LEVEL:
        return _ONLY_LEVEL[type(fault)]
    first = _FIRST_LEVEL.get(type(fault), RestartLevel.PAGE)
    if first is RestartLevel.BROWSER:
        return RestartLevel.BROWSER
    if failures % _NEW_BROWSER_EVERY == 0:
        return RestartLevel.BROWSER
    if first is RestartLevel.RELOAD:
        return RestartLevel(min(RestartLevel.PAGE, failures - 1))
    return RestartLevel(min(RestartLevel.CONTEXT if has_neighbours else RestartLevel.BROWSER, first + failures - 1))


class WatchedPage(NamedTuple):
    """A page of a feed file, and what was read from it."""

    source: FeedSource
    observer: ObserverClient


class Supervisor:
    """Watches the page of a feed file in the shared browser, until cancelled."""

    def __init__(
        self,
        feed: FeedFile,
        sink: QuoteSink,
        shared_browser: SharedBrowser,
        owners: SymbolOwners,
        timings: Timings = DEFAULT_TIMINGS,
    ) -> None:
        self._feed = feed
        self._timings = timings
        self._recycler = PageRecycler(FeedSource(feed, sink, owners, timings=timings), shared_browser)
        self._fault: PageFault | None = None
        self._failures = 0
        self._hangs = 0
        self._has_checked_robots = False

    def watched(self) -> WatchedPage | None:
        """Return the page that publishes, or did until it failed; `None`: there is none, or a login runs."""
        watcher = self._recycler.watcher
        return None if watcher is None else WatchedPage(self._recycler.source, watcher.observer)

    @property
    def source(self) -> FeedSource:
        """What the page that is watched now shows."""
        return self._recycler.source

    async def run(self) -> NoReturn:
        """Watch until cancelled. The page is closed and STOPPED is reported, however it ends.

        Raises:
            FeedFileError: a selector that the browser refuses.
            BrowserNotFound, BrowserBroken: see `SharedBrowser.acquire`.
            RobotsRefused: robots.txt disallows the page, and the feed file obeys robots.txt.
        """
        try:
            while True:
                await self._watch_with_retries()
        finally:
            self._recycler.lifecycle.close()
            self._recycler.source.page_status.mark_stopped()
            self._recycler.source.report_status()

    async def _watch_with_retries(self) -> None:
        """Watch, and retry after each fault. Returns after a fault of a page that was healthy.

        The caller then starts the retries again, without a wait and at the first level.
        """
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(PageFault),
            wait=self._wait_s,
            before_sleep=self._log_retry,
        ):
            with attempt:
                await self._watch()

    async def _watch(self) -> None:
        recycler = self._recycler
        # A fault before the new page is watched must not be judged by the watcher of the attempt before.
        recycler.watcher = None
        try:
            level = self._next_level()
            if self._fault is not None:
                tallies[self._feed.name].restarts[level.name.lower()] += 1
            observer = await recycler.lifecycle.restart(level)
            # Once, and only now: robots.txt is fetched by the browser context that the page uses.
            if not self._has_checked_robots:
                await check_robots(recycler.lifecycle.context.request, self._feed.page, self._timings)
                self._has_checked_robots = True
            await recycler.source.login.log_in_after(self._fault, observer.page)
            await recycler.run(observer, hangs=self._hangs)
        except PageFault as fault:
            self._record_fault(fault)
            if not self._was_healthy():
                raise
            logger.info("%s; reopening the page", fault)
            self._failures = 1
            self._hangs = 0

    def _was_healthy(self) -> bool:
        """Whether the page showed prices for 30 s or longer: the fault has nothing to do with those before it."""
        watcher = self._recycler.watcher
        since_s = None if watcher is None else watcher.prices_since_s
        return since_s is not None and time.monotonic() - since_s >= self._timings.healthy_s

    def _wait_s(self, state: RetryCallState) -> float:
        fault_wait_s = 0.0 if self._fault is None else self._fault.wait_s(state.attempt_number)
        return max(fault_wait_s, _short_wait(state))

    def _next_level(self) -> RestartLevel:
        if self._fault is None:
            return RestartLevel.RELOAD
        return restart_level(self._fault, self._failures, has_neighbours=self._recycler.lifecycle.has_neighbours)

    def _record_fault(self, fault: PageFault) -> None:
        self._fault = fault
        tallies[self._feed.name].faults[type(fault).__name__] += 1
        self._failures += 1
        self._hangs = self._hangs + 1 if isinstance(fault, PageHung) else 0
        self._recycler.source.page_status.mark_stale(str(fault))
        self._recycler.source.report_status()

    def _log_retry(self, state: RetryCallState) -> None:
        """Log attempts 1, 2, 4, 8, ...: the status already shows the fault, a line for each would fill the log."""
        attempt = state.attempt_number
        if attempt & (attempt - 1) == 0 and state.outcome is not None and state.next_action is not None:
            wait_s = state.next_action.sleep
            logger.log(
                logging.WARNING if wait_s >= _LONG_WAIT_S else logging.INFO,
                "%s; trying again in %.1f s (attempt %d)", state.outcome.exception(), wait_s, attempt + 1,
            )  # fmt: skip
