"""A browser that finds no sandbox, whatever this machine has, and an ordinary user to start it."""

import shlex
from pathlib import Path

from tickql.producer.browser.browser_program import find_browser
from tickql.producer.browser.launch import running_driver
from tickql.producer.browser.sandbox import is_root

_USER = "1234"
_CAPABILITY = "+dac_override"
"""To find Python and the browser wherever root has them."""


async def browser_without_sandbox(folder: Path) -> Path:
    """This machine's browser, told to pass over both of Linux's sandboxes: user namespaces, and the setuid helper.

    Then it ends as it does where the kernel gives no user namespace and no helper is installed.
    """
    async with running_driver() as driver:
        browser = find_browser(Path(driver.chromium.executable_path))
    program = folder / "chromium"
    program.write_text(
        f'#!/bin/sh\nexec {shlex.quote(str(browser))} --disable-namespace-sandbox --disable-setuid-sandbox "$@"\n'
    )
    program.chmod(0o755)
    return program


def as_ordinary_user() -> list[str]:
    """What to put before a command that must not run as root."""
    if not is_root():
        return []
    # `no_setuid_fixup`: access(2) counts the capability too.
    capability = ["--inh-caps", _CAPABILITY, "--ambient-caps", _CAPABILITY, "--securebits", "+no_setuid_fixup"]
    return ["setpriv", "--reuid", _USER, "--regid", _USER, "--clear-groups", *capability]
