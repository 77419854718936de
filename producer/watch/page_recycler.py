"""Watches the page of a feed file, and in time a fresh one in its place: make before break, and nobody notices."""

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
from tickql.producer.watch.feed_source import FeedSource
from tickql.producer.watch.handover import Handover
from tickql.producer.watch.page_lifecycle import PageLifecycle, RestartLevel
from tickql.producer.watch.page_watcher import PageWatcher

logger = logging.getLogger("tickql.producer")

T = TypeVar("T")

_CHECK_S = 0.5
ARRIVAL_S = 60.0
"""How long a fresh page may take to show as much as the present one."""
TRY_AGAIN_S = 60.0
"""How long after a fresh page that did not get there the next one is tried."""


class PageRecycler:
    """Holds the page that publishes now. A page is replaced when it is old, or its browser is to be left."""

    def __init__(self, source: FeedSource, shared_browser: SharedBrowser) -> None:
        self.source = source
        self.watch: PageWatcher | None = None
        """Of the page that publishes, once there is one."""
        self._shared_browser = shared_browser
        self._script = observer_script(source.feed)
        self._due = float("inf")
        self._pause_until = 0.0
        self.lifecycle = self._new_tab()

    async def run(self, observer: ObserverClient, *, hangs: int = 0) -> NoReturn:
        """Watch the page that `tab` holds, and those that come after it, until one is lost. `hangs`: see `PageWatcher`.

        Raises:
            PageFault: the page is no longer watched; says why.
            FeedFileError: the browser refuses a selector.
        """
        self.watch = PageWatcher(self.source, observer, hangs=hangs)
        watching = asyncio.create_task(self.watch.run())
        self._opened()
        try:
            while True:
                await asyncio.wait([watching], timeout=_CHECK_S)
                if watching.done():
                    await watching
                if self._is_due():
                    watching = await self._replaced(watching)
        finally:
            await _ended(watching)

    def _new_tab(self) -> PageLifecycle:
        return PageLifecycle(self._shared_browser, self.source.feed.page, self._script)

    def _is_due(self) -> bool:
        """Whether a fresh page is wanted. Not while this one is unwell: that is answered in another way."""
        now = time.monotonic()
        is_well = self.watch is not None and self.watch.seen_since is not None
        return is_well and now >= self._pause_until and (self.lifecycle.outdated or now >= self._due)

    def _opened(self) -> None:
        after_s = self.source.feed.page.recycle_after_s
        self._due = float("inf") if after_s is None else time.monotonic() + after_s

    async def _replaced(self, watching: asyncio.Task[NoReturn]) -> asyncio.Task[NoReturn]:
        """Bring a fresh page to where this one is, and let it take over. If it does not get there, all stays as it is.

        Returns what watches the page that publishes from now on.
        """
        began = time.monotonic()
        handover, lifecycle = Handover(self.source), self._new_tab()
        arrival = asyncio.create_task(self._arrive(handover, lifecycle))
        newcomer: asyncio.Task[NoReturn] | None = None
        is_silent = False
        try:
            await asyncio.wait([watching, arrival], timeout=ARRIVAL_S, return_when=asyncio.FIRST_COMPLETED)
            if watching.done():
                return watching
            if not arrival.done():
                raise TimeoutError
            watch, newcomer = await arrival
            # From here on nothing is awaited: no page says a word meanwhile.
            watch.drain()
            assert self.watch is not None
            with suppress(PageFault):
                self.watch.drain()
            handover.complete()
            # Health is the relay's: whoever counts it does not notice the change either.
            watch.seen_since = self.watch.seen_since or watch.seen_since
            is_silent = self.watch.is_silent
            (self.source, self.watch, self.lifecycle), lifecycle = (
                (handover.successor, watch, lifecycle),
                self.lifecycle,
            )
            watching, newcomer = newcomer, watching
            self._opened()
            logger.info("%s has a fresh page, after %.1f s", self.source.feed.name, time.monotonic() - began)
        except (ProducerError, PlaywrightError, TimeoutError) as error:
            self._pause_until = time.monotonic() + TRY_AGAIN_S
            why = str(error) or f"it does not show as much as the present one within {ARRIVAL_S:.0f} s"
            logger.warning("no fresh page for %s yet: %s", self.source.feed.name, why)
        finally:
            if self.source is not handover.successor:
                handover.abandon()
            arrived = await _ended(arrival)
            if newcomer is None and not isinstance(arrived, BaseException):
                _, newcomer = arrived
            if newcomer is not None:
                await _ended(newcomer)
            lifecycle.close(is_silent=is_silent)
        return watching

    async def _arrive(self, handover: Handover, lifecycle: PageLifecycle) -> tuple[PageWatcher, asyncio.Task[NoReturn]]:
        """Open a page and wait until it shows what the present one does."""
        watch = PageWatcher(handover.successor, await lifecycle.renew(RestartLevel.RELOAD))
        watching = asyncio.create_task(watch.run())
        ready = asyncio.create_task(handover.ready())
        try:
            await asyncio.wait([watching, ready], return_when=asyncio.FIRST_COMPLETED)
            if watching.done():
                await watching
            return watch, watching
        except BaseException:
            watching.cancel()
            raise
        finally:
            ready.cancel()


async def _ended(task: asyncio.Task[T]) -> T | BaseException:
    """End a task, and return what it came to. What it raises is known, or of no interest any more."""
    task.cancel()
    (outcome,) = await asyncio.gather(task, return_exceptions=True)
    return outcome
