"""The browser that all pages of a producer share: started on demand, replaced as a whole, never in parts."""

import asyncio
import logging
import time
from collections.abc import Awaitable

from playwright.async_api import Error as PlaywrightError

from tickql.producer.browser.browser_process import CLOSE_TIMEOUT_S, BrowserProcess, close_within
from tickql.producer.browser.load_errors import one_line
from tickql.producer.browser.memory import memory_mb
from tickql.producer.errors import BrowserBroken, BrowserGone
from tickql.producer.feedfile.page_settings import PageSettings
from tickql.producer.timings import DEFAULT_TIMINGS, Timings

logger = logging.getLogger("tickql.producer")

# A start takes about a second; a browser that needs this long does not work.
_START_TIMEOUT_S = 30.0
# Failed starts in a row after which the fault counts as permanent, so that the producer ends in place of retrying.
_MAX_FAILED_STARTS = 3


class SharedBrowser:
    """Owns every browser process that is started. `close` ends all of them, in whatever state they are.

    At most one process is current: new pages open in it. A retired process lives until its last page is released, so
    that pages can move one by one.

    `settings`: of any of the pages; only what concerns the browser as a whole is used. `max_memory_mb`: a process that
    uses more is retired; `None`: no limit.
    """

    def __init__(
        self, settings: PageSettings, max_memory_mb: float | None = None, timings: Timings = DEFAULT_TIMINGS
    ) -> None:
        self._settings = settings
        self._max_memory_mb = max_memory_mb
        self._timings = timings
        self._memory_watch: asyncio.Task[None] | None = None
        self._current: BrowserProcess | None = None
        self._starting: asyncio.Task[BrowserProcess] | None = None
        self._failed_starts = 0
        self._pages: dict[BrowserProcess, int] = {}
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def current(self) -> BrowserProcess | None:
        """The process in which new pages open; `None`: the next `acquire` starts one."""
        return self._current if self._current is not None and not self._current.gone else None

    async def acquire(self) -> BrowserProcess:
        """Return the current process for one more page; the caller calls `release` after that page.

        Starts a process if there is none. Callers that come during the start wait for that same process.

        Raises:
            BrowserGone: the browser did not start.
            BrowserBroken: the browser did not start three times in a row.
            BrowserNotFound: there is no browser on this machine.
        """
        if self._current is not None and self._current.gone:
            self.retire(self._current)
        while self._current is None:
            if self._starting is None:
                self._starting = asyncio.create_task(self._start())
                # Marks an exception as seen, for the case that all callers are cancelled before the start fails.
                self._starting.add_done_callback(lambda task: task.cancelled() or task.exception())
            # Shielded: the cancellation of one caller must not cancel the start for the others.
            await asyncio.shield(self._starting)
        self._pages[self._current] += 1
        return self._current

    def release(self, browser: BrowserProcess) -> None:
        """Count one page less in a process. A retired process ends with its last page."""
        self._pages[browser] -= 1
        self._end_if_unused(browser)

    def retire(self, browser: BrowserProcess) -> None:
        """Open no new page in a process. Its pages see `retired` and move, working ones after they have a new page."""
        browser.retired = True
        if self._current is browser:
            self._current = None
        self._end_if_unused(browser)

    def is_shared(self, browser: BrowserProcess) -> bool:
        """Return whether more than one page is in a process."""
        return self._pages[browser] > 1

    def close_in_background(
        self, browser: BrowserProcess, closing: Awaitable[None], timeout_s: float = CLOSE_TIMEOUT_S
    ) -> None:
        """Close a page or context without waiting for it. If it does not close in time, its process is retired."""
        self._run_in_background(self._close_or_retire(browser, closing, timeout_s))

    async def close(self) -> None:
        """End all processes. Takes a few seconds at most."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        if self._memory_watch is not None:
            self._memory_watch.cancel()
            await asyncio.gather(self._memory_watch, return_exceptions=True)
        self._current = None
        for browser in list(self._pages):
            self._end(browser)
        while self._closing:
            await asyncio.wait(self._closing)

    async def _start(self) -> BrowserProcess:
        browser = BrowserProcess()
        self._pages[browser] = 0
        try:
            async with asyncio.timeout(_START_TIMEOUT_S):
                await browser.start(self._settings)
        except (PlaywrightError, TimeoutError, OSError) as error:
            self._end(browser)
            self._failed_starts += 1
            fault = one_line(error) or f"no answer in {_START_TIMEOUT_S:.0f} s"
            if self._settings.attach is not None:
                # A person may close that browser, and start it again at any time.
                raise BrowserGone(fault) from error
            fault = f"the browser does not start: {fault}"
            raise (BrowserBroken if self._failed_starts >= _MAX_FAILED_STARTS else BrowserGone)(fault) from error
        finally:
            self._starting = None
        self._failed_starts = 0
        self._current = browser
        if self._memory_watch is None and self._max_memory_mb is not None:
            self._memory_watch = asyncio.create_task(self._watch_memory(self._max_memory_mb))
        return browser

    async def _watch_memory(self, max_memory_mb: float) -> None:
        while True:
            await asyncio.sleep(self._timings.memory_check_s)
            browser = self.current
            if browser is None or time.monotonic() - browser.started_s < self._timings.browser_min_age_s:
                continue
            used_mb = await asyncio.to_thread(memory_mb, browser.pid)
            if used_mb is None:
                logger.warning("recycle_memory has no effect: this system does not report the memory of a browser")
                return
            # The browser may have been replaced during the measurement.
            if used_mb > max_memory_mb and self._current is browser:
                logger.info(
                    "the browser uses %.0f MB, the limit is %.0f MB: moving to a new browser", used_mb, max_memory_mb
                )
                self.retire(browser)

    def _end_if_unused(self, browser: BrowserProcess) -> None:
        if browser.retired and self._pages.get(browser) == 0:
            self._end(browser)

    def _end(self, browser: BrowserProcess) -> None:
        del self._pages[browser]
        self._run_in_background(browser.close())

    async def _close_or_retire(self, browser: BrowserProcess, closing: Awaitable[None], timeout_s: float) -> None:
        if not await close_within(closing, timeout_s) and browser in self._pages and not browser.retired:
            logger.warning("a page of the browser does not close: moving to a new browser")
            self.retire(browser)

    def _run_in_background(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
