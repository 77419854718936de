"""The browser that all pages of a producer stand in: started when it is needed, renewed once for all, never in part."""

import asyncio
import logging
import time
from collections.abc import Awaitable

from playwright.async_api import Error as PlaywrightError

from tickql.producer.browser.browser_process import CLOSE_S, BrowserProcess, closed
from tickql.producer.browser.load_errors import one_line
from tickql.producer.browser.memory import memory_mb
from tickql.producer.errors import BrowserBroken, BrowserGone
from tickql.producer.feedfile.page_settings import PageSettings
from tickql.producer.timings import DEFAULT_TIMINGS, Timings

logger = logging.getLogger("tickql.producer")

_START_S = 30.0
_MAX_STARTS = 3


class SharedBrowser:
    """Owns every engine that is started. `close` ends them all, whatever state they are in.

    `settings`: of any page, for what concerns the browser as a whole. `most_mb`: an engine that takes more memory is
    retired; `None`: any is fine.
    """

    def __init__(
        self, settings: PageSettings, most_mb: float | None = None, timings: Timings = DEFAULT_TIMINGS
    ) -> None:
        self._settings = settings
        self._most_mb = most_mb
        self._timings = timings
        self._weighing: asyncio.Task[None] | None = None
        self._engine: BrowserProcess | None = None
        self._starting: asyncio.Task[BrowserProcess] | None = None
        self._failures = 0
        self._pages: dict[BrowserProcess, int] = {}
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def current(self) -> BrowserProcess | None:
        """The engine in which new pages are opened; `None`: the next one to ask starts it."""
        return self._engine if self._engine is not None and not self._engine.gone else None

    async def enter(self) -> BrowserProcess:
        """The engine that stands, for one more page, to be left again. All who ask while it starts wait for the same.

        Raises:
            BrowserGone: it did not start.
            BrowserBroken: it did not start three times in a row.
            BrowserNotFound: no browser on this machine.
        """
        if self._engine is not None and self._engine.gone:
            self.retire(self._engine)
        while self._engine is None:
            if self._starting is None:
                self._starting = asyncio.create_task(self._start())
                self._starting.add_done_callback(lambda task: task.cancelled() or task.exception())
            await asyncio.shield(self._starting)
        self._pages[self._engine] += 1
        return self._engine

    def leave(self, engine: BrowserProcess) -> None:
        """One page less; with its last page a retired engine ends."""
        self._pages[engine] -= 1
        self._end_if_left(engine)

    def retire(self, engine: BrowserProcess) -> None:
        """Have everyone leave an engine: those whose page is well once they have another one."""
        engine.retired = True
        if self._engine is engine:
            self._engine = None
        self._end_if_left(engine)

    def is_shared(self, engine: BrowserProcess) -> bool:
        """Whether more than one page stands in an engine."""
        return self._pages[engine] > 1

    def discard(self, engine: BrowserProcess, closing: Awaitable[None], within_s: float = CLOSE_S) -> None:
        """Have a page or context closed without waiting for it. What does not close in time goes with its engine."""
        self._in_background(self._discard(engine, closing, within_s))

    async def close(self) -> None:
        """End everything. Takes a few seconds at most."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        if self._weighing is not None:
            self._weighing.cancel()
            await asyncio.gather(self._weighing, return_exceptions=True)
        self._engine = None
        for engine in list(self._pages):
            self._end(engine)
        while self._closing:
            await asyncio.wait(self._closing)

    async def _start(self) -> BrowserProcess:
        engine = BrowserProcess()
        self._pages[engine] = 0
        try:
            async with asyncio.timeout(_START_S):
                await engine.start(self._settings)
        except (PlaywrightError, TimeoutError, OSError) as error:
            self._end(engine)
            self._failures += 1
            fault = f"the browser does not start: {one_line(error) or f'no answer in {_START_S:.0f} s'}"
            raise (BrowserBroken if self._failures >= _MAX_STARTS else BrowserGone)(fault) from error
        finally:
            self._starting = None
        self._failures = 0
        self._engine = engine
        if self._weighing is None and self._most_mb is not None:
            self._weighing = asyncio.create_task(self._weigh_for_ever(self._most_mb))
        return engine

    async def _weigh_for_ever(self, most_mb: float) -> None:
        while True:
            await asyncio.sleep(self._timings.memory_check_s)
            engine = self.current
            if engine is None or time.monotonic() - engine.since < self._timings.browser_min_age_s:
                continue
            weight = await asyncio.to_thread(memory_mb, engine.pid)
            if weight is None:
                logger.warning("recycle_memory does nothing: this system does not tell how much memory a browser takes")
                return
            if weight > most_mb and self._engine is engine:
                logger.info("the browser takes %.0f MB, allowed are %.0f: moving to a new one", weight, most_mb)
                self.retire(engine)

    def _end_if_left(self, engine: BrowserProcess) -> None:
        if engine.retired and self._pages.get(engine) == 0:
            self._end(engine)

    def _end(self, engine: BrowserProcess) -> None:
        del self._pages[engine]
        self._in_background(engine.close())

    async def _discard(self, engine: BrowserProcess, closing: Awaitable[None], within_s: float) -> None:
        if not await closed(closing, within_s) and engine in self._pages and not engine.retired:
            logger.warning("a page of the browser does not close: moving to a new browser")
            self.retire(engine)

    def _in_background(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
