"""Which browser, and how it is started."""

import logging
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, Playwright, StorageState, async_playwright
from playwright.async_api import Error as PlaywrightError

from tickql.producer.browser.load_errors import one_line
from tickql.producer.browser.saved_login import SessionStorage, put_session, read_login, take_session
from tickql.producer.errors import BrowserNotFound, SandboxRefused
from tickql.producer.feedfile.page_settings import PageSettings

BROWSER_VARIABLE = "TICKQL_BROWSER"
"""Environment variable: the path of the browser program."""

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC_PROGRAMS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_ADVICE = (
    f"install one with `playwright install chromium` or as your system's package, or name it in {BROWSER_VARIABLE}"
)
SANDBOX_ADVICE = (
    "allow user namespaces for it (Ubuntu: `sysctl kernel.apparmor_restrict_unprivileged_userns=0`; a container: a "
    "seccomp profile that permits them), or install the package chromium-sandbox"
)
"""What to do where the browser's sandbox cannot be used."""

# Playwright's own flags already keep the browser from phoning home and from slowing timers of hidden pages.
# This one gives the observer `computedName`: what assistive technology reads.
_ARGUMENTS = ("--enable-blink-features=ComputedAccessibilityInfo", "--disable-domain-reliability", "--no-pings")
_LAUNCH_MS = 15_000
_DRIVER_ENDED = "Connection closed while reading from the driver"


def find_browser(own: Path | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the browser program: the one that `TICKQL_BROWSER` names, else `own`, else one on the PATH.

    `own` is where Playwright keeps the Chromium that it downloads.

    Raises:
        BrowserNotFound: none of them is there.
    """
    named = environ.get(BROWSER_VARIABLE)
    if named:
        found = shutil.which(named, path=environ.get("PATH"))
        if found is None:
            raise BrowserNotFound(f"{BROWSER_VARIABLE}={named} is no program: {_ADVICE}")
        return Path(found)
    if own is not None and own.is_file():
        return own
    for program in (*_PROGRAMS, *_MAC_PROGRAMS):
        found = shutil.which(program, path=environ.get("PATH", ""))
        if found is not None:
            return Path(found)
    raise BrowserNotFound(f"no browser found: {_ADVICE}")


async def start_driver() -> Playwright:
    """Start Playwright's driver, the process between us and the browser. To be stopped.

    Raises:
        playwright.async_api.Error: it does not start.
    """
    logging.getLogger("asyncio").addFilter(_is_news)
    try:
        return await async_playwright().start()
    except Exception as error:
        # That the driver ends while it starts is told by just that: an Exception of no class of its own.
        raise PlaywrightError(f"Playwright's driver does not start: {one_line(error)}") from error


def _is_news(record: logging.LogRecord) -> bool:
    """Not the end of a driver: Playwright keeps it in a future that it never reads. Whoever uses the driver notices."""
    error = record.exc_info[1] if record.exc_info else None
    return not (type(error) is Exception and str(error) == _DRIVER_ENDED)


@asynccontextmanager
async def running_driver() -> AsyncIterator[Playwright]:
    """The driver, from enter to exit.

    Raises:
        playwright.async_api.Error: it does not start.
    """
    driver = await start_driver()
    try:
        yield driver
    finally:
        await driver.stop()


async def launch_browser(driver: Playwright, settings: PageSettings) -> Browser:
    """Start a browser that belongs to this process: it ends with the driver, which ends with us.

    Raises:
        BrowserNotFound: there is none.
        SandboxRefused: this user may not use its sandbox.
        playwright.async_api.Error: it does not start.
    """
    chromium = driver.chromium
    try:
        return await chromium.launch(
            executable_path=find_browser(Path(chromium.executable_path)),
            headless=settings.headless,
            # Chromium's sandbox refuses to run as root, as containers often do.
            chromium_sandbox=not is_root(),
            args=list(_ARGUMENTS),
            # Ours to close, in order: else Ctrl-C closes it under us.
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
            timeout=_LAUNCH_MS,
        )
    except PlaywrightError as error:
        if "sandboxing failed" in str(error):
            raise SandboxRefused(f"the browser may not use its sandbox here: {SANDBOX_ADVICE}") from error
        raise


async def open_context(browser: Browser, settings: PageSettings) -> BrowserContext:
    """A fresh session of the browser, set up as the feed file says.

    Raises:
        FeedFileError: its `storage_state` is no saved login.
        playwright.async_api.Error: the browser is gone.
    """
    saved = _saved(settings)
    return await browser.new_context(
        viewport={"width": settings.viewport.width, "height": settings.viewport.height},
        locale=settings.locale,
        storage_state=saved[0] if saved is not None else None,
        user_agent=settings.user_agent,
        accept_downloads=False,
    )


async def restore_session(page: Page, settings: PageSettings) -> None:
    """Give a page that has not been anywhere yet the session storage of its login: its neighbours' or the saved one.

    Raises:
        FeedFileError: the saved login is none.
        playwright.async_api.Error: the page is gone.
    """
    saved = _saved(settings)
    if saved is not None:
        await put_session(page, saved[1] | await take_session(page.context))


def _saved(settings: PageSettings) -> tuple[StorageState, SessionStorage] | None:
    path = settings.storage_state
    # A recipe makes the file at the first login.
    return None if path is None or not path.exists() else read_login(path)


async def browser_pid(browser: Browser) -> int:
    """The process id of a browser on this machine."""
    session = await browser.new_browser_cdp_session()
    try:
        processes = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
        return next(int(process["id"]) for process in processes if process["type"] == "browser")
    finally:
        await session.detach()


def is_root() -> bool:
    """Whether this process may do everything: then the browser runs without its sandbox."""
    return hasattr(os, "geteuid") and os.geteuid() == 0
