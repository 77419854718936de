"""Keeps a page watched for days: every fault is answered, each time with more if less did not help."""

import logging
import time
from typing import NoReturn

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from tickql.producer.browser.robots import check_robots
from tickql.producer.browser.shared_browser import SharedBrowser
from tickql.producer.errors import (
    BrowserGone,
    LoggedOut,
    PageBlank,
    PageBlocked,
    PageFault,
    PageHung,
    PageStale,
    PageUnreachable,
)
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.symbol_owners import SymbolOwners
from tickql.producer.quotes.quote_sink import QuoteSink
from tickql.producer.watch.feed_source import FeedSource
from tickql.producer.watch.page_lifecycle import RestartLevel
from tickql.producer.watch.page_recycler import PageRecycler

logger = logging.getLogger("tickql.producer")

_HEALTHY_S = 30.0
"""A page that was seen for so long has done well: what comes after is a new story."""
_short_wait = wait_random_exponential(multiplier=0.5, exp_base=1.5, max=30.0)
"""Grows slowly: an outage of five seconds must not cost fifteen."""
_FIRST_RUNG = {
    PageUnreachable: RestartLevel.RELOAD,
    PageBlank: RestartLevel.RELOAD,
    PageHung: RestartLevel.PAGE,
    BrowserGone: RestartLevel.BROWSER,
}
# Those are the site's own word: more than this does not help, and a new face would be a way around it.
_ONLY_RUNG = {LoggedOut: RestartLevel.CONTEXT, PageBlocked: RestartLevel.RELOAD, PageStale: RestartLevel.RELOAD}
_BROWSER_EVERY = 10
_LONG_WAIT_S = 60.0


def restart_level(fault: PageFault, failures: int, *, has_neighbours: bool = False) -> RestartLevel:
    """How much to renew after a fault, the `failures`-th (from 1) in a row.

    A site that does not load is no fault of ours: a new page is tried, and a new browser only now and then. That goes
    for any fault of a page that shares its browser with others: each of them says for itself when the browser is gone.
    """
    if type(fault) in _ONLY_RUNG:
        return _ONLY_RUNG[type(fault)]
    first = _FIRST_RUNG.get(type(fault), RestartLevel.PAGE)
    if first is RestartLevel.BROWSER:
        return RestartLevel.BROWSER
    if failures % _BROWSER_EVERY == 0:
        return RestartLevel.BROWSER
    if first is RestartLevel.RELOAD:
        return RestartLevel(min(RestartLevel.PAGE, failures - 1))
    return RestartLevel(min(RestartLevel.CONTEXT if has_neighbours else RestartLevel.BROWSER, first + failures - 1))


class Supervisor:
    """Watches the page of a feed file until cancelled, in the browser of a rig."""

    def __init__(self, feed: FeedFile, sink: QuoteSink, shared_browser: SharedBrowser, owners: SymbolOwners) -> None:
        self._feed = feed
        self._recycler = PageRecycler(FeedSource(feed, sink, owners), shared_browser)
        self._fault: PageFault | None = None
        self._failures = 0
        self._hangs = 0
        self._robots_checked = False

    async def run(self) -> NoReturn:
        """Watch for ever. However it ends, the page is given up.

        Raises:
            FeedFileError: a selector that the browser refuses.
            BrowserNotFound, BrowserBroken: see `SharedBrowser.enter`.
            RobotsRefused: robots.txt says no, and is to be obeyed.
        """
        try:
            while True:
                await self._watch_until_healthy()
        finally:
            self._recycler.lifecycle.close()
            self._recycler.source.page_status.stopped()
            self._recycler.source.announce()

    async def _watch_until_healthy(self) -> None:
        """One row of attempts. It ends with one that did well: the next row starts without a wait, from the bottom."""
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(PageFault),
            wait=self._wait_s,
            before_sleep=self._say,
        ):
            with attempt:
                await self._watch()

    async def _watch(self) -> None:
        recycler = self._recycler
        recycler.watch = None
        try:
            observer = await recycler.lifecycle.renew(self._rung())
            if not self._robots_checked:
                await check_robots(recycler.lifecycle.context.request, self._feed.page)
                self._robots_checked = True
            await recycler.source.login.answer(self._fault, observer.page)
            await recycler.run(observer, hangs=self._hangs)
        except PageFault as fault:
            self._note(fault)
            watch = recycler.watch
            if watch is None or watch.seen_since is None or time.monotonic() - watch.seen_since < _HEALTHY_S:
                raise
            logger.info("%s; opening it anew", fault)
            self._failures = 1
            self._hangs = 0

    def _wait_s(self, state: RetryCallState) -> float:
        asked_s = 0.0 if self._fault is None else self._fault.wait_s(state.attempt_number)
        return max(asked_s, _short_wait(state))

    def _rung(self) -> RestartLevel:
        if self._fault is None:
            return RestartLevel.RELOAD
        return restart_level(self._fault, self._failures, has_neighbours=self._recycler.lifecycle.has_neighbours)

    def _note(self, fault: PageFault) -> None:
        self._fault = fault
        self._failures += 1
        self._hangs = self._hangs + 1 if isinstance(fault, PageHung) else 0
        self._recycler.source.page_status.lost(str(fault))
        self._recycler.source.announce()

    def _say(self, state: RetryCallState) -> None:
        """Log a failure: each of the first few, then every power of two. The status has told; a long wait is news."""
        attempt = state.attempt_number
        if attempt & (attempt - 1) == 0 and state.outcome is not None and state.next_action is not None:
            wait_s = state.next_action.sleep
            logger.log(
                logging.WARNING if wait_s >= _LONG_WAIT_S else logging.INFO,
                "%s; trying again in %.1f s (attempt %d)", state.outcome.exception(), wait_s, attempt + 1,
            )  # fmt: skip
