"""The page of one feed file, with its context and its place in the shared browser: opened, restarted, closed."""

import asyncio
import logging
from enum import IntEnum

from playwright.async_api import BrowserContext
from playwright.async_api import Error as PlaywrightError

from tickql.producer.browser.browser_process import BrowserProcess
from tickql.producer.browser.launch import open_tab, restore_session
from tickql.producer.browser.load_errors import one_line
from tickql.producer.browser.shared_browser import SharedBrowser
from tickql.producer.capture.observer_client import ObserverClient
from tickql.producer.errors import BrowserGone
from tickql.producer.feedfile.page_settings import PageSettings
from tickql.producer.timings import DEFAULT_TIMINGS, Timings

logger = logging.getLogger("tickql.producer")


class RestartLevel(IntEnum):
    """What is closed and opened again. Each level includes those below it."""

    RELOAD = 0
    """Nothing is closed: the page is loaded again."""
    PAGE = 1
    CONTEXT = 2
    BROWSER = 3


_SILENT_CLOSE_S = 5.0
"""Deadline for closing a page that may be hung: Chromium ends it after half a second, on a busy machine later."""
_BUSY_CLOSE_S = 15.0
"""Deadline for closing a page that is well: the page, or the machine, may have much to do."""
_OPEN_S = {RestartLevel.RELOAD: 10.0, RestartLevel.PAGE: 5.0, RestartLevel.CONTEXT: 5.0, RestartLevel.BROWSER: 40.0}
"""Deadline for each level. A browser may start slowly; the others take a fraction of a second, or never end."""


class PageLifecycle:
    """Holds a browser process, a context in it, and the observer client of a page in that context.

    Whatever is missing is opened by `restart`. `close` gives all of it back to the shared browser.
    """

    def __init__(
        self, shared_browser: SharedBrowser, settings: PageSettings, script: str, timings: Timings = DEFAULT_TIMINGS
    ) -> None:
        self._shared_browser = shared_browser
        self._settings = settings
        self._script = script
        self._timings = timings
        self._process: BrowserProcess | None = None
        self._context: BrowserContext | None = None
        self._needs_new_context = False
        self._observer: ObserverClient | None = None

    @property
    def context(self) -> BrowserContext:
        """The context that is open. There is one after `restart`."""
        assert self._context is not None
        return self._context

    @property
    def is_outdated(self) -> bool:
        """Whether the page is in a browser that is to be closed as soon as its pages have left it."""
        return self._process is not None and self._process.retired

    @property
    def has_neighbours(self) -> bool:
        """Whether other pages are in the same browser."""
        return self._process is not None and self._shared_browser.is_shared(self._process)

    async def restart(self, level: RestartLevel) -> ObserverClient:
        """Restart at `level`, and at the next higher level if that fails, until there is a page that can be watched.

        Raises:
            BrowserGone: not even a new browser gave a page.
            BrowserBroken, BrowserNotFound: see `SharedBrowser.acquire`.
            FeedFileError: the saved login cannot be used.
        """
        failure = ""
        for each in RestartLevel:
            if each < max(level, self._lowest_possible()):
                continue
            try:
                async with asyncio.timeout(_OPEN_S[each]):
                    return await self._restart_at(each)
            except (PlaywrightError, TimeoutError, OSError) as error:
                failure = one_line(error) or f"no answer in {_OPEN_S[each]:.0f} s"
                logger.warning("restarting the %s did not help: %s", each.name.lower(), failure)
        raise BrowserGone(f"the browser gives no page: {failure}")

    def close(self, *, is_silent: bool = False) -> None:
        """Close the page. Returns at once; the shared browser closes in the background. `is_silent`: it may be hung."""
        self._release(RestartLevel.BROWSER, _SILENT_CLOSE_S if is_silent else _BUSY_CLOSE_S)

    def _lowest_possible(self) -> RestartLevel:
        """The lowest level at which everything that is missing is opened."""
        if self._process is None or self._process.retired or self._process.gone:
            return RestartLevel.BROWSER
        if self._context is None:
            return RestartLevel.CONTEXT
        return RestartLevel.PAGE if self._observer is None else RestartLevel.RELOAD

    async def _restart_at(self, level: RestartLevel) -> ObserverClient:
        if level is RestartLevel.BROWSER and self._process is not None:
            self._shared_browser.retire(self._process)
        self._release(level)
        # Each step fills what is missing, so a step that fails leaves what is usable to the next level.
        if self._process is None:
            self._process = await self._shared_browser.acquire()
            self._process.listeners.add(self._on_browser_end)
        if self._context is None:
            self._context = await self._process.acquire_context(self._settings, fresh=self._needs_new_context)
            self._needs_new_context = False
        if self._observer is None:
            self._observer = await self._open_page(self._process, self._context)
        return self._observer

    async def _open_page(self, process: BrowserProcess, context: BrowserContext) -> ObserverClient:
        page = await open_tab(context, self._settings)
        try:
            await restore_session(page, self._settings)
            return await ObserverClient.open(page, self._script, self._timings)
        except BaseException:
            # Also when the deadline cancels this: nobody else knows of the page yet.
            self._shared_browser.close_in_background(process, page.close())
            raise

    def _release(self, level: RestartLevel, within_s: float = _SILENT_CLOSE_S) -> None:
        """Close what a restart at `level` replaces, in the background.

        A context or browser that other pages use is only left: it closes with its last page.
        """
        process, context, observer = self._process, self._context, self._observer
        if process is None or level is RestartLevel.RELOAD:
            return
        self._observer = None
        if observer is not None:
            self._shared_browser.close_in_background(process, observer.page.close(), within_s)
        if level >= RestartLevel.CONTEXT:
            self._context, self._needs_new_context = None, True
            if context is not None:
                self._shared_browser.close_in_background(
                    process, process.release_context(context, self._settings), within_s
                )
        if level >= RestartLevel.BROWSER:
            self._process, self._needs_new_context = None, False
            process.listeners.discard(self._on_browser_end)
            self._shared_browser.release(process)

    def _on_browser_end(self) -> None:
        if self._observer is not None:
            self._observer.report_fault(BrowserGone("the browser has ended"))
