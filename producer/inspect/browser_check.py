"""Checks whether the browser of this machine can do what the producer needs. No site is opened."""

import json
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from playwright.async_api import Error as PlaywrightError

from tickql.producer.browser.browser_program import find_browser
from tickql.producer.browser.launch import launch_browser, running_driver
from tickql.producer.browser.load_errors import one_line
from tickql.producer.browser.sandbox import has_agreed, has_sandbox
from tickql.producer.errors import BrowserBroken
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.page_settings import PageSettings
from tickql.producer.inspect.inspection import Inspection
from tickql.producer.inspect.inspector import Inspector

_TICKING_PAGE = """<!doctype html><title>a page of our own</title><b id=last>0</b><script>
let n = 0; setInterval(() => { last.textContent = ++n; }, 10);</script>"""
_RULES = '[[symbol]]\nname = "PAGE"\nlast = "#last"\nformat = "1234.56"\n'
_WATCH_S = 2.0
"""Long enough for 200 changes: a rate that is a few percent exact."""


class BrowserFound(NamedTuple):
    """The browser that the producer uses on this machine."""

    path: Path
    version: str
    """The browser's version, such as `156.0.8078.79`."""
    made_for: str | None
    """The Chromium version that the installed Playwright was made for; `None`: not known."""
    has_sandbox: bool
    """Whether the browser runs in its sandbox; not as root, nor where the user has agreed to that."""
    has_agreed: bool = False
    """Whether the user has agreed to a browser without its sandbox."""


async def try_browser() -> BrowserFound:
    """Find the browser, start it and end it.

    Raises:
        BrowserNotFound: there is no browser.
        SandboxRefused: this user may not use the browser's sandbox.
        BrowserBroken: the browser does not start. The message says why.
    """
    shown = "the browser"
    try:
        async with running_driver() as driver:
            path = find_browser(Path(driver.chromium.executable_path))
            shown = str(path)
            browser = await launch_browser(driver, PageSettings(url="http://localhost/"))
            version = browser.version
            await browser.close()
    except PlaywrightError as error:
        raise BrowserBroken(f"{shown} does not start: {one_line(error)}") from error
    return BrowserFound(path, version, _made_for(), has_sandbox(), has_agreed())


async def try_page() -> Inspection:
    """Watch a local test page that changes 100 times a second, for two seconds."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(_TICKING_PAGE)
        feed = FeedFile.parse(f'[page]\nurl = "{page.as_uri()}"\n{_RULES}')
        return await Inspector(feed).inspect(_WATCH_S, lambda _: False)


def _made_for() -> str | None:
    spec = find_spec("playwright")
    if spec is None or spec.origin is None:
        return None
    try:
        listed = json.loads((Path(spec.origin).parent / "driver" / "package" / "browsers.json").read_bytes())
        return str(next(each["browserVersion"] for each in listed["browsers"] if each["name"] == "chromium"))
    except (OSError, ValueError, KeyError, StopIteration):
        return None
