"""What keeps a page usable while nobody sits before it: dialogs are clicked away, signs of life are given."""

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from typing import NoReturn

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from tickql.producer.browser.load_errors import one_line
from tickql.producer.feedfile.page_settings import PageSettings
from tickql.producer.login.login_steps import shown

logger = logging.getLogger("tickql.producer")

MAX_CLICKS_PER_MIN = 6
_MINUTE_S = 60.0
_DEADLINE_S = 2.0


class KeepAlive:
    """Looks after one page. Neither asks anything of the site by itself."""

    def __init__(self, page: Page, settings: PageSettings) -> None:
        self.clicks: Counter[str] = Counter()
        """How often each dialog has been clicked away."""
        self._page = page
        self._keep_alive = settings.keep_alive
        self._in_the_way: tuple[str, ...] = ()
        self._told = asyncio.Event()
        self._times: deque[float] = deque()
        self._signs = 0
        self._no_sign: str | None = None

    @property
    def complaint(self) -> str | None:
        """What does not work, for people; `None`: nothing."""
        if self._in_the_way and not self._may_click():
            clicks = f"{len(self._times)} clicks within a minute did not help"
            return f'"{self._in_the_way[0]}" stays or comes back: {clicks}'
        return None if self._no_sign is None else f"keep_alive has no effect: {self._no_sign}"

    def see(self, in_the_way: Iterable[str]) -> None:
        """These dialogs are visible now."""
        self._in_the_way = tuple(in_the_way)
        if self._in_the_way:
            self._told.set()

    async def run(self) -> NoReturn:
        """Look after the page until cancelled. What a page does not let us do in 2 s is left until the next time."""
        due = time.monotonic() + self._every_s()
        while True:
            try:
                async with asyncio.timeout(max(0.0, due - time.monotonic())):
                    await self._told.wait()
            except TimeoutError:
                due = time.monotonic() + self._every_s()
                self._no_sign = await self._try(self._give_sign())
                continue
            self._told.clear()
            for selector in self._in_the_way:
                if self._may_click():
                    await self._try(self._click(selector))

    def _every_s(self) -> float:
        return float("inf") if self._keep_alive is None else self._keep_alive.every_s

    async def _give_sign(self) -> None:
        self._signs += 1
        if self._keep_alive is not None and self._keep_alive.key is not None:
            await self._page.keyboard.press(self._keep_alive.key)
        else:
            await self._page.mouse.move(1 + self._signs % 2, 1)

    async def _click(self, selector: str) -> None:
        self._times.append(time.monotonic())
        target = await shown(self._page, selector)
        await target.click()
        self.clicks[selector] += 1
        logger.info('clicked away "%s" (%d times so far)', selector, self.clicks[selector])

    def _may_click(self) -> bool:
        while self._times and time.monotonic() - self._times[0] >= _MINUTE_S:
            self._times.popleft()
        return len(self._times) < MAX_CLICKS_PER_MIN

    async def _try(self, work: Awaitable[None]) -> str | None:
        """What the browser has against it; `None`: nothing, or the page does not answer, which its beats tell."""
        with suppress(TimeoutError):
            try:
                async with asyncio.timeout(_DEADLINE_S):
                    await work
            except PlaywrightError as error:
                return one_line(error)
        return None
