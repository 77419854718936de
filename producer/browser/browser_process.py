"""A driver and the browser in it. They live and die together: one that has lost the other is thrown away with it."""

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

from tickql.producer.browser.launch import browser_pid, launch_browser, open_context, start_driver
from tickql.producer.feedfile.page_settings import PageSettings

logger = logging.getLogger("tickql.producer")

CLOSE_S = 1.5
"""How long anything may take to close before it counts as stuck."""
_OF_A_CONTEXT = {"storage_state", "viewport", "locale", "user_agent"}


class BrowserProcess:
    """Opens contexts, one for each login, while its browser lives. `close` ends it, whatever state it is in."""

    def __init__(self) -> None:
        self.gone = False
        """The browser has ended."""
        self.retired = False
        """It is to be left: no new page is opened in it."""
        self.pid = 0
        """The browser's process; 0: it has not started."""
        self.since = 0.0
        """When it was started, monotonic seconds."""
        self.listeners: set[Callable[[], None]] = set()
        """Called when the browser has ended."""
        self._starting: asyncio.Task[Playwright] | None = None
        self._browser: Browser | None = None
        self._logins: dict[str, BrowserContext] = {}
        self._users: Counter[BrowserContext] = Counter()
        self._opening = asyncio.Lock()

    async def start(self, settings: PageSettings) -> None:
        """Start driver and browser; of `settings` only what concerns the browser as a whole is used.

        Raises:
            BrowserNotFound: there is no browser.
            playwright.async_api.Error: driver or browser does not start.
        """
        # A start that is cancelled half-way would leave its process behind: it runs to its end, for `close` to see.
        self._starting = asyncio.create_task(start_driver())
        driver = await asyncio.shield(self._starting)
        self._browser = await launch_browser(driver, settings)
        self._browser.on("disconnected", self._on_disconnected)
        self.pid = await browser_pid(self._browser)
        self.since = time.monotonic()
        logger.info("browser %s started", self._browser.version)

    async def enter(self, settings: PageSettings, *, fresh: bool) -> BrowserContext:
        """A context for one more page, to be left again. Pages of one login share it; `fresh`: from now on a new one.

        Raises:
            FeedFileError: the login is none.
            playwright.async_api.Error: the browser is gone.
        """
        assert self._browser is not None
        async with self._opening:
            login = settings.model_dump_json(include=_OF_A_CONTEXT)
            context = self._logins.get(login)
            if context is None or fresh:
                context = await open_context(self._browser, settings)
                if settings.storage_state is not None:
                    self._logins[login] = context
            self._users[context] += 1
        return context

    async def leave(self, context: BrowserContext) -> None:
        """One page less in a context; with its last page it closes."""
        self._users[context] -= 1
        if self._users[context] > 0:
            return
        del self._users[context]
        self._logins = {login: other for login, other in self._logins.items() if other is not context}
        await context.close()

    async def close(self) -> None:
        """End everything. Takes a few seconds at most; what does not end by itself is killed."""
        browser, self._browser = self._browser, None
        starting, self._starting = self._starting, None
        if browser is not None and not await closed(browser.close()) and self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        if starting is not None:
            await closed(_stopped(starting))

    def _on_disconnected(self, _: Browser) -> None:
        self.gone = True
        for listener in list(self.listeners):
            listener()


async def closed(closing: Awaitable[None], within_s: float = CLOSE_S) -> bool:
    """Whether it closed in time. What fails at once is gone already."""
    try:
        async with asyncio.timeout(within_s):
            await closing
    except TimeoutError:
        return False
    except (PlaywrightError, OSError) as error:
        logger.debug("closing: %s", error)
    return True


async def _stopped(starting: asyncio.Task[Playwright]) -> None:
    await (await starting).stop()
