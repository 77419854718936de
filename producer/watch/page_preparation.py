"""Preparation of a page: the steps of its feed file are done on it before its prices count."""

import asyncio
import logging
import time
from contextlib import suppress
from typing import NoReturn

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from tickql.producer.browser.long_lists import grow_list
from tickql.producer.browser.page_steps import StepRunner
from tickql.producer.errors import StepFailed
from tickql.producer.feedfile.rules import TableRule
from tickql.producer.health.page_status import UNPREPARED
from tickql.producer.watch.feed_source import FeedSource

logger = logging.getLogger("tickql.producer")

_ACCESS_POLL_S = 0.5
_GROW_EVERY_S = 2.0
"""How often lists are measured again: each takes a layout of the page."""
_GROW_TIMEOUT_S = 20.0


class PagePreparation:
    """Prepares one page. Two tasks meet here: `run` does the steps, and the watcher's task calls `check_document`.

    Until all steps are done, `PageStatus.preparing` is set, and nothing of the page is published. `PageStatus` sets it
    again for each further document, until `check_document` accepts the document or ends the watching.
    """

    def __init__(self, source: FeedSource, page: Page) -> None:
        self._source = source
        self._page = page
        self._runner: StepRunner | None = None
        self._done_s: float | None = None
        self._document: int | None = None

    def open(self) -> None:
        """Answer dialogs of the browser from now on, as the steps say. To be called before the page is loaded."""
        # In an attached browser nobody else answers dialogs, which would stop the page.
        if self._source.steps.steps or self._source.feed.page.attach is not None:
            self._runner = StepRunner(self._page, self._source.steps)

    def close(self) -> None:
        """Leave dialogs to Playwright."""
        if self._runner is not None:
            self._runner.close()

    async def run(self) -> NoReturn:
        """Do the steps on the page, which has been loaded, then keep its lists high enough until cancelled.

        Raises:
            StepFailed: names the step, and says why it cannot be done.
        """
        while self._runner is not None and self._done_s is None:
            try:
                await self._runner.run(self._begin_step)
            except StepFailed:
                if not self._source.page_status.is_refused:
                    raise
                # Not the step is what is wrong: the site gives no access. Once it does, all steps are done anew.
                await self._wait_for_access()
            else:
                logger.info("the steps are done on %s", self._source.page_status.page_name)
                self._done_s = time.monotonic()
                # The next heartbeat makes the prices count.
                self._source.page_status.preparing = None
        while True:
            await self._grow_lists()
            await asyncio.sleep(_GROW_EVERY_S)

    def check_document(self) -> None:
        """Check that the page still shows the document on which the steps were done.

        Raises:
            StepFailed: the page has loaded another one. It is to be opened anew: where steps would have to go on from
                is known only of the page as the feed file gives it.
        """
        # A document that comes soon after the last step is a consequence of the steps.
        document = self._source.page_status.generation
        if self._done_s is None or document is None or not self._source.steps.steps:
            return
        if self._document is None or time.monotonic() - self._done_s < self._source.timings.settle_s:
            self._document = document
            # The next heartbeat makes the prices count.
            self._source.page_status.preparing = None
        elif document != self._document:
            raise StepFailed(UNPREPARED)

    async def _grow_lists(self) -> None:
        """Make lists high enough for all their rows, and report those that are not. Later rows make them higher."""
        feed = self._source.feed
        problems = []
        for index, rule in enumerate(feed.rules):
            if not isinstance(rule, TableRule) or rule.scroll is None:
                continue
            # The page may be between two documents: the next look will find it.
            with suppress(PlaywrightError, TimeoutError):
                async with asyncio.timeout(_GROW_TIMEOUT_S):
                    problem = await grow_list(self._page, rule.scroll, rule.rows, feed.page.viewport)
                problems += [] if problem is None else [f"{feed.rule_name(index)}: {problem}"]
        self._source.page_status.health.list_problem = problems[0] if problems else None

    def _begin_step(self, number: int) -> None:
        self._source.page_status.preparing = self._source.steps.describe(number)

    async def _wait_for_access(self) -> None:
        while True:
            if not self._source.page_status.is_refused:
                return
            await asyncio.sleep(_ACCESS_POLL_S)
