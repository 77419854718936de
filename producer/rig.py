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

_CLOSE_S = 1.5


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
        self._stuck = False

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
        # What could not be closed goes with its browser.
        rung = max(rung, self._lowest_missing(), Rung.BROWSER if self._stuck else Rung.RELOAD)
        for step in Rung:
            if step < rung:
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
            self._browser.on("disconnected", self._on_disconnected)
            self._browser_pid = await browser_pid(self._browser)
            logger.info("browser %s started", self._browser.version)
        if self._context is None:
            self._context = await open_context(self._browser, self._settings)
        if self._tap is None:
            self._tap = await Tap.open(await self._context.new_page(), self._script)
        return self._tap

    def _on_disconnected(self, _: Browser) -> None:
        if self._tap is not None:
            self._tap.fail(BrowserGone("the browser has ended"))

    async def _start_driver(self) -> Playwright:
        # A start that is cancelled half-way would leave its process behind: it runs to its end, for `close` to see.
        self._starting = asyncio.create_task(async_playwright().start())
        return await asyncio.shield(self._starting)

    async def _drop(self, rung: Rung) -> None:
        """Close what stands from `rung` down; what is above it goes with it."""
        if rung >= Rung.DRIVER:
            await self._drop_driver()
        elif rung >= Rung.BROWSER:
            await self._drop_browser()
        elif rung >= Rung.CONTEXT:
            context, self._context, self._tap = self._context, None, None
            self._stuck |= context is not None and not await _closed(context.close())
        elif rung >= Rung.PAGE:
            tap, self._tap = self._tap, None
            self._stuck |= tap is not None and not await _closed(tap.page.close())

    async def _drop_browser(self) -> None:
        browser, pid = self._browser, self._browser_pid
        self._browser, self._browser_pid, self._context, self._tap, self._stuck = None, 0, None, None, False
        if browser is not None and not await _closed(browser.close()) and pid:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def _drop_driver(self) -> None:
        await self._drop_browser()
        starting, self._starting, self._driver = self._starting, None, None
        if starting is not None:
            await _closed(_stopped(starting))


async def _stopped(starting: asyncio.Task[Playwright]) -> None:
    await (await starting).stop()


async def _closed(closing: Awaitable[None]) -> bool:
    """Whether it closed in time. What fails at once is gone already."""
    try:
        async with asyncio.timeout(_CLOSE_S):
            await closing
    except TimeoutError:
        return False
    except (PlaywrightError, OSError) as error:
        logger.debug("closing: %s", _in_a_line(error))
    return True


def _in_a_line(error: BaseException) -> str:
    """Playwright's message without its call log, but with the browser's own first word, which says why."""
    first, *rest = str(error).splitlines() or [""]
    said = next((line.partition("[err] ")[2].strip() for line in rest if "[err] " in line), "")
    return f"{first.strip()} ({said})" if said else first.strip()
