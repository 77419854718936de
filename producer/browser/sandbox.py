"""The browser's sandbox, which keeps a page away from the machine: when it is off, and whether the user agrees."""

import logging
import os
from collections.abc import Mapping
from functools import cache

# Commands that print only errors show the warnings of this logger too (see `tickql.cli.terminal`).
logger = logging.getLogger("tickql.sandbox")

NO_SANDBOX_VARIABLE = "TICKQL_NO_SANDBOX"
"""Environment variable: 1, the user agrees that the browser runs without its sandbox."""
SANDBOX_ADVICE = (
    "allow user namespaces for it (Ubuntu: `sysctl kernel.apparmor_restrict_unprivileged_userns=0`; a container: a "
    "seccomp profile that permits them), or install the package chromium-sandbox"
)
"""What a user can do where the browser's sandbox does not work."""


def is_root() -> bool:
    """Return whether this process runs as root. Chromium's sandbox refuses to, as containers often do."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def has_agreed(environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether the user has agreed to a browser without its sandbox."""
    return environ.get(NO_SANDBOX_VARIABLE, "").lower() in ("1", "true", "yes", "on")


def has_sandbox() -> bool:
    """Return whether the browser is to run in its sandbox. Logs a warning, once, if not and nobody has agreed."""
    if has_agreed():
        return False
    if is_root():
        _warn()
        return False
    return True


@cache
def _warn() -> None:
    logger.warning(
        "the browser runs as root and WITHOUT ITS SANDBOX: a hostile page that breaks out of it owns this machine. Run "
        "tickql as an ordinary user, or agree with --no-sandbox (%s=1)", NO_SANDBOX_VARIABLE,
    )  # fmt: skip
