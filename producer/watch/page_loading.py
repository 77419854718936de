"""Loading a page: the navigation, and what the server's response means for the page."""

import asyncio
from contextlib import suppress

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Response

from tickql.producer.browser.load_errors import describe_load_error
from tickql.producer.capture.observer_client import ObserverClient
from tickql.producer.errors import PageBlocked, PageFault, PageUnreachable
from tickql.producer.feedfile.addresses import origin_of
from tickql.producer.feedfile.page_settings import PageSettings
from tickql.producer.health.challenges import REFUSING, challenge, retry_after_s
from tickql.producer.watch.feed_source import FeedSource

_LOAD_S = 30.0
# Playwright's own timeout comes first. The margin is for a driver that does not answer at all.
_LOAD_MARGIN_S = 0.25
_SLOW_S = 3.0
"""A load that takes longer is reported while it lasts: most pages answer in less than a second."""
_UNAUTHORIZED = 401
_BODY_S = 5.0
"""Deadline for the body of an error response, which may name the vendor of a challenge."""


async def load_page(source: FeedSource, observer: ObserverClient) -> None:
    """Open the address of the feed file, and wait for the server's response.

    A challenge is no fault here: a challenge may pass by itself, or a person at the window may answer it.

    Raises:
        PageUnreachable: no response within 30 s, or an HTTP error.
        PageBlocked: the server refuses the page (HTTP 403 or 429).
        PageFault: the fault that the observer client reports, where that is why the page does not load.
    """
    slow = asyncio.get_running_loop().call_later(_SLOW_S, _report_slow, source)
    page, responses = observer.page, list[Response]()

    def record(given: Response) -> None:
        if given.request.is_navigation_request() and given.frame is page.main_frame:
            responses.append(given)

    page.on("response", record)
    try:
        async with asyncio.timeout(_LOAD_S + _LOAD_MARGIN_S):
            response = await page.goto(source.feed.page.url, wait_until="commit", timeout=_LOAD_S * 1000)
    except (PlaywrightError, TimeoutError) as error:
        # The navigation fails, too, when the page crashes or the browser ends: that fault is the better reason.
        for event in observer.drain():
            if isinstance(event, PageFault):
                raise event from error
        # For an HTTP error without a body the browser shows a page of its own, and the navigation fails.
        if responses and responses[-1].status >= 400:
            await _check_response(source, responses[-1])
        why = describe_load_error(error) or f"no answer in {_LOAD_S:.0f} s"
        raise PageUnreachable(f"the page does not load: {why}") from error
    finally:
        slow.cancel()
        page.remove_listener("response", record)
    if response is not None:
        await _check_response(source, response)


def _report_slow(source: FeedSource) -> None:
    source.page_status.mark_stale(f"the page does not load: no answer in {_SLOW_S:.0f} s, waiting for it")
    source.report_status()


async def _check_response(source: FeedSource, response: Response) -> None:
    status = f"HTTP {response.status} {response.status_text}".rstrip()
    headers, body = response.headers, ""
    if response.status >= 400:
        with suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(_BODY_S):
                body = await response.text()
    media_type = headers.get("content-type", "").partition(";")[0].strip()
    found = challenge(response.status, headers, body)
    source.page_status.set_response(found, None if "html" in media_type else media_type or None)
    if response.status < 400 or found is not None:
        return
    if response.status in REFUSING:
        raise PageBlocked(f"blocked: the site refuses the page: {status}", retry_after_s(headers))
    raise PageUnreachable(f"the page does not load: {status}{_advice(source.feed.page, response)}")


def _advice(settings: PageSettings, response: Response) -> str:
    if response.status != _UNAUTHORIZED:
        return ""
    if settings.http_auth is None:
        return ": give `http_auth`"
    origin = origin_of(response.url)
    if origin != settings.origin:
        return f": the page is at {origin} now, and `http_auth` is sent only to {settings.origin}: change `url`"
    return ": the site refuses the user name and password of `http_auth`"
