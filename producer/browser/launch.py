"""How the driver, the browser and its contexts are started and set up."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from weakref import WeakKeyDictionary

from playwright.async_api import Browser, BrowserContext, Page, Playwright, StorageState, async_playwright
from playwright.async_api import Error as PlaywrightError

from tickql.producer.browser import attached_browser
from tickql.producer.browser.browser_program import find_browser
from tickql.producer.browser.load_errors import one_line
from tickql.producer.browser.sandbox import SANDBOX_ADVICE, has_sandbox
from tickql.producer.browser.saved_login import (
    SessionStorage,
    read_login,
    read_session_storage,
    restore_session_storage,
)
from tickql.producer.browser.site_access import http_credentials, proxy_options
from tickql.producer.browser.switches import SWITCHES
from tickql.producer.browser.temporary_folder import temporary_folder
from tickql.producer.browser.trusted_ca import browser_environment
from tickql.producer.errors import SandboxRefused
from tickql.producer.feedfile.page_settings import PageSettings

# A cold start on a busy machine takes some seconds.
_LAUNCH_TIMEOUT_MS = 15_000
_NODE_CERTIFICATES = "NODE_EXTRA_CA_CERTS"
_TEMPORARY = "TMPDIR"
_DRIVER_ENDED_MESSAGE = "Connection closed while reading from the driver"
# A lock can be waited for in one event loop only.
_start_locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
"""Held while a driver starts: each one gets the environment of this process, in which its certificates stand."""


async def start_driver(ca: Path | None = None) -> Playwright:
    """Start Playwright's driver, the process between the producer and the browser. The caller stops it.

    `ca`: certificates that the driver's own requests, such as that for robots.txt, accept too.

    Raises:
        playwright.async_api.Error: the driver does not start.
    """
    logging.getLogger("asyncio").addFilter(_is_worth_logging)
    try:
        async with _driver_environment(ca):
            return await async_playwright().start()
    except Exception as error:
        # A driver that ends while it starts is reported as a bare `Exception`, with no class of its own.
        raise PlaywrightError(f"Playwright's driver does not start: {one_line(error)}") from error


@asynccontextmanager
async def _driver_environment(ca: Path | None) -> AsyncIterator[None]:
    """Set the variables that the driver, a program of Node, takes over at its start. It has no other settings for this.

    They are its certificates, and the folder for its temporary files. Drivers start one after another, also those
    without `ca`: they would inherit the certificates of another one.
    """
    async with _start_locks.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        before = {name: os.environ.get(name) for name in (_NODE_CERTIFICATES, _TEMPORARY)}
        os.environ[_TEMPORARY] = str(temporary_folder())
        if ca is not None:
            os.environ[_NODE_CERTIFICATES] = _absolute(ca)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def _absolute(path: Path) -> str:
    return str(path.resolve())


def _is_worth_logging(record: logging.LogRecord) -> bool:
    """Return whether a log record of asyncio should be logged: all but "a driver has ended".

    Playwright stores that error in a future that it never reads, so asyncio reports it as lost. The producer notices
    the end of a driver anyway: its calls fail.
    """
    error = record.exc_info[1] if record.exc_info else None
    return not (type(error) is Exception and str(error) == _DRIVER_ENDED_MESSAGE)


@asynccontextmanager
async def running_driver() -> AsyncIterator[Playwright]:
    """A context manager: start the driver, and stop it at the end.

    Raises:
        playwright.async_api.Error: the driver does not start.
    """
    driver = await start_driver()
    try:
        yield driver
    finally:
        await driver.stop()


async def launch_browser(driver: Playwright, settings: PageSettings) -> Browser:
    """Start a browser that belongs to this process: the browser ends with the driver, and the driver with this process.

    With `attach` the browser runs already, and only the connection to it ends.

    Raises:
        BrowserNotFound: there is no browser.
        FeedFileError: `ca` cannot be used.
        SandboxRefused: this user may not use the browser's sandbox.
        playwright.async_api.Error: the browser does not start.
    """
    if settings.attach is not None:
        return await attached_browser.connect_browser(driver, settings.attach)
    chromium = driver.chromium
    environment = await browser_environment(settings.ca)
    try:
        return await chromium.launch(
            executable_path=find_browser(Path(chromium.executable_path)),
            headless=settings.headless,
            chromium_sandbox=has_sandbox(),
            args=list(SWITCHES),
            env=environment,
            # The producer closes the browser itself, after its pages: without this Ctrl-C closes the browser first.
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
            timeout=_LAUNCH_TIMEOUT_MS,
        )
    except PlaywrightError as error:
        if "sandboxing failed" in str(error):
            raise SandboxRefused(f"the browser may not use its sandbox here: {SANDBOX_ADVICE}") from error
        raise


async def open_context(browser: Browser, settings: PageSettings) -> BrowserContext:
    """Open a context (a session of its own) with the settings of a feed file; with `attach`: return the person's.

    Raises:
        FeedFileError: `storage_state` is not a saved login.
        SecretMissing: an environment variable that `proxy` or `http_auth` names is not set.
        playwright.async_api.Error: the browser is gone.
    """
    if settings.attach is not None:
        return attached_browser.default_context(browser)
    saved = _read_saved_login(settings)
    return await browser.new_context(
        viewport={"width": settings.viewport.width, "height": settings.viewport.height},
        locale=settings.locale,
        storage_state=saved[0] if saved is not None else None,
        user_agent=settings.user_agent,
        proxy=proxy_options(settings, os.environ),
        http_credentials=http_credentials(settings, os.environ),
        accept_downloads=False,
    )


async def close_context(context: BrowserContext, settings: PageSettings) -> None:
    """Close a context with its pages. That of an attached browser is the person's, and stays open."""
    if settings.attach is None:
        await context.close()


async def open_tab(context: BrowserContext, settings: PageSettings) -> Page:
    """Open a blank page in a context.

    Raises:
        playwright.async_api.Error: the browser is gone.
    """
    if settings.attach is not None:
        return await attached_browser.open_tab(context, settings.viewport)
    return await context.new_page()


async def restore_session(page: Page, settings: PageSettings) -> None:
    """Give a new page the session storage of its login, before the page goes anywhere.

    Session storage of other pages in the same context is newer than the saved one, and replaces it.

    Raises:
        FeedFileError: `storage_state` is not a saved login.
        playwright.async_api.Error: the page is gone.
    """
    saved = _read_saved_login(settings)
    if saved is not None:
        await restore_session_storage(page, saved[1] | await read_session_storage(page.context))


def _read_saved_login(settings: PageSettings) -> tuple[StorageState, SessionStorage] | None:
    path = settings.storage_state
    # Before the first login by `login.steps` there is no file yet.
    return None if path is None or not path.exists() else read_login(path)


async def browser_pid(browser: Browser) -> int:
    """Return the process id of a browser that runs on this machine."""
    session = await browser.new_browser_cdp_session()
    try:
        processes = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
        return next(int(process["id"]) for process in processes if process["type"] == "browser")
    finally:
        await session.detach()
