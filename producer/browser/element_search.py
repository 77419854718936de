"""Elements of a page by the selectors of a feed file, in all its frames: Playwright's own wait sees one frame only."""

import asyncio
from collections.abc import Callable

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Frame, Locator, Page

from tickql.producer.feedfile.selectors import playwright_selector

POLL_S = 0.1
"""Period of looking for an element."""


def _any_frame(_: Frame) -> bool:
    return True


async def find_visible(page: Page, selector: str, accepts: Callable[[Frame], bool] = _any_frame) -> Locator | None:
    """Return the first visible element in any frame of the page; `None`: there is none now.

    `accepts`: which frames are searched.
    """
    for frame in filter(accepts, page.frames):
        found = frame.locator(playwright_selector(selector)).filter(visible=True).first
        if await _matches(found, frame):
            return found
    return None


async def wait_visible(page: Page, selector: str, accepts: Callable[[Frame], bool] = _any_frame) -> Locator:
    """Wait for a visible element in any frame of the page, without a deadline. Returns the first such element."""
    while True:
        found = await find_visible(page, selector, accepts)
        if found is not None:
            return found
        await asyncio.sleep(POLL_S)


async def is_present(page: Page, selector: str, *, visible: bool) -> bool:
    """Whether an element is in any frame of the page now."""
    for frame in page.frames:
        found = frame.locator(playwright_selector(selector))
        if await _matches(found.filter(visible=True) if visible else found, frame):
            return True
    return False


async def _matches(found: Locator, frame: Frame) -> bool:
    try:
        return bool(await found.count())
    except PlaywrightError:
        # Frames of advertisements and captchas may be removed at any moment.
        if frame.is_detached():
            return False
        raise
