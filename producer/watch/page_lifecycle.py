"""One page of one feed file, in whichever browser stands. Built up and renewed by rungs."""

import asyncio
import logging
from enum import IntEnum

from playwright.async_api import BrowserContext
from playwright.async_api import Error as PlaywrightError

from tickql.producer.browser.browser_process import BrowserProcess
from tickql.producer.browser.launch import restore_session
from tickql.producer.browser.load_errors import one_line
from tickql.producer.browser.shared_browser import SharedBrowser
from tickql.producer.capture.observer_client import ObserverClient
from tickql.producer.errors import BrowserGone
from tickql.producer.feedfile.page_settings import PageSettings

logger = logging.getLogger("tickql.producer")


class RestartLevel(IntEnum):
    """How much is thrown away and built anew; each takes in those below it."""

    RELOAD = 0
    PAGE = 1
    CONTEXT = 2
    BROWSER = 3


_HUNG_CLOSE_S = 5.0
"""How long a page that may be hung may take to close: Chromium ends it after half a second, a busy machine later."""
_BUSY_CLOSE_S = 15.0
"""How long a page that is well may take to close: it may have much to do, and so the machine."""
_DEADLINE_S = {RestartLevel.RELOAD: 10.0, RestartLevel.PAGE: 5.0, RestartLevel.CONTEXT: 5.0, RestartLevel.BROWSER: 40.0}


class PageLifecycle:
    """Holds a place in an engine, a context there and the page in that."""

    def __init__(self, shared_browser: SharedBrowser, settings: PageSettings, script: str) -> None:
        self._shared_browser = shared_browser
        self._settings = settings
        self._script = script
        self._engine: BrowserProcess | None = None
        self._context: BrowserContext | None = None
        self._fresh = False
        self._observer: ObserverClient | None = None

    @property
    def context(self) -> BrowserContext:
        """The context that stands."""
        assert self._context is not None
        return self._context

    @property
    def outdated(self) -> bool:
        """Whether the page stands in a browser that is to be left."""
        return self._engine is not None and self._engine.retired

    @property
    def has_neighbours(self) -> bool:
        """Whether other pages stand in the same browser."""
        return self._engine is not None and self._shared_browser.is_shared(self._engine)

    async def renew(self, rung: RestartLevel) -> ObserverClient:
        """Renew from `rung`, and from the next one if that fails, until there is a page that can be watched.

        Raises:
            BrowserGone: not even a new browser gave one.
            BrowserBroken, BrowserNotFound: see `SharedBrowser.enter`.
            FeedFileError: the login is none.
        """
        failure = ""
        for step in RestartLevel:
            if step < max(rung, self._lowest_missing()):
                continue
            try:
                async with asyncio.timeout(_DEADLINE_S[step]):
                    return await self._rebuild(step)
            except (PlaywrightError, TimeoutError, OSError) as error:
                failure = one_line(error) or f"no answer in {_DEADLINE_S[step]:.0f} s"
                logger.warning("renewing the %s did not help: %s", step.name.lower(), failure)
        raise BrowserGone(f"the browser gives no page: {failure}")

    def close(self, *, is_silent: bool = False) -> None:
        """Give up the page. Returns at once; the rig sees to the end of it. `is_silent`: it may well be hung."""
        self._drop(RestartLevel.BROWSER, _HUNG_CLOSE_S if is_silent else _BUSY_CLOSE_S)

    def _lowest_missing(self) -> RestartLevel:
        if self._engine is None or self._engine.retired or self._engine.gone:
            return RestartLevel.BROWSER
        if self._context is None:
            return RestartLevel.CONTEXT
        return RestartLevel.PAGE if self._observer is None else RestartLevel.RELOAD

    async def _rebuild(self, rung: RestartLevel) -> ObserverClient:
        if rung is RestartLevel.BROWSER and self._engine is not None:
            self._shared_browser.retire(self._engine)
        self._drop(rung)
        if self._engine is None:
            self._engine = await self._shared_browser.enter()
            self._engine.listeners.add(self._on_browser_end)
        if self._context is None:
            self._context = await self._engine.enter(self._settings, fresh=self._fresh)
            self._fresh = False
        if self._observer is None:
            self._observer = await self._open(self._engine, self._context)
        return self._observer

    async def _open(self, engine: BrowserProcess, context: BrowserContext) -> ObserverClient:
        page = await context.new_page()
        try:
            await restore_session(page, self._settings)
            return await ObserverClient.open(page, self._script)
        except BaseException:
            self._shared_browser.discard(engine, page.close())
            raise

    def _drop(self, rung: RestartLevel, within_s: float = _HUNG_CLOSE_S) -> None:
        """Let go of what stands from `rung` down; what is above it goes with it."""
        engine, context, observer = self._engine, self._context, self._observer
        if engine is None or rung is RestartLevel.RELOAD:
            return
        self._observer = None
        if observer is not None:
            self._shared_browser.discard(engine, observer.page.close(), within_s)
        if rung >= RestartLevel.CONTEXT:
            self._context, self._fresh = None, True
            if context is not None:
                self._shared_browser.discard(engine, engine.leave(context), within_s)
        if rung >= RestartLevel.BROWSER:
            self._engine, self._fresh = None, False
            engine.listeners.discard(self._on_browser_end)
            self._shared_browser.leave(engine)

    def _on_browser_end(self) -> None:
        if self._observer is not None:
            self._observer.fail(BrowserGone("the browser has ended"))
