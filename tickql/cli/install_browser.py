"""`tickql install-browser`: a browser for the producer, from Playwright, else from the system's packages."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Console

from tickql.cli.choosing import is_terminal
from tickql.cli.errors import TickqlError
from tickql.producer.browser.browser_program import BROWSER_VARIABLE, find_browser, playwright_chromium
from tickql.producer.browser.sandbox import is_root
from tickql.producer.errors import BrowserNotFound

_SNAP_ADVICE = "Ubuntu's own Chromium is a snap, which tickql cannot use: install Google Chrome from https://www.google.com/chrome/"


@dataclass(frozen=True, slots=True)
class SystemPackage:
    """How a system installs a browser: commands to run one after the other, and whether they need root."""

    commands: tuple[tuple[str, ...], ...]
    needs_root: bool = True

    @property
    def as_typed(self) -> str:
        """The commands as this user types them."""
        return " && ".join(" ".join(command) for command in self.as_run)

    @property
    def as_run(self) -> list[tuple[str, ...]]:
        """The commands for this user: with `sudo` where they need root."""
        return [("sudo", *command) if self.needs_root and not is_root() else command for command in self.commands]


_PACKAGES = {
    # chromium-sandbox: for a kernel that does not let ordinary users make a sandbox.
    "apt-get": SystemPackage(
        (
            ("apt-get", "update"),
            ("apt-get", "install", "-y", "--no-install-recommends", "chromium", "chromium-sandbox", "fonts-liberation"),
        )
    ),
    "dnf": SystemPackage((("dnf", "install", "-y", "chromium"),)),
    "pacman": SystemPackage((("pacman", "-S", "--noconfirm", "chromium"),)),
    "zypper": SystemPackage((("zypper", "--non-interactive", "install", "chromium"),)),
    "brew": SystemPackage((("brew", "install", "--cask", "google-chrome"),), needs_root=False),
}
"""By the program that installs packages."""


def install_browser(console: Console, *, yes: bool, system: bool) -> None:
    """Get a browser, unless there is one. `yes`: agree to the system's package. `system`: do not ask Playwright first.

    Playwright downloads a browser for this user only; for root, with `yes`, also the libraries that the browser needs,
    where the system has apt-get. Commands that change the system are run after a question that a
    person has answered, or with `yes`; otherwise they are only shown.

    Raises:
        TickqlError: there is no browser afterwards; the message says what to do.
    """
    if (found := _browser()) is not None:
        console.print(f"There is a browser: {found}", highlight=False, soft_wrap=True)
        return
    if not system:
        console.print("Playwright downloads Chromium for this user.")
        _run([sys.executable, "-m", "playwright", "install", *_libraries(yes=yes), "chromium"])
        if (found := _browser()) is not None:
            console.print(f"Installed: {found} (`tickql doctor` tries it)", highlight=False, soft_wrap=True)
            return
        console.print("Playwright has not brought a browser.", style="yellow")
    _install_package(console, yes=yes)
    if (found := _browser()) is None:
        raise TickqlError(f"still no browser: install Chromium or Chrome, or name one in {BROWSER_VARIABLE}")
    console.print(f"Installed: {found} (`tickql doctor` tries it)", highlight=False, soft_wrap=True)


def _libraries(*, yes: bool) -> list[str]:
    """Return the option with which Playwright also installs the libraries that it needs: as root, if agreed."""
    return ["--with-deps"] if yes and is_root() and shutil.which("apt-get") is not None else []


def _install_package(console: Console, *, yes: bool) -> None:
    package = system_package()
    if package is None:
        advice = _SNAP_ADVICE if is_ubuntu() else "install Chromium or Chrome"
        raise TickqlError(f"no browser: {advice}, or name one in {BROWSER_VARIABLE}")
    console.print(f"The system's package: {package.as_typed}", highlight=False, soft_wrap=True)
    if not (yes or _is_agreed(console)):
        raise TickqlError("no browser was installed: run that command, or agree to it with --yes")
    for command in package.as_run:
        if _run(command) != 0:
            raise TickqlError(f"`{' '.join(command)}` failed: no browser was installed")


def system_package(environ: Mapping[str, str] = os.environ) -> SystemPackage | None:
    """Return how this system installs a browser; `None`: it has none that tickql can use."""
    for program, package in _PACKAGES.items():
        if shutil.which(program, path=environ.get("PATH", "")) is not None:
            return None if program == "apt-get" and is_ubuntu() else package
    return None


def is_ubuntu() -> bool:
    """Return whether this is Ubuntu or made from it: its package `chromium-browser` installs a snap."""
    try:
        system = platform.freedesktop_os_release()
    except OSError:
        return False
    return "ubuntu" in (system.get("ID", ""), *system.get("ID_LIKE", "").split())


def _browser() -> str | None:
    """Return the browser that tickql would use; `None`: there is none.

    Raises:
        BrowserNotFound: `TICKQL_BROWSER` names a browser that is not there.
    """
    try:
        return str(find_browser(playwright_chromium()))
    except BrowserNotFound:
        if os.environ.get(BROWSER_VARIABLE):
            raise
        return None


def _is_agreed(console: Console) -> bool:
    if not is_terminal():
        return False
    return console.input("Run it? [y/N] ", markup=False).strip().lower() in ("y", "yes")


def _run(command: list[str] | tuple[str, ...]) -> int:
    try:
        return subprocess.run(command, check=False).returncode
    except OSError as error:
        raise TickqlError(f"{command[0]} cannot be run: {error.strerror}") from error
