"""Replacement of a page by a fresh page (make before break): the old page publishes until the new page can."""

import asyncio
import logging
import time
from contextlib import suppress
from typing import NoReturn, TypeVar

from playwright.async_api import Error as PlaywrightError

from tickql.producer.browser.shared_browser import SharedBrowser
from tickql.producer.capture.observer_client import ObserverClient
from tickql.producer.capture.observer_config import observer_script
from tickql.producer.errors import PageFault, ProducerError
from tickql.producer.tally import tallies
from tickql.producer.watch.feed_source import FeedSource
from tickql.producer.watch.handover import Handover
from tickql.producer.watch.page_lifecycle import PageLifecycle, RestartLevel
from tickql.producer.watch.page_watcher import PageWatcher

logger = logging.getLogger("tickql.producer")

T = TypeVar("T")

_CHECK_S = 0.5
"""Period of the check whether a replacement is due. A fault of the page is noticed at once."""


class PageRecycler:
    """Holds the page of a feed file that publishes now.

    A page is replaced when it is older than `recycle_after`, or when its browser is to be closed.
    """

    def __init__(self, source: FeedSource, shared_browser: SharedBrowser) -> None:
        self.source = source
        self.watcher: PageWatcher | None = None
        """Of the page that publishes; `None`: there is no page yet."""
        self._shared_browser = shared_browser
        self._timings = source.timings
        self._script = observer_script(source.feed, source.timings)
        self._due_s = float("inf")
        self._paused_until_s = 0.0
        self.lifecycle = self._new_lifecycle()

    async def run(self, observer: ObserverClient, *, hangs: int = 0) -> NoReturn:
        """Watch the page of `lifecycle`, and each page that replaces it, until one fails. `hangs`: see `PageWatcher`.

        Raises:
            PageFault: the page is no longer watched; says why.
            FeedFileError: the browser refuses a selector.
        """
        self.watcher = PageWatcher(self.source, observer, hangs=hangs)
        watching = asyncio.create_task(self.watcher.run())
        self._schedule_next()
        try:
            while True:
                await asyncio.wait([watching], timeout=_CHECK_S)
                if watching.done():
                    await watching
                if self._is_due():
                    watching = await self._replace(watching)
        finally:
            await _end(watching)

    def _new_lifecycle(self) -> PageLifecycle:
        return PageLifecycle(self._shared_browser, self.source.feed.page, self._script, self._timings)

    def _is_due(self) -> bool:
        """Whether to replace the page now. A page without prices is not replaced: the supervisor restarts it."""
        now_s = time.monotonic()
        has_prices = self.watcher is not None and self.watcher.prices_since_s is not None
        return has_prices and now_s >= self._paused_until_s and (self.lifecycle.is_outdated or now_s >= self._due_s)

    def _schedule_next(self) -> None:
        after_s = self.source.feed.page.recycle_after_s
        self._due_s = float("inf") if after_s is None else time.monotonic() + after_s

    async def _replace(self, watching: asyncio.Task[NoReturn]) -> asyncio.Task[NoReturn]:
        """Open a new page and let it take over. If it fails or the deadline passes, the old page stays.

        Returns the task that watches the page which publishes from now on.
        """
        began_s = time.monotonic()
        handover, lifecycle = Handover(self.source), self._new_lifecycle()
        opening = asyncio.create_task(self._open_new_page(handover, lifecycle))
        # What is closed at the end: the new page if it fails, the old page if the new one takes over.
        surplus: asyncio.Task[NoReturn] | None = None
        is_silent = False
        try:
            await asyncio.wait(
                [watching, opening], timeout=self._timings.handover_s, return_when=asyncio.FIRST_COMPLETED
            )
            if watching.done():
                return watching
            if not opening.done():
                raise TimeoutError
            watcher, surplus = await opening
            # From here to `complete` nothing is awaited: neither watcher runs, so no page publishes meanwhile.
            # All pending events are handled first: the comparison must see every quote that either page has sent.
            watcher.handle_pending()
            assert self.watcher is not None
            with suppress(PageFault):
                self.watcher.handle_pending()
            handover.complete()
            watcher.inherit_health(self.watcher)
            is_silent = self.watcher.is_silent
            (self.source, self.watcher, self.lifecycle), lifecycle = (
                (handover.new_source, watcher, lifecycle),
                self.lifecycle,
            )
            watching, surplus = surplus, watching
            self._schedule_next()
            tallies[self.source.feed.name].replacements += 1
            logger.info("%s has a fresh page, after %.1f s", self.source.feed.name, time.monotonic() - began_s)
        except (ProducerError, PlaywrightError, TimeoutError) as error:
            self._paused_until_s = time.monotonic() + self._timings.handover_retry_s
            late = f"the new page does not show as much as the old one within {self._timings.handover_s:.0f} s"
            logger.warning("no fresh page for %s yet: %s", self.source.feed.name, str(error) or late)
        finally:
            if self.source is not handover.new_source:
                handover.abandon()
            opened = await _end(opening)
            # The new page may have become ready in the moment in which the old one failed: it has a watcher then.
            if surplus is None and not isinstance(opened, BaseException):
                _, surplus = opened
            if surplus is not None:
                await _end(surplus)
            lifecycle.close(is_silent=is_silent)
        return watching

    async def _open_new_page(
        self, handover: Handover, lifecycle: PageLifecycle
    ) -> tuple[PageWatcher, asyncio.Task[NoReturn]]:
        """Open a page and wait until it shows what the old page shows."""
        watcher = PageWatcher(handover.new_source, await lifecycle.restart(RestartLevel.RELOAD))
        watching = asyncio.create_task(watcher.run())
        ready = asyncio.create_task(handover.ready())
        try:
            await asyncio.wait([watching, ready], return_when=asyncio.FIRST_COMPLETED)
            if watching.done():
                await watching
            return watcher, watching
        except BaseException:
            watching.cancel()
            raise
        finally:
            ready.cancel()


async def _end(task: asyncio.Task[T]) -> T | BaseException:
    """Cancel a task, and return its result or its exception. The caller knows or ignores the exception."""
    task.cancel()
    (outcome,) = await asyncio.gather(task, return_exceptions=True)
    return outcome
