"""Goes to a page, and says in a line why it is none."""

from contextlib import suppress

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Response
from playwright.async_api import TimeoutError as PlaywrightTimeout

from tickql.producer.browser.load_errors import describe_load_error
from tickql.producer.discover.errors import DiscoverError
from tickql.producer.discover.inference.diagnosis import LOG_IN

_LOAD_S = 30.0


async def open_page(page: Page, url: str) -> None:
    """Load a page.

    Raises:
        DiscoverError: it does not load, is no page, or wants a login.
    """
    answers: list[Response] = []

    def note(response: Response) -> None:
        if response.request.is_navigation_request() and response.frame is page.main_frame:
            answers.append(response)

    page.on("response", note)
    try:
        await page.goto(url, wait_until="commit", timeout=_LOAD_S * 1000)
        # A page that is slow to build itself is watched from then on; one that never gets so far, as it is.
        with suppress(PlaywrightTimeout):
            await page.wait_for_load_state("domcontentloaded", timeout=_LOAD_S * 1000)
    except PlaywrightError as error:
        # The browser shows a page of its own for an error that came without one.
        if not answers or answers[-1].status < 400:
            raise DiscoverError(f"{url}: the page does not load: {describe_load_error(error)}") from error
    finally:
        page.remove_listener("response", note)
    if answers:
        await _check(url, answers[-1])


async def _check(url: str, response: Response) -> None:
    kind = (await response.all_headers()).get("content-type", "text/html").partition(";")[0].strip()
    if response.status in (401, 403, 407):
        raise DiscoverError(f"{url}: needs a login (HTTP {response.status}): {LOG_IN}")
    if response.status >= 400:
        raise DiscoverError(f"{url}: the server answers HTTP {response.status} {response.status_text}".rstrip())
    if kind not in ("text/html", "application/xhtml+xml") and not url.startswith("file:"):
        raise DiscoverError(f"{url}: is {kind}, not an HTML page")
