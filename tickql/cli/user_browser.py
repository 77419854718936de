"""The browser of the person at this machine, in which `tickql up` opens the board."""

import asyncio
import os
import sys
import webbrowser
from collections.abc import Mapping


def has_screen(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Return whether somebody sits in front of this machine: no login over a network, no CI, and a desktop."""
    if environ.get("CI") or environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return False
    return platform in ("darwin", "win32") or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


async def open_page(url: str) -> None:
    """Open a page in the person's browser. Without one nothing happens: the address is in the panel."""
    # A program that opens pages may take seconds.
    await asyncio.to_thread(webbrowser.open, url)
