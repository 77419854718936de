"""The site's robots.txt, which is fetched once, before the page is opened."""

import asyncio
import logging
import re
from urllib.parse import urlsplit

from playwright.async_api import APIRequestContext
from playwright.async_api import Error as PlaywrightError
from protego import Protego

from tickql.producer.browser.load_errors import one_line, without_secrets
from tickql.producer.errors import PageUnreachable, RobotsRefused
from tickql.producer.feedfile.page_settings import PageSettings, Robots
from tickql.producer.timings import DEFAULT_TIMINGS, Timings

logger = logging.getLogger("tickql.producer")

_USER_AGENT = "tickql"
# The spellings that Protego accepts.
_AGENT_LINE = re.compile(r"\s*user[- ]?agent\b[\s:]*(.*)", re.IGNORECASE)
_REQUEST_TIMEOUT_MS = 5_000
_MAX_BYTES = 512_000
"""The rest of a longer file is ignored. RFC 9309, section 2.5, asks for at least 500 KiB."""
_RANGE = {"range": f"bytes=0-{_MAX_BYTES - 1}"}
"""Asks the site for no more than that. Playwright takes what the site sends, for 5 s at most."""


async def check_robots(request: APIRequestContext, settings: PageSettings, timings: Timings = DEFAULT_TIMINGS) -> None:
    """Check whether robots.txt allows the page: log a warning or raise, as `robots` in the feed file sets it.

    A site without robots.txt, or with an HTTP 4xx in its place, allows everything (RFC 9309, section 2.3.1.3).

    Raises:
        RobotsRefused: robots.txt disallows the page, and the feed file has `robots = "obey"`.
        PageUnreachable: robots.txt cannot be fetched, and the feed file has `robots = "obey"`.
    """
    parts = urlsplit(settings.url)
    if settings.robots is Robots.IGNORE or parts.scheme == "file":
        return
    address = f"{parts.scheme}://{parts.netloc}/robots.txt"
    # What is shown has no user, password or query.
    shown = f"{settings.origin}/robots.txt"
    try:
        # A driver that hangs does not keep the timeout of the request, which the driver enforces itself.
        async with asyncio.timeout(timings.robots_s):
            response = await request.get(address, headers=_RANGE, timeout=_REQUEST_TIMEOUT_MS, max_redirects=5)
            status = response.status
            # Cut before it is decoded: a hostile file may be of any size.
            text = (await response.body())[:_MAX_BYTES].decode(errors="replace")
            await response.dispose()
    except (PlaywrightError, TimeoutError) as error:
        # 599 is no code of HTTP: it stands for "no response" and takes the branch of the 5xx codes below.
        status, text = 599, one_line(error) or "no answer"
    if status >= 500:
        if settings.robots is Robots.OBEY:
            raise PageUnreachable(
                f"cannot fetch {shown}, which the feed file says to obey: {status} {without_secrets(text):.80}"
            )
        return
    if status >= 400 or allows(text, settings.url):
        return
    if settings.robots is Robots.OBEY:
        raise RobotsRefused(
            f"{shown} disallows {settings.origin}{parts.path}: not opened, because the feed file has robots = 'obey'"
        )
    logger.warning("%s disallows this page for robots: watch it only if you have permission", shown)


def allows(robots_txt: str, url: str) -> bool:
    """Return whether a robots.txt allows the user agent `tickql` to open an address.

    The rules are those of RFC 9309: the group of `tickql` if there is one, else that of `*`; of the group's rules that
    match the address the longest one counts; `*` stands for any text and `$` for the end of the address.
    """
    return Protego.parse(_without_strangers(robots_txt)).can_fetch(url, _USER_AGENT)


def _without_strangers(robots_txt: str) -> str:
    """Return the file with one name in place of all names of other robots.

    Protego adds each rule to every name of its group: some 1,000 rules for some 10,000 names would take it seconds.
    """
    return "\n".join(map(_with_known_name, robots_txt.splitlines()))


def _with_known_name(line: str) -> str:
    found = _AGENT_LINE.match(line)
    if found is None:
        return line
    name = found[1].partition("#")[0].strip().lower().replace("*", "")
    return f"User-agent: {(name or '*') if _USER_AGENT.startswith(name) else 'another'}"
