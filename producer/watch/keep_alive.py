"""Keeping a page usable while nobody sits before it: clicks dialogs away, simulates activity of a person."""

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from typing import NoReturn

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from tickql.producer.browser.element_search import wait_visible
from tickql.producer.browser.load_errors import obstacle, one_line
from tickql.producer.feedfile.page_settings import PageSettings

logger = logging.getLogger("tickql.producer")

MAX_CLICKS_PER_MIN = 6
"""A dialog that returns more often is not closed by clicking: more clicks would only load the site."""
_MINUTE_S = 60.0
_DEADLINE_S = 2.0
"""Deadline for a click or a sign of activity. What a page does not allow by then is left until the next time."""


class KeepAlive:
    """Looks after one page, by the `dismiss` and `keep_alive` settings of its feed file. Sends no request to the site.

    Two tasks meet here: the watcher's task calls `update_dialogs` and reads `problem` at each heartbeat, `run` clicks.
    Each click takes the newest list of dialogs.
    """

    def __init__(self, page: Page, settings: PageSettings) -> None:
        self.clicks: Counter[str] = Counter()
        """How often each dialog has been clicked away."""
        self._page = page
        self._settings = settings.keep_alive
        self._dialogs: tuple[str, ...] = ()
        self._has_dialogs = asyncio.Event()
        self._click_times_s: deque[float] = deque()
        self._activities = 0
        self._activity_problem: str | None = None
        self._click_problem: str | None = None

    @property
    def problem(self) -> str | None:
        """Why `keep_alive` does not work, for people; `None`: it works."""
        return None if self._activity_problem is None else f"keep_alive has no effect: {self._activity_problem}"

    @property
    def dialog_problem(self) -> str | None:
        """What `dismiss` does not get rid of, and what to do about it, for people; `None`: nothing."""
        if not self._dialogs or self._may_click():
            return None
        clicks = f"{len(self._click_times_s)} clicks within a minute did not help"
        why = "" if self._click_problem is None else f" ({self._click_problem})"
        advice = "name the button that closes it, or remove it from `dismiss`: prices are read behind it too"
        return f'"{self._dialogs[0]}" stays or comes back: {clicks}{why}; {advice}'

    def update_dialogs(self, selectors: Iterable[str]) -> None:
        """Set the dialogs that are visible now, by what is to be clicked in each."""
        self._dialogs = tuple(selectors)
        if self._dialogs:
            self._has_dialogs.set()

    async def run(self) -> NoReturn:
        """Look after the page until cancelled."""
        due_s = time.monotonic() + self._period_s()
        while True:
            try:
                async with asyncio.timeout(max(0.0, due_s - time.monotonic())):
                    await self._has_dialogs.wait()
            except TimeoutError:
                due_s = time.monotonic() + self._period_s()
                self._activity_problem = await self._attempt(self._simulate_activity())
                continue
            self._has_dialogs.clear()
            for selector in self._dialogs:
                if self._may_click():
                    self._click_problem = await self._attempt(self._click(selector))

    def _period_s(self) -> float:
        return float("inf") if self._settings is None else self._settings.every_s

    async def _simulate_activity(self) -> None:
        self._activities += 1
        if self._settings is not None and self._settings.key is not None:
            await self._page.keyboard.press(self._settings.key)
        else:
            # Sites count a mouse that moves, so each move goes to another place.
            await self._page.mouse.move(1 + self._activities % 2, 1)

    async def _click(self, selector: str) -> None:
        # Counted before the click: a click that fails has not helped either.
        self._click_times_s.append(time.monotonic())
        target = await wait_visible(self._page, selector)
        # Playwright's own deadline comes first: its error says what is in the way.
        await target.click(timeout=_DEADLINE_S * 900)
        self.clicks[selector] += 1
        logger.info('clicked away "%s" (%d times so far)', selector, self.clicks[selector])

    def _may_click(self) -> bool:
        while self._click_times_s and time.monotonic() - self._click_times_s[0] >= _MINUTE_S:
            self._click_times_s.popleft()
        return len(self._click_times_s) < MAX_CLICKS_PER_MIN

    async def _attempt(self, action: Awaitable[None]) -> str | None:
        """Try an action. Returns the browser's error; `None`: it worked, or the page does not answer.

        A page that does not answer sends no heartbeats either: its watcher reports that.
        """
        with suppress(TimeoutError):
            try:
                async with asyncio.timeout(_DEADLINE_S):
                    await action
            except PlaywrightError as error:
                return obstacle(error) or one_line(error)
        return None
