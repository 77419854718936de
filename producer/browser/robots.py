"""The site's robots.txt: asked for once, before the page is opened."""

import asyncio
import logging
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from playwright.async_api import APIRequestContext
from playwright.async_api import Error as PlaywrightError

from tickql.producer.browser.load_errors import in_a_line
from tickql.producer.errors import PageUnreachable, RobotsRefused
from tickql.producer.feedfile.page_settings import PageSettings, Robots

logger = logging.getLogger("tickql.producer")

_AGENT = "tickql"
_FETCH_MS = 5_000
DEADLINE_S = 8.0
"""For all of it: a driver that hangs does not keep its own deadlines."""
_MAX_CHARACTERS = 500_000


async def check_robots(request: APIRequestContext, settings: PageSettings) -> None:
    """Say if robots.txt disallows the page. A site without one, or with an HTTP 4xx in its place, allows everything.

    Raises:
        RobotsRefused: it does, and the feed file says `obey`.
        PageUnreachable: it cannot be had, and the feed file says `obey`.
    """
    parts = urlsplit(settings.url)
    if settings.robots is Robots.IGNORE or parts.scheme == "file":
        return
    address = f"{parts.scheme}://{parts.netloc}/robots.txt"
    try:
        async with asyncio.timeout(DEADLINE_S):
            response = await request.get(address, timeout=_FETCH_MS, max_redirects=5)
            status, text = response.status, (await response.text())[:_MAX_CHARACTERS]
            await response.dispose()
    except (PlaywrightError, TimeoutError) as error:
        status, text = 599, in_a_line(error) or "no answer"
    if status >= 500:
        if settings.robots is Robots.OBEY:
            raise PageUnreachable(f"{address} cannot be had, and the feed file says to obey it: {status} {text:.80}")
        return
    if status >= 400 or allows(text, settings.url):
        return
    if settings.robots is Robots.OBEY:
        raise RobotsRefused(f"{address} disallows {settings.url}: not opened, for the feed file says robots = 'obey'")
    logger.warning("%s disallows this page for robots: watch it only if you may", address)


def allows(robots_txt: str, url: str) -> bool:
    """Whether a robots.txt allows tickql, or every robot, to open an address."""
    parser = RobotFileParser()
    parser.parse(robots_txt.splitlines())
    return parser.can_fetch(_AGENT, url)
