"""What a watched page stands on: the driver, the browser in it, the context in that. Built up and renewed by rungs."""

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable
from contextlib import suppress
from enum import IntEnum

from playwright.async_api import Browser, BrowserContext, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError

from producer.browser import browser_pid, launch_browser, open_context
from producer.errors import BrowserGone
from producer.pagesettings import PageSettings
from producer.tap import Tap

logger = logging.getLogger("tickql.producer")

_CLOSE_S = 2.0


class Rung(IntEnum):
    """How much is thrown away and built anew; each takes in those below it."""

    RELOAD = 0
    PAGE = 1
    CONTEXT = 2
    BROWSER = 3
    DRIVER = 4


_DEADLINE_S = {Rung.RELOAD: 10.0, Rung.PAGE: 5.0, Rung.CONTEXT: 5.0, Rung.BROWSER: 20.0, Rung.DRIVER: 30.0}


class Rig:
    """Owns driver, browser, context and page. `close` ends them all, whatever state they are in."""

    def __init__(self, settings: PageSettings, script: str) -> None:
        self._settings = settings
        self._script = script
        self._starting: asyncio.Task[Playwright] | None = None
        self._driver: Playwright | None = None
        self._browser: Browser | None = None
        self._browser_pid = 0
        self._context: BrowserContext | None = None
        self._tap: Tap | None = None

    @property
    def context(self) -> BrowserContext:
        """The context that stands."""
        assert self._context is not None
        return self._context

    async def renew(self, rung: Rung) -> Tap:
        """Renew from `rung`, and from the next one if that fails, until there is a page that can be watched.

        Raises:
            BrowserGone: not even a new driver gave one.
            BrowserNotFound: no browser on this machine.
        """
        failure = ""
        for step in Rung:
            if step < max(rung, self._lowest_missing()):
                continue
            try:
                async with asyncio.timeout(_DEADLINE_S[step]):
                    return await self._rebuild(step)
            except (PlaywrightError, TimeoutError, OSError) as error:
                failure = _in_a_line(error) or f"no answer in {_DEADLINE_S[step]:.0f} s"
                logger.warning("renewing the %s did not help: %s", step.name.lower(), failure)
        raise BrowserGone(f"the browser does not start: {failure}")

    async def close(self) -> None:
        """End everything. Takes a few seconds at most; what does not end by itself is killed."""
        await self._drop(Rung.DRIVER)

    def _lowest_missing(self) -> Rung:
        if self._driver is None:
            return Rung.DRIVER
        if self._browser is None:
            return Rung.BROWSER
        if self._context is None:
            return Rung.CONTEXT
        return Rung.PAGE if self._tap is None else Rung.RELOAD

    async def _rebuild(self, rung: Rung) -> Tap:
        await self._drop(rung)
        if self._driver is None:
            self._driver = await self._start_driver()
        if self._browser is None:
            self._browser = await launch_browser(self._driver, self._settings)
            self._browser_pid = await browser_pid(self._browser)
        if self._context is None:
            self._context = await open_context(self._browser, self._settings)
        if self._tap is None:
            self._tap = await Tap.open(await self._context.new_page(), self._script)
        return self._tap

    async def _start_driver(self) -> Playwright:
        # A start that is cancelled half-way would leave its process behind: it runs to its end, for `close` to see.
        self._starting = asyncio.create_task(async_playwright().start())
        return await asyncio.shield(self._starting)

    async def _drop(self, rung: Rung) -> None:
        """Close what stands, from the page down to `rung`."""
        if rung >= Rung.PAGE and self._tap is not None:
            tap, self._tap = self._tap, None
            await _closed(tap.page.close())
        if rung >= Rung.CONTEXT and self._context is not None:
            context, self._context = self._context, None
            await _closed(context.close())
        if rung >= Rung.BROWSER and self._browser is not None:
            browser, self._browser = self._browser, None
            if not await _closed(browser.close()) and self._browser_pid:
                with suppress(ProcessLookupError):
                    os.kill(self._browser_pid, signal.SIGKILL)
            self._browser_pid = 0
        if rung >= Rung.DRIVER and self._starting is not None:
            starting, self._starting = self._starting, None
            self._driver = None
            await _closed(_stopped(starting))


async def _stopped(starting: asyncio.Task[Playwright]) -> None:
    await (await starting).stop()


async def _closed(closing: Awaitable[None]) -> bool:
    """Whether it closed in time. What is broken fails at once, and is as good as closed."""
    try:
        async with asyncio.timeout(_CLOSE_S):
            await closing
    except TimeoutError:
        return False
    except (PlaywrightError, OSError) as error:
        logger.debug("closing: %s", _in_a_line(error))
        return False
    return True


def _in_a_line(error: BaseException) -> str:
    """Playwright's message without its call log, but with the browser's own first word, which says why."""
    first, *rest = str(error).splitlines() or [""]
    said = next((line.partition("[err] ")[2].strip() for line in rest if "[err] " in line), "")
    return f"{first.strip()} ({said})" if said else first.strip()
