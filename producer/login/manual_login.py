"""Logging in by hand: a window, a person before it, and a saved login at the end."""

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
from tickql.producer.browser.saved_login import SessionStorage, take_login
from tickql.producer.errors import LoginFailed
from tickql.producer.feedfile.page_settings import PageSettings
from tickql.producer.login.login_steps import has_arrived

_LOAD_MS = 60_000
_LOOK_S = 0.5
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


class CapturedLogin(NamedTuple):
    """What a login has left in the browser."""

    state: StorageState
    session: SessionStorage

    @property
    def empty(self) -> bool:
        """Whether the site has left nothing that could be saved."""
        return not (self.state.get("cookies") or self.state.get("origins") or self.session)

    def __str__(self) -> str:
        """Such as `3 cookies, storage of 1 site`."""
        cookies = len(self.state.get("cookies", []))
        origins = {origin["origin"] for origin in self.state.get("origins", [])} | set(self.session)
        return f"{cookies} cookie{'s'[: cookies != 1]}, storage of {len(origins)} site{'s'[: len(origins) != 1]}"


def check_display(environ: Mapping[str, str] = os.environ) -> None:
    """See that a window can be opened.

    Raises:
        LoginFailed: there is no display to open it on.
    """
    if sys.platform.startswith("linux") and not any(environ.get(name) for name in _DISPLAYS):
        raise LoginFailed(
            "no display to open a window on: run this where there is one and copy the file here,"
            " or give the feed file a recipe ([page.login] steps)"
        )


@asynccontextmanager
async def login_page(settings: PageSettings) -> AsyncIterator[Page]:
    """A page in a browser of its own, with the login of the settings, if one is saved.

    Raises:
        BrowserNotFound: there is no browser.
        FeedFileError: the saved login is none.
        LoginFailed: the browser does not start, or ends.
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
    """Have a person log in on a page, and take what that leaves.

    It ends with whatever comes first: `done()`, a marker of the settings that appears, or the page that is closed; what
    is taken then is as of half a second before.

    Raises:
        LoginFailed: the page does not load, or nothing is left that could be saved.
    """
    url = settings.url
    if settings.login is not None and settings.login.url is not None:
        url = settings.login.url
    try:
        await page.goto(url, wait_until="commit", timeout=_LOAD_MS)
    except PlaywrightError as error:
        raise LoginFailed(f"{url.partition('?')[0]} does not load: {describe_load_error(error)}") from error
    taken = await _take_until(page, settings, asyncio.create_task(done()))
    if taken is None or taken.empty:
        raise LoginFailed("nothing to save: the site has left neither cookie nor storage, so you are not logged in")
    return taken


async def _take_until(page: Page, settings: PageSettings, done: asyncio.Task[None]) -> CapturedLogin | None:
    closed = asyncio.Event()
    page.on("close", lambda _: closed.set())
    closing = asyncio.create_task(closed.wait())
    taken: CapturedLogin | None = None
    try:
        while True:
            # The state is taken before it is asked whether one is done: afterwards the page may be gone.
            taken = await _take(page.context) or taken
            ended = done.done() or closing.done() or (settings.login is not None and await _arrived(page, settings))
            if ended:
                return await _take(page.context) or taken
            await asyncio.wait([done, closing], timeout=_LOOK_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        done.cancel()
        closing.cancel()


async def _arrived(page: Page, settings: PageSettings) -> bool:
    if settings.login is None or not settings.login.marker:
        # That a form is gone may be for many reasons, that a marker is there for one.
        return False
    try:
        return await has_arrived(page, settings.login)
    except PlaywrightError:
        return False


async def _take(context: BrowserContext) -> CapturedLogin | None:
    if not context.pages:
        return None
    with suppress(PlaywrightError, TimeoutError):
        return CapturedLogin(*await take_login(context))
    return None


async def _close(browser: Browser) -> None:
    with suppress(PlaywrightError):
        await browser.close()
