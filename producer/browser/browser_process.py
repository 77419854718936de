"""One browser with its Playwright driver. Both start and end together: one is of no use without the other."""

import asyncio
import logging
import os
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

from playwright.async_api import Browser, BrowserContext, Playwright
from playwright.async_api import Error as PlaywrightError

from tickql.producer.browser.launch import browser_pid, close_context, launch_browser, open_context, start_driver
from tickql.producer.feedfile.addresses import origin_of
from tickql.producer.feedfile.page_settings import PageSettings

logger = logging.getLogger("tickql.producer")

CLOSE_TIMEOUT_S = 1.5
"""A page, context, browser or driver that takes longer to close counts as hung."""
_DRIVER_CLOSE_TIMEOUT_S = 4.0
"""A driver ends by itself once its input is closed, so that a pause of the machine is worth waiting for."""
# Pages with the same values of these settings can share a context, and with it a login.
_CONTEXT_SETTINGS = {"storage_state", "viewport", "locale", "user_agent", "proxy", "http_auth"}


class BrowserProcess:
    """Owns a browser and its contexts, one for each login. `close` ends all of it, in whatever state it is."""

    def __init__(self) -> None:
        self.gone = False
        """Whether the browser has ended."""
        self.retired = False
        """Whether the browser is to be replaced: its pages leave, and no new page is opened in it."""
        self.pid = 0
        """Process id of the browser; 0: not started, or not by this process (`attach`)."""
        self.started_s = 0.0
        """When the browser was started, monotonic seconds."""
        self.listeners: set[Callable[[], None]] = set()
        """Called once each, when the browser has ended."""
        self._starting: asyncio.Task[Playwright] | None = None
        self._browser: Browser | None = None
        self._login_contexts: dict[str, BrowserContext] = {}
        self._pages: Counter[BrowserContext] = Counter()
        self._opening = asyncio.Lock()

    async def start(self, settings: PageSettings) -> None:
        """Start driver and browser. Only those `settings` are used that concern the browser as a whole.

        Raises:
            BrowserNotFound: there is no browser.
            playwright.async_api.Error: driver or browser does not start.
        """
        # Cancelled half-way, Playwright's start would leave its process behind. So the start is a task that runs to
        # its end in any case, and `close` waits for it.
        self._starting = asyncio.create_task(start_driver(settings.ca))
        driver = await asyncio.shield(self._starting)
        self._browser = await launch_browser(driver, settings)
        self._browser.on("disconnected", self._on_disconnected)
        self.started_s = time.monotonic()
        if settings.attach is None:
            self.pid = await browser_pid(self._browser)
            logger.info("browser %s started", self._browser.version)
        else:
            logger.info("attached to the browser %s at %s", self._browser.version, origin_of(settings.attach))

    async def acquire_context(self, settings: PageSettings, *, fresh: bool) -> BrowserContext:
        """Return a context for one more page; the caller calls `release_context` after that page.

        Pages of one login share a context. `fresh`: open a new context, which pages of this login share from now on.

        Raises:
            FeedFileError: `storage_state` is not a saved login.
            playwright.async_api.Error: the browser is gone.
        """
        assert self._browser is not None
        # The lock: two pages of one login that open at once must get the same context.
        async with self._opening:
            login = settings.model_dump_json(include=_CONTEXT_SETTINGS)
            context = self._login_contexts.get(login)
            if context is None or fresh:
                context = await open_context(self._browser, settings)
                if settings.storage_state is not None:
                    self._login_contexts[login] = context
            self._pages[context] += 1
        return context

    async def release_context(self, context: BrowserContext, settings: PageSettings) -> None:
        """Count one page less in a context. Closes the context when its last page is released."""
        self._pages[context] -= 1
        if self._pages[context] > 0:
            return
        del self._pages[context]
        self._login_contexts = {login: other for login, other in self._login_contexts.items() if other is not context}
        await close_context(context, settings)

    async def close(self) -> None:
        """End browser and driver. Takes a few seconds at most; a browser that hangs is killed."""
        browser, self._browser = self._browser, None
        starting, self._starting = self._starting, None
        if browser is not None and not await close_within(browser.close()) and self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        if starting is not None:
            await close_within(_stop_driver(starting), _DRIVER_CLOSE_TIMEOUT_S)

    def _on_disconnected(self, _: Browser) -> None:
        self.gone = True
        for listener in list(self.listeners):
            listener()


async def close_within(closing: Awaitable[None], timeout_s: float = CLOSE_TIMEOUT_S) -> bool:
    """Wait for something to close. Return whether it closed in time; an error means that it was gone already."""
    try:
        async with asyncio.timeout(timeout_s):
            await closing
    except TimeoutError:
        return False
    except (PlaywrightError, OSError) as error:
        logger.debug("closing: %s", error)
    return True


async def _stop_driver(starting: asyncio.Task[Playwright]) -> None:
    await (await starting).stop()
