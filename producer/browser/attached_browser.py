"""A browser that runs already, of a person who may be logged in in it (`attach`). It is never closed.

The producer has a tab of its own in it. All other tabs are left alone: Playwright would dismiss their dialogs, and set
how they download files, if it were not told otherwise.
"""

from playwright.async_api import Browser, BrowserContext, Page, Playwright
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from tickql.producer.browser.event_handler import EventHandler
from tickql.producer.browser.load_errors import one_line, without_secrets
from tickql.producer.feedfile.addresses import origin_of
from tickql.producer.feedfile.page_settings import Viewport

_CONNECT_TIMEOUT_MS = 15_000


async def connect_browser(driver: Playwright, address: str) -> Browser:
    """Connect to a browser by the address of its debugging port.

    Raises:
        playwright.async_api.Error: there is none; says how to start one.
    """
    try:
        browser = await driver.chromium.connect_over_cdp(address, no_defaults=True, timeout=_CONNECT_TIMEOUT_MS)
    except PlaywrightError as error:
        # Playwright attaches to every tab, and waits for those that are stopped.
        advice = "answer the dialogs that its tabs show, and close tabs that hang"
        if not isinstance(error, PlaywrightTimeout):
            advice = "start it with --remote-debugging-port=9222 and a --user-data-dir of its own"
        # This goes into the public status. The address may hold a token, and Playwright's message repeats it.
        why = without_secrets(one_line(error).replace(address, origin_of(address)))
        raise PlaywrightError(f"no browser answers at {origin_of(address)}: {advice} ({why})") from error
    # Without a listener Playwright dismisses each dialog of the browser, also those that a person is about to answer.
    # Those of the producer's own tab have a listener there.
    default_context(browser).on("dialog", EventHandler(lambda _: None))
    return browser


def default_context(browser: Browser) -> BrowserContext:
    """Return the context of the person's own tabs, with their logins."""
    return browser.contexts[0]


async def open_tab(context: BrowserContext, viewport: Viewport) -> Page:
    """Open a tab that is treated as visible whatever the person looks at, and has the size of the settings.

    Raises:
        playwright.async_api.Error: the browser is gone.
    """
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    # The timers of a hidden tab fire once a second. This lasts as long as the session, which ends with the tab.
    await session.send("Emulation.setFocusEmulationEnabled", {"enabled": True})
    await page.set_viewport_size({"width": viewport.width, "height": viewport.height})
    return page
