"""The browser program on this machine: where it is.

    python -m tickql.producer.browser.browser_program

prints the path of a usable browser, or exits with 1. `scripts/setup` runs that to see whether a browser is missing.
Playwright, which takes half a second to import, is imported only if no other place has a browser.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from tickql.producer.errors import BrowserBroken, BrowserNotFound

BROWSER_VARIABLE = "TICKQL_BROWSER"
"""Environment variable: the path of the browser program."""

_PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_ADVICE = f"`tickql install-browser` gets one; or name one in {BROWSER_VARIABLE}"
# A script that starts a snap names its path in its first lines.
_SCRIPT_HEAD_BYTES = 4096


def find_browser(playwright_chromium: Path | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the browser program: that of `TICKQL_BROWSER`, else `playwright_chromium`, else one on the PATH.

    `playwright_chromium` is where Playwright puts the Chromium that it downloads; the file may be missing.

    Raises:
        BrowserNotFound: none of them is there.
    """
    named = environ.get(BROWSER_VARIABLE)
    if named:
        found = shutil.which(named, path=environ.get("PATH"))
        if found is None:
            raise BrowserNotFound(f"{BROWSER_VARIABLE}={named} is not a program: {_ADVICE}")
        return Path(found)
    if playwright_chromium is not None and playwright_chromium.is_file():
        return playwright_chromium
    for program in _PROGRAMS:
        found = shutil.which(program, path=environ.get("PATH", ""))
        if found is not None and not _is_snap(Path(found)):
            return Path(found)
    raise BrowserNotFound(f"no browser found: {_ADVICE}")


def _is_snap(program: Path) -> bool:
    """Return whether a program is a snap, or a script that starts one, as Ubuntu's package `chromium-browser` is.

    A snap cannot read the profile folder that Playwright gives to the browser.
    """
    target = str(program.resolve())
    if target.startswith("/snap/") or target.endswith("/bin/snap"):
        return True
    try:
        with program.open("rb") as file:
            return b"/snap/bin" in file.read(_SCRIPT_HEAD_BYTES)
    except OSError:
        return False


def playwright_chromium() -> Path:
    """Return where Playwright puts the Chromium that it downloads; the file may be missing. Not inside an event loop.

    Raises:
        BrowserBroken: Playwright's driver, a program of Node, does not start.
    """
    from playwright.sync_api import sync_playwright

    try:
        with sync_playwright() as driver:
            return Path(driver.chromium.executable_path)
    except Exception as error:
        # A driver that ends while it starts is reported as a bare `Exception`, with no class of its own.
        advice = "usually the library libatomic is missing (Debian: apt-get install libatomic1)"
        raise BrowserBroken(f"Playwright's driver does not start: {advice}") from error


def any_browser() -> Path:
    """Return a browser program, from the quick places first: Playwright's own Chromium takes a driver, a second or so.

    Not inside an event loop.

    Raises:
        BrowserNotFound: there is none.
        BrowserBroken: see `playwright_chromium`.
    """
    try:
        return find_browser()
    except BrowserNotFound:
        if os.environ.get(BROWSER_VARIABLE):
            raise
        return find_browser(playwright_chromium())


def main() -> int:
    """Print the path of a browser. Return the exit code: 0 if there is one, else 1."""
    try:
        found = any_browser()
    except BrowserNotFound as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{found}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
