"""Loading a page for discovery; a page that cannot be used is one line of text."""

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Response
from playwright.async_api import TimeoutError as PlaywrightTimeout

from tickql.producer.browser.element_search import find_visible
from tickql.producer.browser.load_errors import describe_load_error
from tickql.producer.browser.page_steps import PageSteps, StepRunner
from tickql.producer.browser.secret_scope import SecretScope
from tickql.producer.discover.errors import DiscoverError
from tickql.producer.discover.inference.diagnosis import LOG_IN
from tickql.producer.feedfile.page_settings import PageSettings

_LOAD_S = 30.0
_DISMISS_S = 0.5
_CLICK_MS = 2_000
_MAX_CLICKS = 10
"""A dialog that comes back more often is not closed by clicking."""


async def open_page(page: Page, settings: PageSettings) -> None:
    """Load a page, wait until its document is parsed, and do the steps of the settings. Dialogs are dismissed.

    Raises:
        DiscoverError: the page does not load, is not HTML, or needs a login.
        StepFailed: names the step, and says why it cannot be done.
    """
    runner = StepRunner(page, PageSteps(settings.steps, os.environ, SecretScope.of(settings)))
    try:
        await _load(page, settings.url)
        if settings.dismiss:
            dismissing = asyncio.create_task(_dismiss(page, settings.dismiss))
            page.on("close", lambda _: _cancel(dismissing))
        await runner.run()
    finally:
        runner.close()


async def _dismiss(page: Page, selectors: Sequence[str]) -> None:
    """Click what is to be dismissed whenever it is visible, until the page is closed."""
    clicks = 0
    while clicks < _MAX_CLICKS:
        for selector in selectors:
            # The page may be between two documents, or about to be closed.
            with suppress(PlaywrightError):
                target = await find_visible(page, selector)
                if target is not None:
                    clicks += 1
                    await target.click(timeout=_CLICK_MS)
        await asyncio.sleep(_DISMISS_S)


def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()


async def _load(page: Page, url: str) -> None:
    responses: list[Response] = []

    def record(response: Response) -> None:
        if response.request.is_navigation_request() and response.frame is page.main_frame:
            responses.append(response)

    page.on("response", record)
    try:
        await page.goto(url, wait_until="commit", timeout=_LOAD_S * 1000)
        # A page that does not finish its document in time is watched as it is: its prices may be there already.
        with suppress(PlaywrightTimeout):
            await page.wait_for_load_state("domcontentloaded", timeout=_LOAD_S * 1000)
    except PlaywrightError as error:
        # For an HTTP error without a body Chromium shows an error page of its own, and `goto` fails. Then the status
        # of the response says more than the exception.
        if not responses or responses[-1].status < 400:
            raise DiscoverError(f"{url}: the page does not load: {describe_load_error(error)}") from error
    finally:
        page.remove_listener("response", record)
    if responses:
        await _check(url, responses[-1])


async def _check(url: str, response: Response) -> None:
    media_type = (await response.all_headers()).get("content-type", "text/html").partition(";")[0].strip()
    if response.status in (401, 403, 407):
        raise DiscoverError(f"{url}: needs a login (HTTP {response.status}): {LOG_IN}")
    if response.status >= 400:
        raise DiscoverError(f"{url}: the server answers HTTP {response.status} {response.status_text}".rstrip())
    if media_type not in ("text/html", "application/xhtml+xml") and not url.startswith("file:"):
        raise DiscoverError(f"{url}: is {media_type}, not an HTML page")
