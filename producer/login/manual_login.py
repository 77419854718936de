"""Logging in by hand: opens a window for a person, and captures the login that the browser then holds."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

from playwright.async_api import Browser, BrowserContext, Page, StorageState
from playwright.async_api import Error as PlaywrightError

from tickql.producer.browser.launch import launch_browser, open_context, running_driver
from tickql.producer.browser.load_errors import describe_load_error, one_line
from tickql.producer.browser.saved_login import SessionStorage, capture_login
from tickql.producer.errors import LoginFailed
from tickql.producer.feedfile.page_settings import PageSettings
from tickql.producer.login.login_steps import is_logged_in

_LOAD_MS = 60_000
"""Deadline for the login page: a person is waiting, and may be on a slow line."""
_CAPTURE_S = 0.5
"""Period of capturing the login: the window may be closed at any moment, and nothing can be captured afterwards."""
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


class CapturedLogin(NamedTuple):
    """What the browser holds after a login."""

    state: StorageState
    session: SessionStorage

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to save: the site has set neither cookies nor storage."""
        return not (self.state.get("cookies") or self.state.get("origins") or self.session)

    def __str__(self) -> str:
        """Such as `3 cookies, storage of 1 site`."""
        cookies = len(self.state.get("cookies", []))
        origins = {origin["origin"] for origin in self.state.get("origins", [])} | set(self.session)
        return f"{cookies} cookie{'s'[: cookies != 1]}, storage of {len(origins)} site{'s'[: len(origins) != 1]}"


def check_display(environ: Mapping[str, str] = os.environ) -> None:
    """Check that a window can be opened.

    Raises:
        LoginFailed: there is no display to open it on.
    """
    if sys.platform.startswith("linux") and not any(environ.get(name) for name in _DISPLAYS):
        raise LoginFailed(
            "no display to open a window on: run this where there is one and copy the file here,"
            " or write the login steps into the feed file ([page.login] steps)"
        )


@asynccontextmanager
async def login_page(settings: PageSettings) -> AsyncIterator[Page]:
    """Open a page in a separate browser, with the saved login of the settings, if there is one.

    Raises:
        BrowserNotFound: there is no browser.
        FeedFileError: the saved login cannot be used.
        LoginFailed: the browser does not start, or has ended.
    """
    try:
        async with running_driver() as driver:
            browser = await launch_browser(driver, settings)
            try:
                yield await (await open_context(browser, settings)).new_page()
            finally:
                await _close(browser)
    except PlaywrightError as error:
        raise LoginFailed(f"the browser does not work: {one_line(error)}") from error


async def login_by_hand(
    page: Page, settings: PageSettings, done: Callable[[], Coroutine[Any, Any, None]]
) -> CapturedLogin:
    """Let a person log in on a page, and capture the login.

    The first of these ends it: `done` returns, a marker of the settings appears, or the page is closed. After a close
    the login is as of half a second before.

    Raises:
        LoginFailed: the page does not load, or there is nothing to save.
    """
    url = settings.url
    if settings.login is not None and settings.login.url is not None:
        url = settings.login.url
    try:
        await page.goto(url, wait_until="commit", timeout=_LOAD_MS)
    except PlaywrightError as error:
        raise LoginFailed(f"{url.partition('?')[0]} does not load: {describe_load_error(error)}") from error
    captured = await _capture_until(page, settings, asyncio.create_task(done()))
    if captured is None or captured.is_empty:
        raise LoginFailed("nothing to save: the site has set neither cookies nor storage, so you are not logged in")
    return captured


async def _capture_until(page: Page, settings: PageSettings, done: asyncio.Task[None]) -> CapturedLogin | None:
    closed = asyncio.Event()
    page.on("close", lambda _: closed.set())
    closing = asyncio.create_task(closed.wait())
    captured: CapturedLogin | None = None
    try:
        while True:
            # Captured before the check for the end: at the end the page may be gone.
            captured = await _capture(page.context) or captured
            if done.done() or closing.done() or await _shows_marker(page, settings):
                return await _capture(page.context) or captured
            await asyncio.wait([done, closing], timeout=_CAPTURE_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        done.cancel()
        closing.cancel()


async def _shows_marker(page: Page, settings: PageSettings) -> bool:
    # `logged_out` selectors are not used here: between two documents of the site they are absent, too.
    if settings.login is None or not settings.login.marker:
        return False
    try:
        return await is_logged_in(page, settings.login)
    except PlaywrightError:
        return False


async def _capture(context: BrowserContext) -> CapturedLogin | None:
    if not context.pages:
        return None
    with suppress(PlaywrightError, TimeoutError):
        return CapturedLogin(*await capture_login(context))
    return None


async def _close(browser: Browser) -> None:
    with suppress(PlaywrightError):
        await browser.close()
