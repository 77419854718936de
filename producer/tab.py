"""One page of one feed file, in whichever browser stands. Built up and renewed by rungs."""

import asyncio
import logging
from enum import IntEnum

from playwright.async_api import BrowserContext
from playwright.async_api import Error as PlaywrightError

from producer.browser import restore_session
from producer.engine import Engine
from producer.errors import BrowserGone
from producer.loadfault import in_a_line
from producer.pagesettings import PageSettings
from producer.rig import Rig
from producer.tap import Tap

logger = logging.getLogger("tickql.producer")


class Rung(IntEnum):
    """How much is thrown away and built anew; each takes in those below it."""

    RELOAD = 0
    PAGE = 1
    CONTEXT = 2
    BROWSER = 3


_HUNG_CLOSE_S = 5.0
"""How long a page that may be hung may take to close: Chromium ends it after half a second, a busy machine later."""
_BUSY_CLOSE_S = 15.0
"""How long a page that is well may take to close: it may have much to do, and so the machine."""
_DEADLINE_S = {Rung.RELOAD: 10.0, Rung.PAGE: 5.0, Rung.CONTEXT: 5.0, Rung.BROWSER: 40.0}


class Tab:
    """Holds a place in an engine, a context there and the page in that."""

    def __init__(self, rig: Rig, settings: PageSettings, script: str) -> None:
        self._rig = rig
        self._settings = settings
        self._script = script
        self._engine: Engine | None = None
        self._context: BrowserContext | None = None
        self._fresh = False
        self._tap: Tap | None = None

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
        return self._engine is not None and self._rig.is_shared(self._engine)

    async def renew(self, rung: Rung) -> Tap:
        """Renew from `rung`, and from the next one if that fails, until there is a page that can be watched.

        Raises:
            BrowserGone: not even a new browser gave one.
            BrowserBroken, BrowserNotFound: see `Rig.enter`.
            FeedFileError: the login is none.
        """
        failure = ""
        for step in Rung:
            if step < max(rung, self._lowest_missing()):
                continue
            try:
                async with asyncio.timeout(_DEADLINE_S[step]):
                    return await self._rebuild(step)
            except (PlaywrightError, TimeoutError, OSError) as error:
                failure = in_a_line(error) or f"no answer in {_DEADLINE_S[step]:.0f} s"
                logger.warning("renewing the %s did not help: %s", step.name.lower(), failure)
        raise BrowserGone(f"the browser gives no page: {failure}")

    def close(self, *, is_silent: bool = False) -> None:
        """Give up the page. Returns at once; the rig sees to the end of it. `is_silent`: it may well be hung."""
        self._drop(Rung.BROWSER, _HUNG_CLOSE_S if is_silent else _BUSY_CLOSE_S)

    def _lowest_missing(self) -> Rung:
        if self._engine is None or self._engine.retired or self._engine.gone:
            return Rung.BROWSER
        if self._context is None:
            return Rung.CONTEXT
        return Rung.PAGE if self._tap is None else Rung.RELOAD

    async def _rebuild(self, rung: Rung) -> Tap:
        if rung is Rung.BROWSER and self._engine is not None:
            self._rig.retire(self._engine)
        self._drop(rung)
        if self._engine is None:
            self._engine = await self._rig.enter()
            self._engine.listeners.add(self._on_browser_end)
        if self._context is None:
            self._context = await self._engine.enter(self._settings, fresh=self._fresh)
            self._fresh = False
        if self._tap is None:
            self._tap = await self._open(self._engine, self._context)
        return self._tap

    async def _open(self, engine: Engine, context: BrowserContext) -> Tap:
        page = await context.new_page()
        try:
            await restore_session(page, self._settings)
            return await Tap.open(page, self._script)
        except BaseException:
            self._rig.discard(engine, page.close())
            raise

    def _drop(self, rung: Rung, within_s: float = _HUNG_CLOSE_S) -> None:
        """Let go of what stands from `rung` down; what is above it goes with it."""
        engine, context, tap = self._engine, self._context, self._tap
        if engine is None or rung is Rung.RELOAD:
            return
        self._tap = None
        if tap is not None:
            self._rig.discard(engine, tap.page.close(), within_s)
        if rung >= Rung.CONTEXT:
            self._context, self._fresh = None, True
            if context is not None:
                self._rig.discard(engine, engine.leave(context), within_s)
        if rung >= Rung.BROWSER:
            self._engine, self._fresh = None, False
            engine.listeners.discard(self._on_browser_end)
            self._rig.leave(engine)

    def _on_browser_end(self) -> None:
        if self._tap is not None:
            self._tap.fail(BrowserGone("the browser has ended"))
